"""Emergency access over HTTP, and whom it is told."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.emergency_access.models import EmergencyAccess
from accounts.emergency_access.services import open_access
from audit.models import Entry
from notifications.models import Delivery
from portal.reactions import tell_of_emergency_access
from tests.factories.accounts import CareRelationFactory
from tests.jobs import run_jobs
from tests.second_factors import keep

ASK = reverse("accounts:emergency_ask")
LIST = reverse("accounts:emergency_accesses")
OWN = reverse("accounts:emergency_own")
WHY = "Unconscious in the waiting room, allergies unknown"


@pytest.fixture
def enter(client):
    """Sign in, having proved a moment ago who one is."""

    def enter(user, minutes=0):
        client.force_login(user)
        session = client.session
        at = (timezone.now() - timedelta(minutes=minutes)).timestamp()
        session["account_authentication_methods"] = [{"method": "code", "at": at}]
        session["account_authentication_methods_user"] = str(user.pk)
        session["factor"] = {**session["factor"], "at": at}
        keep(client, session)
        return client

    return enter


def _typed(patient, **other):
    born = patient.birth_date
    return {
        "who": patient.full_name,
        "birth_date_day": born.day,
        "birth_date_month": born.month,
        "birth_date_year": born.year,
        "reason": WHY,
        **other,
    }


@pytest.fixture
def opened(ann, dr_roy):
    return open_access(actor=dr_roy, patient=ann.patient, reason=WHY, at=timezone.now())


def test_a_stranger_opens_the_record_and_sees_it_written_on_every_page(
    enter, ann, dr_roy
):
    record = reverse("workspace:patient", args=[ann.patient.public_id])
    client = enter(dr_roy)
    assert client.get(record).status_code == 404
    answer = client.post(ASK, _typed(ann.patient))
    assert answer.url == record
    for address in (record, reverse("workspace:day"), LIST):
        page = client.get(address)
        assert page.status_code == 200
        assert "Emergency access to" in page.text
        assert "until " in page.text
    access = EmergencyAccess.objects.get()
    client.post(reverse("accounts:emergency_end", args=[access.public_id]))
    assert client.get(record).status_code == 404
    assert "Emergency access to <a" not in client.get(LIST).text


def test_what_is_read_so_is_marked_in_the_log(enter, opened, ann, zoe, dr_roy):
    client = enter(dr_roy)
    CareRelationFactory(patient=zoe.patient, user=dr_roy)
    for patient in (ann.patient, zoe.patient):
        client.get(reverse("workspace:patient", args=[patient.public_id]))
    read = Entry.objects.filter(actor_id=dr_roy.pk, verb__startswith="data.")
    by_patient = {one.patient_id: one.purpose for one in read}
    assert by_patient == {ann.patient.pk: "EMERGENCY", zoe.patient.pk: ""}
    report = Entry.objects.exclude(purpose="")
    assert {one.patient_id for one in report} == {ann.patient.pk}


def test_an_administrator_reaches_the_chart_only_so(enter, ann, admin):
    record = reverse("workspace:patient", args=[ann.patient.public_id])
    client = enter(admin)
    assert client.get(record).status_code == 403
    client.post(ASK, _typed(ann.patient))
    assert client.get(record).status_code == 200


def test_nothing_tells_whether_somebody_is_a_patient_here(enter, ann, dr_roy):
    client = enter(dr_roy)
    wrong_day = client.post(ASK, _typed(ann.patient, birth_date_day=1))
    wrong_name = client.post(ASK, _typed(ann.patient, who="Nobody Atall"))
    for answer in (wrong_day, wrong_name):
        assert answer.status_code == 422
        assert "We found nobody with this name or number" in answer.text
        assert WHY in answer.text
    assert not EmergencyAccess.objects.exists()


def test_guessing_names_is_slow(enter, ann, dr_roy, settings):
    settings.ACCOUNT_RATE_LIMITS = {"emergency_access": "2/10m/user"}
    client = enter(dr_roy)
    for _ in range(2):
        client.post(ASK, _typed(ann.patient, who="Nobody Atall"))
    answer = client.post(ASK, _typed(ann.patient))
    assert "Too many tries" in answer.text
    assert not EmergencyAccess.objects.exists()


def test_a_short_reason_is_asked_for_beside_the_field_and_nothing_is_lost(
    enter, ann, dr_roy
):
    answer = enter(dr_roy).post(ASK, _typed(ann.patient, reason="urgent"))
    assert answer.status_code == 422
    assert "in a sentence of your own" in answer.text
    assert ann.patient.full_name in answer.text


def test_an_open_browser_is_not_enough(enter, ann, dr_roy):
    client = enter(dr_roy, minutes=6)
    assert "Confirm that it is you" in client.get(ASK).text
    answer = client.post(ASK, _typed(ann.patient))
    assert answer.status_code == 403
    assert WHY in answer.text
    assert not EmergencyAccess.objects.exists()


@pytest.mark.parametrize("who", ["ann", "editor"])
def test_it_is_for_who_works_here(client, who, request):
    client.force_login(request.getfixturevalue(who))
    assert client.get(ASK).status_code == 403
    assert client.get(LIST).status_code == 403


def test_the_right_people_are_told_at_once(ann, zoe, dr_lee, opened, medical_admin):
    run_jobs()
    told = {
        (delivery.event, delivery.to_address)
        for delivery in Delivery.objects.filter(channel="EMAIL")
    }
    assert told == {
        ("emergency_opened", medical_admin.email),
        ("emergency_told", ann.email),
    }
    for delivery in Delivery.objects.all():
        assert delivery.send_after <= timezone.now()
        said = f"{delivery.subject} {delivery.body_text} {delivery.body_html}"
        assert "Unconscious" not in said
        if delivery.event == "emergency_opened":
            assert ann.patient.last_name not in said
    # The job may run twice.
    count = Delivery.objects.count()
    tell_of_emergency_access(access_id=opened.pk)
    assert Delivery.objects.count() == count


def test_a_clinic_may_tell_its_patients_itself(ann, opened, medical_admin, settings):
    settings.EMERGENCY_TELL_PATIENT = False
    run_jobs()
    assert {row.event for row in Delivery.objects.all()} == {"emergency_opened"}


def test_the_list_is_medical_administrations_and_ones_own(
    client, ann, opened, medical_admin, dr_roy, dr_lee, desk
):
    page = reverse("accounts:emergency_access", args=[opened.public_id])
    for user, listed, code in [
        (medical_admin, True, 200),
        (dr_roy, True, 200),
        (dr_lee, False, 404),
        (desk, False, 404),
    ]:
        client.force_login(user)
        assert (str(opened.public_id) in client.get(LIST).text) is listed, user
        assert client.get(page).status_code == code, user
        end = reverse("accounts:emergency_end", args=[opened.public_id])
        if code == 404:
            assert client.post(end).status_code == 404
    opened.refresh_from_db()
    assert opened.ends_at > timezone.now()


def test_a_review_is_written_down(client, opened, medical_admin, dr_roy):
    page = reverse("accounts:emergency_access", args=[opened.public_id])
    client.force_login(dr_roy)
    assert client.post(page, {"outcome": "REVIEWED"}).status_code == 403
    client.force_login(medical_admin)
    empty = client.post(page, {"outcome": "QUERIED", "note": ""})
    assert "Write what has to be talked about" in empty.text
    assert client.post(page, {"outcome": "QUERIED", "note": "Why?"}).url == LIST
    assert str(opened.public_id) not in client.get(LIST).text
    assert "Queried" in client.get(f"{LIST}?show=all").text


def test_the_patient_reads_it_in_plain_words(client, ann, zoe, opened, dr_roy):
    client.force_login(ann)
    page = client.get(OWN)
    assert dr_roy.get_full_name() in page.text
    assert WHY in page.text
    client.force_login(zoe)
    assert "Nobody has used it" in client.get(OWN).text
