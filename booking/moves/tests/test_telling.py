"""Messages about moves: one to each, true when they go out, and silent about health."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from booking.appointments import services as appointments
from booking.appointments.models import Party
from booking.appointments.queries import read_manage_token
from booking.appointments.services import telling as bookings
from booking.models import Appointment, Reminder
from booking.moves import services, tasks
from booking.moves.services import telling
from booking.reminders.services import send_due_reminders
from foundation.texting import text_size
from notifications.models import Delivery
from tests.factories.accounts import PatientFactory, UserFactory
from tests.factories.booking import AppointmentFactory, open_offering
from tests.jobs import run_jobs

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 13, 8, tzinfo=UTC)
TEN = datetime(2026, 3, 16, 10, tzinfo=UTC)
NEW = TEN + timedelta(days=1, hours=1)
HOUR = timedelta(hours=1)
EMAIL, SMS, IN_APP = "EMAIL", "SMS", "IN_APP"
SECRETS = ["haemorrhoids", "Colonoscopy", "Proctology", "My mother is ill"]


@pytest.fixture(autouse=True)
def _now(clock):
    clock.at = NOW


@pytest.fixture
def visit():
    offering = open_offering(
        doctor__user=UserFactory(email="doctor@example.org"),
        doctor__first_name="Ines",
        doctor__last_name="Calloway",
        visit_type__name="Colonoscopy",
    )
    return AppointmentFactory(
        offering=offering,
        starts_at=TEN,
        confirmed_at=NOW,
        reason="haemorrhoids",
        patient=PatientFactory(email="patient@example.org", user=UserFactory()),
    )


@pytest.fixture
def on_request(visit):
    visit.visit_type.booking_policy = "REQUEST"
    visit.visit_type.save()


def move(visit, starts_at=NEW, **given):
    visit = Appointment.objects.get(pk=visit.pk)
    given = {"actor": None, "reason": "My mother is ill", "at": NOW} | given
    return services.move_visit(
        appointment=visit,
        offering=visit.doctor.offerings.get(),
        starts_at=starts_at,
        idempotency_key=uuid.uuid4(),
        **given,
    )


def sent():
    """What was written since: (event, channel), sorted."""
    return sorted(Delivery.objects.values_list("event", "channel"))


def mail(event):
    return Delivery.objects.get(event=event, channel=EMAIL)


def everything():
    rows = Delivery.objects.all()
    return " ".join(f"{row.subject} {row.body_text} {row.body_html}" for row in rows)


def test_a_move_tells_the_patient_and_the_doctor_once(visit):
    row = move(visit)
    tasks.send_moved(move_id=row.pk)
    tasks.send_moved(move_id=row.pk)
    assert sent() == [
        ("appointment_moved", EMAIL),
        ("appointment_moved", IN_APP),
        ("appointment_moved", SMS),
        ("doctor_moved", EMAIL),
        ("doctor_moved", IN_APP),
    ]
    text = mail("appointment_moved").body_text
    for words in (
        "Tuesday 17 March 2026, 11:00am",
        "It was Monday 16 March 2026, 10:00am (London time (GMT)).",
        "You can cancel free until Monday 16 March, 11:00am.",
        "Paid £65.00.",
    ):
        assert words in text
    assert not [secret for secret in SECRETS if secret in everything()]


def test_of_two_moves_in_a_row_the_last_is_told(visit):
    first = move(visit)
    second = move(visit, NEW + HOUR, at=NOW + HOUR)
    tasks.send_moved(move_id=first.pk)
    assert sent() == []
    tasks.send_moved(move_id=second.pk)
    assert mail("appointment_moved").subject == (
        "Moved: Tuesday 17 March, 12:00pm with Dr Calloway"
    )


def test_a_cancelled_visit_is_not_said_to_have_moved(visit):
    row = move(visit)
    appointments.cancel_appointment(
        actor=None, appointment=visit, reason="", by=Party.PATIENT, at=NOW
    )
    tasks.send_moved(move_id=row.pk)
    assert sent() == []


def test_the_calendar_entry_is_the_same_one_with_a_higher_sequence(visit, settings):
    settings.SITE_URL = "https://larkfield.example"
    bookings.tell_confirmed(appointment=bookings.load(visit.pk), at=NOW)
    telling.tell_moved(move=telling.load(move(visit).pk), at=NOW)
    before, after = (
        Calendar.from_ical(mail(event).attachments[0]["content"])
        for event in ("appointment_confirmed", "appointment_moved")
    )
    assert after["method"] == "REQUEST"
    old, new = before.walk("VEVENT")[0], after.walk("VEVENT")[0]
    assert old["uid"] == new["uid"]
    assert new["sequence"] > old["sequence"]
    assert new["dtstart"].to_ical() == b"20260317T110000"


def test_the_message_carries_the_new_link_and_ends_the_old_one(visit):
    bookings.tell_confirmed(appointment=bookings.load(visit.pk), at=NOW)
    telling.tell_moved(move=telling.load(move(visit).pk), at=NOW)
    visit.refresh_from_db()
    old, new = (
        read_manage_token(mail(event).link.rstrip("/").rsplit("/", 1)[-1], at=NOW)
        for event in ("appointment_confirmed", "appointment_moved")
    )
    assert (old.is_of(visit), new.is_of(visit)) == (False, True)


def test_a_request_asks_the_doctor_and_says_that_the_visit_stays(visit, on_request):
    row = move(visit)
    tasks.send_asked(move_id=row.pk)
    tasks.send_asked(move_id=row.pk)
    assert sent() == [
        ("appointment_move_asked", EMAIL),
        ("appointment_move_asked", IN_APP),
        ("doctor_move_asked", EMAIL),
        ("doctor_move_asked", IN_APP),
    ]
    text = mail("appointment_move_asked").body_text
    assert "Tuesday 17 March 2026, 11:00am (London time (GMT))" in text
    assert "Monday 16 March 2026, 10:00am" in text
    assert "Tuesday 17 March 2026, 11:00" in mail("doctor_move_asked").body_text
    assert not [secret for secret in SECRETS if secret in everything()]


def test_an_approval_tells_the_patient_and_not_the_doctor_who_gave_it(
    visit, on_request
):
    row, doctor = move(visit), visit.doctor.user
    services.approve_move(actor=doctor, move=row, at=NOW + HOUR)
    tasks.send_asked(move_id=row.pk)
    tasks.send_moved(move_id=row.pk)
    assert {event for event, _ in sent()} == {"appointment_moved"}


@pytest.mark.parametrize("end", ["declined", "expired"])
def test_without_a_yes_the_patient_hears_that_the_visit_stays(visit, on_request, end):
    row = move(visit)
    if end == "declined":
        services.decline_move(
            actor=None, move=row, reason="About your haemorrhoids", at=NOW
        )
        tasks.send_declined(move_id=row.pk)
    else:
        services.expire_moves(at=row.expires_at)
        telling.tell_expired(move=telling.load(row.pk), at=row.expires_at)
    event = f"appointment_move_{end}"
    assert sent() == [(event, EMAIL), (event, IN_APP), (event, SMS)]
    assert "Monday 16 March 2026, 10:00am" in mail(event).body_text
    assert not [secret for secret in SECRETS if secret in everything()]


def test_a_withdrawn_request_tells_nobody(visit, on_request):
    row = move(visit)
    services.withdraw_move(actor=None, move=row, at=NOW)
    run_jobs()
    assert sent() == []


def test_every_text_message_fits_into_two(visit):
    row = move(visit)
    telling.tell_moved(move=telling.load(row.pk), at=NOW)
    for delivery in Delivery.objects.filter(channel=SMS):
        assert text_size(delivery.body_text).parts <= 2


# --- Reminders ------------------------------------------------------------------


def reminded():
    rows = Delivery.objects.filter(event="appointment_reminder", channel=EMAIL)
    return [row.subject for row in rows.exclude(status="SUPPRESSED").order_by("pk")]


def minutes(first, last):
    at = first
    while at <= last:
        send_due_reminders(at=at)
        at += 10 * timedelta(minutes=1)


def test_a_moved_visit_is_reminded_of_its_new_time_only(visit):
    move(visit)
    minutes(TEN - 25 * HOUR, NEW)
    assert [subject[:36] for subject in reminded()] == [
        "Reminder: Tuesday 17 March, 11:00am "
    ] * 3


def test_a_reminder_that_has_not_gone_out_dies_with_the_old_time(visit):
    send_due_reminders(at=TEN - 24 * HOUR)
    assert len(reminded()) == 1
    move(visit, at=TEN - 23 * HOUR)
    assert reminded() == []
    # What stands under the bell is there at once; the news of the move follows it.
    old = Delivery.objects.filter(event="appointment_reminder").exclude(channel=IN_APP)
    assert set(old.values_list("status", "error")) == {
        ("SUPPRESSED", "The visit was moved.")
    }


def test_a_move_that_says_it_needs_no_reminder_of_the_same(visit):
    # Moved to a time less than a day away: the message about that has just said it.
    move(visit, TEN + HOUR, at=TEN - 22 * HOUR)
    minutes(TEN - 22 * HOUR, TEN + HOUR)
    leads = Reminder.objects.order_by("pk").values_list("lead", "starts_at")
    assert list(leads) == [("MORNING", TEN + HOUR), ("TWO_HOURS", TEN + HOUR)]


def test_there_and_back_again_reminds_once_of_each_lead(visit):
    minutes(TEN - 25 * HOUR, TEN - 23 * HOUR)
    move(visit, at=TEN - 22 * HOUR)
    move(visit, TEN, at=TEN - 21 * HOUR)
    minutes(TEN - 21 * HOUR, TEN)
    leads = Reminder.objects.order_by("pk").values_list("lead", "starts_at")
    assert list(leads) == [("DAY_BEFORE", TEN), ("MORNING", TEN), ("TWO_HOURS", TEN)]
