"""Messages on what became of an appointment: to whom, when, and what they never say."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from icalendar import Calendar

from booking.appointments import services, tasks
from booking.appointments.models import Party, Status
from booking.appointments.queries import read_manage_token
from booking.appointments.services import telling
from booking.models import Appointment, StatusChange
from clinic.identity.services import set_identity
from foundation.texting import text_size
from notifications.deliveries.services import notify_many
from notifications.models import Delivery
from tests.factories.accounts import PatientFactory, UserFactory
from tests.factories.booking import AppointmentFactory, open_offering
from tests.factories.clinic import SpecialtyFactory
from tests.jobs import queued_jobs, run_jobs

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 13, 8, tzinfo=UTC)
TEN = datetime(2026, 3, 16, 10, 20, tzinfo=UTC)
SECRETS = ["haemorrhoids", "Proctology", "Colonoscopy", "bleeding again"]


@pytest.fixture
def doctor_user():
    return UserFactory(email="doctor@example.org")


def visit(doctor_user=None, **fields):
    offering = open_offering(
        doctor__user=doctor_user,
        doctor__first_name="Ines",
        doctor__last_name="Calloway",
        doctor__specialties=[SpecialtyFactory(name=f"Proctology {uuid.uuid4()}")],
        visit_type__name="Colonoscopy",
        **{k: fields.pop(k) for k in list(fields) if "__" in k},
    )
    fields = {
        "offering": offering,
        "starts_at": TEN,
        "reason": "haemorrhoids",
        "hold_expires_at": NOW + timedelta(days=1),
        "confirmed_at": NOW,
    } | fields
    return telling.load(AppointmentFactory(**fields).pk)


def sent():
    """What was written: (event, channel, address), sorted."""
    rows = Delivery.objects.values_list("event", "channel", "to_address")
    return sorted(rows)


def mail(event):
    return Delivery.objects.get(event=event, channel="EMAIL")


EMAIL, SMS, IN_APP = "EMAIL", "SMS", "IN_APP"
TO_PATIENT, TO_DOCTOR = "patient@example.org", "doctor@example.org"


@pytest.mark.parametrize(
    ("tell", "status", "expected"),
    [
        (
            telling.tell_requested,
            Status.REQUESTED,
            {
                "appointment_requested": [EMAIL, IN_APP],
                "doctor_requested": [EMAIL, IN_APP],
            },
        ),
        (
            telling.tell_approved,
            Status.HELD,
            {"appointment_approved": [EMAIL, IN_APP, SMS]},
        ),
        (
            telling.tell_declined,
            Status.DECLINED,
            {"appointment_declined": [EMAIL, IN_APP, SMS]},
        ),
        (
            telling.tell_confirmed,
            Status.CONFIRMED,
            {
                "appointment_confirmed": [EMAIL, IN_APP, SMS],
                "doctor_booked": [IN_APP],
            },
        ),
        (
            telling.tell_cancelled,
            Status.CANCELLED,
            {
                "appointment_cancelled": [EMAIL, IN_APP, SMS],
                "doctor_cancelled": [EMAIL, IN_APP],
            },
        ),
        (
            telling.tell_expired,
            Status.EXPIRED,
            {"appointment_unpaid": [EMAIL, IN_APP]},
        ),
    ],
)
def test_each_event_tells_whom_it_concerns_once(tell, status, expected, doctor_user):
    patient = PatientFactory(email=TO_PATIENT, user=UserFactory())
    row = visit(doctor_user, status=status, patient=patient)
    before = "HELD" if status == Status.EXPIRED else "CONFIRMED"
    StatusChange.objects.create(
        appointment=row,
        from_status=before,
        to_status=status,
        at=NOW,
        reason="bleeding again",
    )
    for _ in range(2):
        tell(appointment=row, at=NOW)
    rows = Delivery.objects.values_list("event", "channel")
    assert sorted(rows) == sorted(
        (event, channel) for event, channels in expected.items() for channel in channels
    )
    for delivery in Delivery.objects.all():
        words = f"{delivery.subject} {delivery.body_text} {delivery.body_html}"
        assert not [secret for secret in SECRETS if secret in words]
        assert "{{" not in words
        assert "{%" not in words
        if delivery.channel == SMS:
            size = text_size(delivery.body_text)
            assert (size.parts, size.is_unicode) == (1, False)


@pytest.mark.parametrize(
    "tell",
    [
        telling.tell_requested,
        telling.tell_approved,
        telling.tell_declined,
        telling.tell_confirmed,
        telling.tell_cancelled,
        telling.tell_expired,
    ],
)
def test_nobody_is_told_what_is_no_longer_true(tell):
    tell(appointment=visit(status=Status.COMPLETED), at=NOW)
    assert sent() == []


def test_a_confirmation_says_when_where_and_for_how_much():
    row = visit(
        location__name="Canal Street",
        location__address="14 Canal\nStreet",
        visit_type__duration_minutes=15,
        patient=PatientFactory(first_name="Maya", email=TO_PATIENT),
    )
    telling.tell_confirmed(appointment=row, at=NOW)
    message = mail("appointment_confirmed")
    assert message.subject == "Booked: Monday 16 March, 10:20am with Dr Calloway"
    for part in (message.body_text, message.body_html):
        for words in (
            "Monday 16 March 2026, 10:20am",
            "London time (GMT), 15 minutes, in person",
            "Dr Ines Calloway",
            "Canal Street, 14 Canal Street, Westhaven WH1 4TD",
            "You can cancel free until Sunday 15 March, 10:20am.",
            "Paid £65.00.",
            row.reference,
        ):
            assert words in part
    assert "Maya" in message.body_text


def test_the_link_in_a_message_opens_the_visit_without_signing_in(client):
    row = visit(patient=PatientFactory(email=TO_PATIENT))
    telling.tell_confirmed(appointment=row, at=NOW)
    link = mail("appointment_confirmed").link
    token = link.rstrip("/").rsplit("/", 1)[-1]
    assert read_manage_token(token, at=NOW).public_id == row.public_id
    assert link in mail("appointment_confirmed").body_text


@pytest.mark.parametrize(
    ("mode", "theirs", "expected"),
    [
        ("VIDEO", "Europe/Paris", "(11:20am where you are)"),
        ("VIDEO", "Pacific/Auckland", "(11:20pm where you are)"),
        ("PHONE", "Asia/Tokyo", "(7:20pm where you are)"),
        ("VIDEO", "Europe/Lisbon", ""),
        ("IN_PERSON", "Europe/Paris", ""),
        ("VIDEO", "", ""),
    ],
)
def test_who_is_elsewhere_reads_both_clocks_unless_they_come_here(
    mode, theirs, expected
):
    patient = PatientFactory(email=TO_PATIENT, time_zone=theirs)
    row = visit(visit_type__mode=mode, patient=patient)
    telling.tell_confirmed(appointment=row, at=NOW)
    text = mail("appointment_confirmed").body_text
    assert f"London time (GMT){' ' + expected if expected else ''}, 30" in text


# --- The calendar entry ---------------------------------------------------------


def entry(event):
    attachment = mail(event).attachments[0]
    calendar = Calendar.from_ical(attachment["content"])
    return attachment["content_type"], calendar, calendar.walk("VEVENT")[0]


def test_a_confirmation_invites_and_a_cancellation_takes_the_same_entry_out(settings):
    settings.SITE_URL = "https://larkfield.example"
    row = visit(
        patient=PatientFactory(email=TO_PATIENT),
        starts_at=datetime(2026, 3, 30, 9, tzinfo=UTC),
    )
    telling.tell_confirmed(appointment=row, at=NOW)
    content_type, calendar, invited = entry("appointment_confirmed")
    assert "method=REQUEST" in content_type
    assert calendar["method"] == "REQUEST"
    assert invited["uid"] == f"{row.public_id}@larkfield.example"
    assert invited["status"] == "CONFIRMED"
    assert invited["attendee"] == f"mailto:{TO_PATIENT}"
    assert invited["organizer"].startswith("mailto:")
    # 10:00 by the clock in London, whose rules are in the file.
    assert invited["dtstart"].to_ical() == b"20260330T100000"
    assert invited["dtstart"].params["TZID"] == "Europe/London"
    assert [zone["tzid"] for zone in calendar.walk("VTIMEZONE")] == ["Europe/London"]
    services.cancel_appointment(
        actor=None, appointment=row, reason="", by=Party.PATIENT, at=NOW
    )
    telling.tell_cancelled(appointment=telling.load(row.pk), at=NOW)
    content_type, calendar, cancelled = entry("appointment_cancelled")
    assert "method=CANCEL" in content_type
    assert (calendar["method"], cancelled["status"]) == ("CANCEL", "CANCELLED")
    assert cancelled["uid"] == invited["uid"]
    assert cancelled["sequence"] > invited["sequence"]


def test_the_calendar_entry_says_nothing_about_health():
    row = visit(patient=PatientFactory(email=TO_PATIENT))
    telling.tell_confirmed(appointment=row, at=NOW)
    content = mail("appointment_confirmed").attachments[0]["content"]
    assert not [secret for secret in SECRETS if secret in content]


# --- Cancelling -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("refund", "words"),
    [
        ("65.00", "£65.00 goes back to your card."),
        ("32.50", "£32.50 is kept for the late cancellation."),
        ("0.00", "nothing goes back"),
    ],
)
def test_a_cancellation_says_what_happens_to_the_money(refund, words):
    row = visit(
        status=Status.CANCELLED,
        refund_due=Decimal(refund),
        patient=PatientFactory(email=TO_PATIENT),
    )
    telling.tell_cancelled(appointment=row, at=NOW)
    assert words in mail("appointment_cancelled").body_text
    assert words in mail("appointment_cancelled").body_html


def test_a_cancellation_of_what_was_never_paid_speaks_of_no_money():
    row = visit(
        status=Status.CANCELLED,
        confirmed_at=None,
        patient=PatientFactory(email=TO_PATIENT),
    )
    telling.tell_cancelled(appointment=row, at=NOW)
    assert "card" not in mail("appointment_cancelled").body_text


def test_who_cancels_is_not_told_by_the_clinic_that_they_did(doctor_user):
    row = visit(doctor_user)
    services.cancel_appointment(
        actor=doctor_user, appointment=row, reason="Ill", by=Party.CLINIC, at=NOW
    )
    telling.tell_cancelled(appointment=telling.load(row.pk), at=NOW)
    assert {event for event, _, _ in sent()} == {"appointment_cancelled"}
    assert "We are sorry" in mail("appointment_cancelled").body_text


def test_a_visit_of_tonight_is_called_off_at_night_too():
    row = visit(status=Status.CANCELLED)
    telling.tell_cancelled(appointment=row, at=TEN - timedelta(hours=5))
    kinds = set(Delivery.objects.values_list("kind", flat=True))
    assert kinds == {"URGENT"}


# --- Lapsing --------------------------------------------------------------------


def test_an_unanswered_request_and_an_unpaid_hold_are_told_apart():
    for before in (Status.REQUESTED, Status.HELD):
        row = visit(status=before, starts_at=NOW, hold_expires_at=NOW)
        services.expire_lapsed(at=NOW)
        telling.tell_expired(appointment=telling.load(row.pk), at=NOW)
    events = {event for event, _, _ in sent()}
    assert events == {"appointment_unanswered", "appointment_unpaid"}


def test_a_hold_without_a_name_expires_in_silence():
    row = visit(status=Status.EXPIRED, patient=None)
    telling.tell_expired(appointment=row, at=NOW)
    assert sent() == []


# --- From the event to the message ----------------------------------------------


def test_booking_queues_its_messages_in_the_same_transaction(ann):
    row = visit(status=Status.HELD, patient=ann.patient)
    row = services.confirm_paid(appointment_id=row.pk, at=NOW)
    path = "booking.appointments.tasks.send_confirmation"
    assert (path, {"appointment_id": row.pk}) in queued_jobs()
    run_jobs()
    assert mail("appointment_confirmed").patient == ann.patient


@pytest.mark.parametrize(
    "job",
    [
        tasks.send_requested,
        tasks.send_approved,
        tasks.send_declined,
        tasks.send_confirmation,
        tasks.send_cancelled,
        tasks.send_hold_expired,
    ],
)
def test_a_job_whose_row_is_gone_does_nothing(job):
    job(appointment_id=987654321)
    assert sent() == []


def test_the_minutes_sweep_expires_what_has_lapsed():
    row = AppointmentFactory(
        status=Status.HELD, hold_expires_at=timezone.now() - timedelta(seconds=1)
    )
    tasks.expire_lapsed()
    assert Appointment.objects.get(pk=row.pk).status == Status.EXPIRED


@pytest.mark.parametrize("event", ["confirmed", "unanswered", "reminder"])
def test_whom_to_call_is_the_desk_of_the_visit_else_the_clinic(event):
    set_identity(phone="+442079460100")
    for number, words in (("+33199001208", "+33 1 99 00 12 08"), ("", "020 7946 0100")):
        made = visit(location__phone=number)
        message = telling.patient_message(made, f"appointment_{event}", at=NOW)
        notify_many([message], at=NOW)
        row = Delivery.objects.get(
            event=f"appointment_{event}", channel="EMAIL", patient=made.patient
        )
        for body in (row.body_text, row.body_html):
            assert words in body
            assert ("020 7946 0100" in body) is (number == "")
