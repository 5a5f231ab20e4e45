"""A patient's own visits: in the portal, and by link or reference."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from booking.appointments.models import Party, Status
from booking.appointments.queries import manage_token
from booking.models import Appointment
from clinic.visit_types.models import VisitType
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory

MONDAY = datetime(2026, 3, 16, 10, 20, tzinfo=UTC)
LIST = "/portal/appointments/"
FIND = "/book/find/"


def text(response):
    return " ".join(response.content.decode().split())


def url(name, visit):
    return reverse(f"booking:{name}", args=[visit.public_id])


def managed(visit, name="manage"):
    return reverse(f"booking:{name}", args=[manage_token(visit)])


@pytest.fixture
def visit(practice, ann):
    """Ann's, on Monday at 10:20, paid."""
    return AppointmentFactory(
        patient=ann.patient,
        doctor=practice.doctor("Calloway", works=False),
        visit_type=practice.kind(),
        location=practice.location,
        starts_at=MONDAY,
        reference="K7Q-2MX",
        reason="Headaches",
        confirmed_at=datetime(2026, 3, 10, tzinfo=UTC),
    )


def another(visit, **fields):
    """One more of Ann's, or of whom the fields say."""
    same = {
        "patient": visit.patient,
        "doctor": visit.doctor,
        "visit_type": visit.visit_type,
        "location": visit.location,
    }
    return AppointmentFactory(**{**same, **fields})


# --- The portal ---------------------------------------------------------------------


def test_visits_stand_under_upcoming_and_past_with_status_and_money(
    client, visit, ann, clock
):
    another(visit, starts_at=MONDAY - timedelta(days=7), status=Status.COMPLETED)
    another(
        visit,
        starts_at=MONDAY + timedelta(days=1),
        status=Status.CANCELLED,
        confirmed_at=MONDAY,
        refund_due=32.50,
        cancelled_by=Party.PATIENT,
    )
    client.force_login(ann)
    page = text(client.get(LIST))
    upcoming, past = page.split('id="past"')
    assert "Monday 16 March 2026, 10:20am, London time (GMT)" in upcoming
    assert "Booked" in upcoming
    assert "£65.00 paid" in upcoming
    assert "Done" in past
    assert "Cancelled" in past
    assert "£32.50 goes back to you" in past


def test_an_empty_list_says_what_will_be_here(client, ann, clock):
    client.force_login(ann)
    page = text(client.get(LIST))
    assert "Nothing booked" in page
    assert "/book/" in page


def test_lists_and_pages_are_for_the_patient_alone(client, visit, zoe, dr_lee, desk):
    for user in (zoe, dr_lee, desk):
        client.force_login(user)
        assert "10:20am" not in text(client.get(LIST))
        for name in ("appointment", "appointment_cancel", "appointment_calendar"):
            assert client.get(url(name, visit)).status_code == 404
        assert client.post(url("appointment_cancel", visit)).status_code == 404
    visit.refresh_from_db()
    assert visit.status == Status.CONFIRMED


def test_strangers_are_asked_to_sign_in(client, visit):
    for address in (LIST, url("appointment", visit), url("appointment_cancel", visit)):
        response = client.get(address)
        assert response.status_code == 302
        assert response.url.startswith("/account/sign-in/")


def test_three_visits_cost_as_many_queries_as_one(
    client, visit, ann, clock, django_assert_num_queries
):
    another(visit, starts_at=MONDAY - timedelta(days=30), status="COMPLETED")
    client.force_login(ann)
    client.get(LIST)
    with django_assert_num_queries(10):
        client.get(LIST)
    for days in (1, 2):
        another(visit, starts_at=MONDAY + timedelta(days=days))
        another(visit, starts_at=MONDAY - timedelta(days=7 + days), status="COMPLETED")
    with django_assert_num_queries(10):
        client.get(LIST)


def test_one_visit_says_where_and_what_cancelling_means(client, visit, ann):
    client.force_login(ann)
    page = text(client.get(url("appointment", visit)))
    for words in (
        "Monday 16 March 2026, 10:20am to 10:50am, London time (GMT)",
        "14 Canal Street",
        "Headaches",
        "K7Q-2MX",
        "Free to cancel until Sunday 15 March 2026, 10:20am, London time (GMT). "
        "£65.00 goes back to you.",
    ):
        assert words in page


