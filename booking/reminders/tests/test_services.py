"""Reminders: the right one at the right moment, once, and never for nothing."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from booking.appointments import services as appointments
from booking.appointments.models import Party, Status
from booking.models import Appointment, Reminder
from booking.reminders import services, tasks
from booking.reminders.services import claim_due, send_due_reminders
from notifications.deliveries import queries as deliveries
from notifications.models import Delivery
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import LocationFactory, VisitTypeFactory
from tests.jobs import run_jobs

pytestmark = pytest.mark.django_db

# Monday 16 March, 15:00 in London (GMT).
START = datetime(2026, 3, 16, 15, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ALL = ["DAY_BEFORE", "MORNING", "TWO_HOURS"]


def visit(zone="Europe/London", leads=ALL, **fields):
    fields = {
        "starts_at": START,
        "location": LocationFactory(time_zone=zone),
        "visit_type": VisitTypeFactory(reminder_leads=leads),
    } | fields
    return AppointmentFactory(**fields)


def claims(at):
    return {(claim.lead, claim.outcome) for claim in claim_due(at=at)}


def minute_by_minute(first, last, step=MINUTE):
    """What is sent while the job runs every `step`: (lead, when)."""
    found, at = [], first
    while at <= last:
        found += [(c.lead, at) for c in claim_due(at=at) if c.outcome == "SENT"]
        at += step
    return found


def test_a_location_has_reminders_of_its_own_or_none():
    here = LocationFactory(reminder_leads=["TWO_HOURS"])
    silent = LocationFactory(reminder_leads=[])
    mine = visit(location=here, leads=["DAY_BEFORE"])
    visit(location=silent)
    usual = visit(leads=["DAY_BEFORE"])
    sent = [
        (claim.appointment_id, claim.lead)
        for hours in (24, 2)
        for claim in claim_due(at=START - hours * HOUR)
    ]
    assert sent == [(usual.pk, "DAY_BEFORE"), (mine.pk, "TWO_HOURS")]


# --- When -----------------------------------------------------------------------


def test_three_reminders_go_out_at_their_minutes_and_no_more():
    visit()
    found = minute_by_minute(START - 26 * HOUR, START + HOUR)
    assert found == [
        ("DAY_BEFORE", START - 24 * HOUR),
        ("MORNING", datetime(2026, 3, 16, 8, tzinfo=UTC)),
        ("TWO_HOURS", START - 2 * HOUR),
    ]


@pytest.mark.parametrize("leads", [[], ["MORNING"], ["DAY_BEFORE", "TWO_HOURS"]])
def test_only_the_leads_of_the_visit_type_go_out(leads):
    visit(leads=leads)
    found = minute_by_minute(START - 26 * HOUR, START, step=10 * MINUTE)
    assert [lead for lead, _ in found] == leads


@pytest.mark.parametrize(
    ("clock", "expected"),
    [(8, False), (9, True), (10, True)],
)
def test_the_morning_is_no_use_for_visits_before_nine(clock, expected):
    visit(starts_at=START.replace(hour=clock, minute=0), leads=["MORNING"])
    at = START.replace(hour=8)
    assert bool(claims(at)) is (expected and clock > 8)


def test_two_that_fall_together_are_one():
    visit(starts_at=START.replace(hour=10))
    at = START.replace(hour=8)
    assert claims(at) == {
        ("DAY_BEFORE", "SKIPPED"),
        ("MORNING", "SKIPPED"),
        ("TWO_HOURS", "SENT"),
    }


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        # The last day before, the day itself, and the day after each change.
        ("Europe/London", (2026, 3, 28)),
        ("Europe/London", (2026, 3, 29)),
        ("Europe/London", (2026, 3, 30)),
        ("Europe/London", (2026, 10, 25)),
        ("Europe/London", (2026, 10, 26)),
        ("America/New_York", (2026, 3, 8)),
        ("America/New_York", (2026, 3, 9)),
        ("America/New_York", (2026, 11, 1)),
        ("America/New_York", (2026, 11, 2)),
        ("Australia/Sydney", (2026, 4, 5)),
        ("Australia/Sydney", (2026, 4, 6)),
        ("Australia/Sydney", (2026, 10, 4)),
        ("Australia/Sydney", (2026, 10, 5)),
    ],
)
def test_over_a_change_of_the_clocks_each_goes_out_once_at_its_local_time(zone, day):
    place = ZoneInfo(zone)
    start = datetime(*day, 14, tzinfo=place).astimezone(UTC)
    visit(zone, starts_at=start)
    found = dict(minute_by_minute(start - 27 * HOUR, start, step=5 * MINUTE))
    assert len(found) == 3
    assert found["DAY_BEFORE"] == start - 24 * HOUR
    assert found["TWO_HOURS"] == start - 2 * HOUR
    morning = found["MORNING"].astimezone(place)
    assert (morning.date(), morning.hour, morning.minute) == (
        start.astimezone(place).date(),
        8,
        0,
    )
    assert Reminder.objects.count() == 3


def test_clinics_in_three_zones_are_each_reminded_in_their_own_morning():
    zones = ["Europe/London", "America/New_York", "Australia/Sydney"]
    for zone in zones:
        start = datetime(2026, 3, 29, 14, tzinfo=ZoneInfo(zone))
        visit(zone, starts_at=start, leads=["MORNING"])
    first = datetime(2026, 3, 28, 12, tzinfo=UTC)
    found = minute_by_minute(first, first + 36 * HOUR, step=10 * MINUTE)
    assert [at for _, at in found] == [
        datetime(2026, 3, 28, 21, tzinfo=UTC),
        datetime(2026, 3, 29, 7, tzinfo=UTC),
        datetime(2026, 3, 29, 12, tzinfo=UTC),
    ]


# --- Not for nothing ------------------------------------------------------------


@pytest.mark.parametrize(
    "status",
    [
        Status.HELD,
        Status.REQUESTED,
        Status.CANCELLED,
        Status.DECLINED,
        Status.EXPIRED,
    ],
)
def test_what_is_not_booked_is_not_reminded_of(status):
    visit(status=status, hold_expires_at=START)
    assert claims(START - HOUR) == set()


@pytest.mark.parametrize("status", [Status.ARRIVED, Status.IN_CONSULTATION])
def test_who_is_here_needs_no_reminder(status):
    visit(status=status, confirmed_at=START - 240 * HOUR)
    assert {outcome for _, outcome in claims(START - HOUR)} == {"SKIPPED"}


def test_a_confirmation_makes_the_reminders_before_it_needless():
    visit(confirmed_at=START - 3 * HOUR)
    assert claims(START - 3 * HOUR) == set()
    assert claims(START - 2 * HOUR) == {("TWO_HOURS", "SENT")}
    assert Reminder.objects.count() == 1


def test_a_moved_visit_is_reminded_of_anew():
    row = visit(leads=["TWO_HOURS"])
    assert claims(START - HOUR) == {("TWO_HOURS", "SENT")}
    day = timedelta(days=1)
    Appointment.objects.filter(pk=row.pk).update(
        starts_at=START + day,
        ends_at=row.ends_at + day,
        busy_starts_at=START + day,
        busy_ends_at=row.ends_at + day,
    )
    assert claims(START - HOUR) == set()
    assert claims(START + day - 2 * HOUR) == {("TWO_HOURS", "SENT")}


# --- Late -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lead", "last_help"),
    [
        ("DAY_BEFORE", 4 * HOUR),
        ("MORNING", HOUR),
        ("TWO_HOURS", 30 * MINUTE),
    ],
)
def test_a_late_one_goes_out_while_it_helps_and_is_skipped_after(lead, last_help):
    early, late = visit(leads=[lead]), visit(leads=[lead], starts_at=START - MINUTE)
    at = START - last_help - timedelta(seconds=1)
    found = {claim.appointment_id: claim.outcome for claim in claim_due(at=at)}
    assert found == {early.pk: "SENT", late.pk: "SKIPPED"}


def test_after_a_long_silence_only_the_last_one_goes_out():
    visit()
    assert claims(START - 90 * MINUTE) == {
        ("DAY_BEFORE", "SKIPPED"),
        ("MORNING", "SKIPPED"),
        ("TWO_HOURS", "SENT"),
    }


def test_what_was_missed_wholly_is_on_record():
    visit()
    visit(status=Status.COMPLETED, confirmed_at=START - 240 * HOUR)
    assert claims(START + 6 * HOUR) == {(lead, "SKIPPED") for lead in ALL}
    assert Reminder.objects.count() == 6


# --- Sending --------------------------------------------------------------------


def test_sending_writes_one_message_a_channel_and_runs_again_without_effect():
    visit(patient=PatientFactory(email="ann@example.org"))
    at = START - 2 * HOUR
    assert send_due_reminders(at=at) == 1
    assert send_due_reminders(at=at) == 0
    rows = Delivery.objects.values_list("event", "channel", "kind", "expires_at")
    until = START - 30 * MINUTE
    assert sorted(rows) == [
        ("appointment_reminder", "EMAIL", "REMINDER", until),
        ("appointment_reminder", "SMS", "REMINDER", until),
    ]


def test_a_reminder_says_when_and_where_and_nothing_else():
    visit(visit_type=VisitTypeFactory(name="Colonoscopy"), reason="Blood")
    send_due_reminders(at=START - 2 * HOUR)
    message = Delivery.objects.get(channel="EMAIL")
    assert message.subject.startswith("Reminder: Monday 16 March, 3:00pm with Dr ")
    for words in (message.body_text, message.body_html):
        assert "Monday 16 March 2026, 3:00pm" in words
        assert "London time (GMT)" in words
        assert "Colonoscopy" not in words
        assert "Blood" not in words
        assert "{{" not in words


def test_a_reminder_that_waits_for_the_morning_dies_with_its_visit():
    # A text message at 3 in the morning waits until the quiet hours are over.
    row = visit(starts_at=START.replace(hour=3), leads=["DAY_BEFORE"])
    eve = START.replace(hour=3) - 24 * HOUR
    send_due_reminders(at=eve)
    waiting = Delivery.objects.get(channel="SMS")
    assert (waiting.status, waiting.send_after > eve) == ("QUEUED", True)
    appointments.cancel_appointment(
        actor=None, appointment=row, reason="", by=Party.CLINIC, at=eve + HOUR
    )
    tasks.withdraw_reminders(appointment_id=row.pk)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.error) == (
        "SUPPRESSED",
        "The visit was cancelled.",
    )


def test_cancelling_queues_the_withdrawal():
    row = visit(starts_at=START.replace(hour=3), leads=["DAY_BEFORE"])
    send_due_reminders(at=START.replace(hour=3) - 24 * HOUR)
    appointments.cancel_appointment(
        actor=None,
        appointment=row,
        reason="",
        by=Party.CLINIC,
        at=START.replace(hour=3) - 23 * HOUR,
    )
    run_jobs()
    texts = Delivery.objects.filter(event="appointment_reminder", channel="SMS")
    assert texts.get().status == "SUPPRESSED"


def test_more_than_one_batch_goes_out_in_one_run(monkeypatch):
    monkeypatch.setattr(services, "BATCH", 3)
    for _ in range(7):
        visit(leads=["TWO_HOURS"])
    assert send_due_reminders(at=START - 2 * HOUR) == 7
    assert Reminder.objects.filter(outcome="SENT").count() == 7


def test_one_that_cannot_be_written_stops_nobody_elses(monkeypatch, caplog):
    poison = visit(leads=["TWO_HOURS"], patient=PatientFactory(first_name="Poison"))
    good = visit(leads=["TWO_HOURS"])
    words_of = deliveries.words_of

    def fragile(event, channel, context):
        if context["recipient"].first_name == "Poison":
            raise LookupError("broken")
        return words_of(event, channel, context)

    monkeypatch.setattr("notifications.deliveries.services.words_of", fragile)
    assert send_due_reminders(at=START - 2 * HOUR) == 1
    outcomes = dict(Reminder.objects.values_list("appointment_id", "outcome"))
    assert outcomes == {poison.pk: "FAILED", good.pk: "SENT"}
    assert "could not be written" in caplog.text
    assert send_due_reminders(at=START - HOUR) == 0


@pytest.mark.parametrize("visits", [3, 9])
def test_a_batch_costs_the_same_queries_whatever_its_size(
    visits, django_assert_num_queries
):
    for _ in range(visits):
        visit(leads=["TWO_HOURS"])
    # One of them asks who acts for any of them and is told as well.
    with django_assert_num_queries(17):
        send_due_reminders(at=START - 2 * HOUR)
    assert Reminder.objects.count() == visits


def test_the_minutes_job_looks_at_the_clock():
    row = visit(starts_at=timezone.now() + 2 * HOUR, leads=["TWO_HOURS"])
    tasks.send_due_reminders()
    assert Reminder.objects.get().appointment == row
