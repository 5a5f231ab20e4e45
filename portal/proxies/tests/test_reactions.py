"""What both sides are told about acting for others."""

from datetime import date

import pytest
from django.utils import timezone

from notifications.deliveries.services import notify
from notifications.models import Delivery
from notifications.preferences.queries import recipient_for_patient
from portal.proxies.reactions import (
    send_invitation,
    tell_of_beginning,
    tell_of_end,
    tell_of_end_soon,
    tell_of_request,
)
from tests.factories.accounts import PatientFactory
from tests.factories.proxies import ProxyFactory

pytestmark = pytest.mark.django_db


def _mails(event):
    return Delivery.objects.filter(event=event, channel="EMAIL").order_by("pk")


def test_an_invitation_goes_to_the_address_once_and_names_who_asks(ann):
    proxy = ProxyFactory(invited=True, patient=ann.patient, email="x@example.org")
    send_invitation(proxy_id=proxy.pk)
    send_invitation(proxy_id=proxy.pk)
    mail = _mails("proxy_invited").get()
    assert mail.to_address == "x@example.org"
    assert "Ann Patient" in mail.body_text
    assert "Ann" not in mail.subject
    assert "/account/invitation/" in mail.body_text


def test_what_was_taken_back_is_not_sent(ann):
    proxy = ProxyFactory(invited=True, patient=ann.patient, status="WITHDRAWN")
    send_invitation(proxy_id=proxy.pk)
    assert not Delivery.objects.exists()


def test_a_request_is_told_to_the_patient(ann, gus):
    proxy = ProxyFactory(asked=True, patient=ann.patient, user=gus)
    tell_of_request(proxy_id=proxy.pk)
    mail = _mails("proxy_asked").get()
    assert mail.user == ann
    assert "Gus Patient" in mail.body_text
    # The reason may be about health: it stays where one signs in.
    assert proxy.reason not in mail.body_text


@pytest.mark.parametrize(
    ("job", "event"),
    [
        (tell_of_beginning, "proxy_begun"),
        (tell_of_end_soon, "proxy_ends_soon"),
        (tell_of_end, "proxy_ended"),
    ],
)
def test_both_sides_are_told(job, event, ann, gus):
    ann.patient.birth_date = date(2014, 6, 1)
    ann.patient.save()
    proxy = ProxyFactory(
        user=gus, patient=ann.patient, of_minor=True, ends_at=timezone.now()
    )
    job(proxy_id=proxy.pk)
    job(proxy_id=proxy.pk)
    told = {mail.user: mail.body_text for mail in _mails(event)}
    assert set(told) == {ann, gus}
    assert "Gus Patient" in told[ann]
    assert "Ann Patient" in told[gus]
    if event == "proxy_ends_soon":
        assert "1 June 2030" in told[ann]


def test_a_child_without_contacts_is_told_through_the_parent_alone(gus):
    child = PatientFactory(email="", phone="", birth_date=date(2020, 1, 1))
    proxy = ProxyFactory(user=gus, patient=child, of_minor=True)
    tell_of_beginning(proxy_id=proxy.pk)
    assert {mail.user for mail in Delivery.objects.all()} == {gus}


def test_messages_about_a_child_are_kept_for_who_reads_them(gus):
    child = PatientFactory(birth_date=date(2020, 1, 1))
    other = PatientFactory(birth_date=date(2020, 1, 1))
    ProxyFactory(user=gus, patient=child, of_minor=True, scopes=["messages"])
    for number, patient in enumerate((child, other)):
        notify(
            event="emergency_told",
            recipient=recipient_for_patient(patient),
            context={},
            at=timezone.now(),
            dedupe_key=str(number),
        )
    notes = Delivery.objects.filter(channel="IN_APP")
    assert [note.patient for note in notes] == [child]