def test_a_visit_from_afar_says_how_to_join(client, visit, ann):
    VisitType.objects.update(mode=VisitType.Mode.VIDEO)
    client.force_login(ann)
    page = text(client.get(url("appointment", visit)))
    assert "How to join" in page
    assert "Getting there" not in page


def test_a_visit_that_waits_for_its_payment_can_be_paid(client, visit, ann, clock):
    Appointment.objects.update(
        status=Status.HELD, hold_expires_at=clock.at + timedelta(hours=20)
    )
    client.force_login(ann)
    pay = reverse("billing:pay_appointment", args=[visit.public_id])
    assert pay in text(client.get(url("appointment", visit)))
    clock.at += timedelta(hours=20)
    assert pay not in text(client.get(url("appointment", visit)))


def test_the_money_is_shown_before_cancelling(client, visit, ann, clock):
    client.force_login(ann)
    page = text(client.get(url("appointment_cancel", visit)))
    assert "Cancelling now is free." in page
    assert "£65.00 goes back the way it was paid." in page
    clock.at = MONDAY - timedelta(hours=2)
    client.force_login(ann)
    page = text(client.get(url("appointment_cancel", visit)))
    assert "Cancelling now costs £32.50." in page
    assert "£32.50 goes back the way it was paid." in page
    visit.refresh_from_db()
    assert visit.status == Status.CONFIRMED


def test_cancelling_says_what_comes_back(client, visit, ann):
    client.force_login(ann)
    response = client.post(url("appointment_cancel", visit), {"reason": "Away"})
    assert response.url == url("appointment", visit)
    visit.refresh_from_db()
    assert (visit.status, visit.cancelled_by) == (Status.CANCELLED, Party.PATIENT)
    assert visit.refund_due == 65
    page = text(client.get(response.url))
    assert "Your visit is cancelled. £65.00 goes back to you." in page
    assert url("appointment_cancel", visit) not in page


def test_cancelling_twice_is_cancelling_once(client, visit, ann):
    client.force_login(ann)
    for _ in range(2):
        response = client.post(url("appointment_cancel", visit), {"reason": ""})
        assert response.status_code == 302
    assert visit.status_changes.filter(to_status="CANCELLED").count() == 1


def test_a_reason_that_is_too_long_cancels_nothing(client, visit, ann):
    client.force_login(ann)
    response = client.post(url("appointment_cancel", visit), {"reason": "x" * 301})
    assert response.status_code == 422
    assert "x" * 301 in text(response)
    visit.refresh_from_db()
    assert visit.status == Status.CONFIRMED


@pytest.mark.parametrize("status", ["COMPLETED", "MISSED", "ARRIVED", "EXPIRED"])
def test_what_is_over_cannot_be_cancelled(client, visit, ann, status):
    Appointment.objects.update(status=status)
    client.force_login(ann)
    response = client.get(url("appointment_cancel", visit), follow=True)
    assert "can no longer be cancelled here" in text(response)


def test_a_visit_that_has_begun_is_not_cancelled_here(client, visit, ann, clock):
    clock.at = MONDAY
    client.force_login(ann)
    client.post(url("appointment_cancel", visit), {"reason": ""})
    visit.refresh_from_db()
    assert visit.status == Status.CONFIRMED


def test_the_calendar_entry_keeps_its_identity(client, visit, ann, settings):
    settings.SITE_URL = "https://clinic.example"
    client.force_login(ann)
    entry = client.get(url("appointment_calendar", visit)).content.decode()
    entry = entry.replace("\r\n ", "")
    assert f"UID:{visit.public_id}@clinic.example" in entry
    assert "SEQUENCE:0" in entry
    assert "Headaches" not in entry


# --- By reference -------------------------------------------------------------------


def ask(client, reference="K7Q-2MX", day="14", month="3", year="1986"):
    born = {"birth_date_day": day, "birth_date_month": month, "birth_date_year": year}
    return client.post(FIND, {"reference": reference, **born})


@pytest.mark.parametrize("typed", ["K7Q-2MX", "k7q2mx", " k7q 2mx "])
def test_a_booking_is_found_however_the_reference_is_typed(client, visit, typed):
    response = ask(client, typed)
    assert response.status_code == 302
    assert "K7Q-2MX" in text(client.get(response.url))


def test_unknown_references_and_wrong_dates_get_the_same_answer(client, visit):
    answers = [ask(client, "AAA-AAA"), ask(client, day="15")]
    assert [answer.status_code for answer in answers] == [422, 422]
    for answer in answers:
        assert "We found no booking with this reference and date" in text(answer)


