import re

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from notifications.models import Preference
from notifications.preferences.models import Channel
from notifications.preferences.queries import (
    Recipient,
    enabled_channels,
    opt_out_url,
    read_opt_out,
    recipient_for_patient,
    recipient_for_user,
)
from notifications.preferences.services import set_preference
from tests.factories.accounts import PatientFactory

pytestmark = pytest.mark.django_db


def off_path(person, channel=Channel.EMAIL):
    return opt_out_url(person, channel).removeprefix("http://localhost:8000")


def test_every_channel_is_on_until_somebody_says_otherwise(ann):
    person = recipient_for_patient(ann.patient)
    assert enabled_channels(person) == set(Channel.values)
    set_preference(
        actor=ann, patient=ann.patient, channel=Channel.SMS, is_enabled=False
    )
    assert enabled_channels(person) == {Channel.EMAIL, Channel.IN_APP}


def test_a_patients_wish_does_not_bind_another(ann, zoe):
    set_preference(
        actor=ann, patient=ann.patient, channel=Channel.SMS, is_enabled=False
    )
    assert Channel.SMS in enabled_channels(recipient_for_patient(zoe.patient))


def test_saying_the_same_again_is_recorded_once(ann):
    for _ in range(2):
        set_preference(
            actor=ann, patient=ann.patient, channel=Channel.SMS, is_enabled=False
        )
    assert Preference.objects.count() == 1
    assert Entry.objects.filter(verb="preference.changed").count() == 1


def test_a_guests_email_is_that_of_the_record():
    patient = PatientFactory(email="guest@example.org")
    assert recipient_for_patient(patient).email == "guest@example.org"


def test_a_patient_without_email_is_reached_at_the_one_they_sign_in_with(ann):
    ann.patient.email = ""
    assert recipient_for_patient(ann.patient).email == ann.email


def test_looking_at_the_link_changes_nothing(client, ann):
    path = off_path(recipient_for_patient(ann.patient))
    page = client.get(path)
    assert page.status_code == 200
    assert "Stop reminders by e-mails?" in page.content.decode()
    assert not Preference.objects.exists()


def test_confirming_the_link_ends_reminders_without_signing_in(client, ann):
    path = off_path(recipient_for_patient(ann.patient))
    assert "are off" in client.post(path).content.decode()
    preference = Preference.objects.get()
    assert (preference.patient, preference.channel) == (ann.patient, Channel.EMAIL)
    assert preference.is_enabled is False


def test_the_link_takes_back_what_it_did(client, ann):
    path = off_path(recipient_for_patient(ann.patient))
    client.post(path)
    assert "are on again" in client.post(path, {"undo": "1"}).content.decode()
    assert Preference.objects.get().is_enabled is True


def test_a_mail_programs_one_click_needs_no_cookie_and_no_token(dr_lee):
    """RFC 8058: a POST with this body, from another origin."""
    strict = Client(enforce_csrf_checks=True)
    path = off_path(recipient_for_user(dr_lee))
    answer = strict.post(path, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert Preference.objects.get().user == dr_lee


@pytest.mark.parametrize("harm", [lambda t: t[:-1], lambda t: "SMS" + t[5:], str.upper])
def test_a_changed_link_does_nothing(client, ann, harm):
    path = off_path(recipient_for_patient(ann.patient))
    token = path.rstrip("/").rpartition("/")[2]
    broken = reverse("notifications:preference_off", args=[harm(token)])
    assert client.post(broken).status_code == 404
    assert read_opt_out(harm(token)) is None
    assert not Preference.objects.exists()


def test_strangers_have_nothing_to_turn_off():
    assert opt_out_url(Recipient(name="", email="new@example.org"), Channel.EMAIL) == ""


def ticked(page):
    """The channels whose boxes are ticked in the page as it was sent."""
    boxes = re.findall(r'<input[^>]*type="checkbox"[^>]*>', page.content.decode())
    marked = [box for box in boxes if re.search(r"\schecked\b", box)]
    return {re.search(r'value="(\w+)"', box)[1] for box in marked}


def test_settings_need_signing_in(client):
    path = reverse("notifications:preference_settings")
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))


def test_settings_show_and_save_ones_own_channels(client, ann):
    client.force_login(ann)
    path = reverse("notifications:preference_settings")
    assert ticked(client.get(path)) == set(Channel.values)
    client.post(path, {"channels": ["EMAIL"]})
    assert enabled_channels(recipient_for_patient(ann.patient)) == {Channel.EMAIL}
    assert ticked(client.get(path)) == {Channel.EMAIL}
    client.post(path, {})
    assert ticked(client.get(path)) == set()


def test_settings_refuse_an_unknown_channel(client, ann):
    client.force_login(ann)
    path = reverse("notifications:preference_settings")
    page = client.post(path, {"channels": ["FAX"]})
    assert page.status_code == 200
    assert "Choose from the channels below" in page.content.decode()
    assert not Preference.objects.exists()


def test_staff_set_their_own(client, dr_lee):
    client.force_login(dr_lee)
    client.post(reverse("notifications:preference_settings"), {"channels": ["IN_APP"]})
    assert enabled_channels(recipient_for_user(dr_lee)) == {Channel.IN_APP}
    assert {p.user for p in Preference.objects.all()} == {dr_lee}