def test_what_is_missing_is_named_and_what_was_typed_stays(client, visit):
    page = text(ask(client, reference="", year="86"))
    assert "Enter your booking reference, like K7Q-2MX" in page
    assert "Enter a year of birth with 4 numbers" in page
    assert 'value="86"' in page


def test_guessing_dates_is_stopped_also_from_many_places(client, visit):
    for day in range(1, 11):
        client.defaults["REMOTE_ADDR"] = f"10.0.0.{day}"
        assert ask(client, day=str(day)).status_code == 422
    client.defaults["REMOTE_ADDR"] = "10.0.0.99"
    response = ask(client)
    assert response.status_code == 429
    assert "Too many tries" in text(response)


def test_trying_references_is_stopped(client, visit):
    for number in range(10):
        ask(client, f"AAA-AA{number}")
    assert ask(client).status_code == 429


def test_a_hold_without_a_patient_is_not_found(client, visit):
    Appointment.objects.update(patient=None, status=Status.HELD, hold_expires_at=MONDAY)
    assert ask(client).status_code == 422


# --- By link ------------------------------------------------------------------------


def test_a_link_shows_the_visit_and_nothing_about_health(client, visit):
    VisitType.objects.update(name="Migraine clinic")
    page = text(client.get(managed(visit)))
    assert "Monday 16 March 2026, 10:20am" in page
    assert "London time (GMT)" in page
    assert "Headaches" not in page
    assert "Migraine" not in page
    assert '<meta name="robots" content="noindex">' in page


@pytest.mark.parametrize("name", ["manage", "manage_cancel", "manage_calendar"])
def test_forged_links_open_nothing(client, visit, name):
    token = manage_token(visit)
    # One signature in a thousand ends so.
    ending = "AQ" if token.endswith("AA") else "AA"
    for wrong in (token[:-1], token + "x", "x", token[:-2] + ending):
        address = reverse(f"booking:{name}", args=[wrong])
        answer = client.get(address)
        assert answer.status_code == 404
        assert "Find my booking" in answer.text
        assert visit.reference not in answer.text


def test_links_end_a_month_after_the_visit(client, visit, clock):
    address = managed(visit)
    clock.at = visit.ends_at + timedelta(days=30)
    assert client.get(address).status_code == 404


def test_a_link_cancels_after_showing_the_money(client, visit, clock):
    clock.at = MONDAY - timedelta(hours=3)
    address = managed(visit, "manage_cancel")
    assert "Cancelling now costs £32.50." in text(client.get(address))
    response = client.post(address, {"reason": ""})
    assert response.url == managed(visit)
    visit.refresh_from_db()
    assert (visit.status, visit.refund_due) == (Status.CANCELLED, 32.50)
    page = text(client.get(response.url))
    assert "£32.50 goes back to you." in page
    assert "Book another visit" in page


def test_a_guests_request_can_be_withdrawn(client, visit):
    request = another(
        visit,
        patient=PatientFactory(),
        status=Status.REQUESTED,
        starts_at=MONDAY + timedelta(days=1),
    )
    client.post(managed(request, "manage_cancel"), {"reason": ""})
    request.refresh_from_db()
    assert request.status == Status.CANCELLED


@pytest.mark.parametrize("status", [Status.DECLINED, Status.CANCELLED])
def test_the_clinics_reason_is_on_the_visits_pages(client, visit, ann, status):
    Appointment.objects.filter(pk=visit.pk).update(
        status=status,
        cancelled_by=Party.CLINIC if status == Status.CANCELLED else "",
    )
    visit.status_changes.create(
        to_status=status, at=MONDAY, reason="The doctor is away that day."
    )
    assert "The doctor is away that day." in text(client.get(managed(visit)))
    client.force_login(ann)
    page = text(client.get(url("appointment", visit)))
    assert "The doctor is away that day." in page
    assert "Choose another time" in page


def test_the_patients_own_reason_to_cancel_is_not_the_clinics(client, visit, ann):
    Appointment.objects.filter(pk=visit.pk).update(
        status=Status.CANCELLED, cancelled_by=Party.PATIENT
    )
    visit.status_changes.create(
        to_status=Status.CANCELLED, at=MONDAY, reason="I feel better"
    )
    client.force_login(ann)
    assert "What the clinic says" not in text(client.get(url("appointment", visit)))
