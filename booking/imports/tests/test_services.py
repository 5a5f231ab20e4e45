"""Keeping what calendars outside say: replaced whole, never silently, free again."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django_q.models import OrmQ

from audit.models import Entry
from booking.appointments.queries import free_slots, outside_ids
from booking.appointments.services import SlotTaken, hold_slot
from booking.conftest import NOW
from booking.imports import services
from booking.imports.models import ImportedCalendar, Problem
from booking.models import BusyTime
from booking.strays.queries import strays_of
from foundation.periods import seconds
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import DoctorFactory

TEN = datetime(2026, 3, 16, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


def say(calendar, *begin, at=NOW, **more):
    """The calendar says that its owner is busy for an hour at each of `begin`."""
    services.keep_busy_times(
        calendar=calendar,
        found=[(seconds(one), seconds(one + HOUR)) for one in begin],
        skipped=more.get("skipped", 0),
        etag=more.get("etag", ""),
        reach=at + timedelta(days=90),
        at=at,
    )


def starts(offering, day=TEN):
    found = free_slots([offering], after=day - HOUR, until=day + 3 * HOUR, at=NOW)
    return [f"{slot.starts_at:%H:%M}" for slot in found[offering.pk]]


def queued(name):
    return [one.task for one in OrmQ.objects.all() if one.task["func"].endswith(name)]


def test_a_busy_time_is_not_offered_and_is_free_again_when_it_is_gone(
    imported, free_visit
):
    before = starts(free_visit)
    say(imported, TEN)
    assert set(before) - set(starts(free_visit)) == {"10:00", "10:30"}
    services.remove_calendar(actor=None, calendar=imported)
    assert starts(free_visit) == before
    assert not BusyTime.objects.exists()


def test_nobody_holds_a_busy_time(imported, free_visit):
    say(imported, TEN)
    with pytest.raises(SlotTaken) as taken:
        hold_slot(
            actor=None,
            offering=free_visit,
            starts_at=TEN,
            via="SITE",
            at=NOW,
            idempotency_key=imported.public_id,
        )
    assert TEN not in [slot.starts_at for slot in taken.value.nearest]


def test_it_closes_this_doctors_calendar_and_no_other(imported, practice, free_visit):
    other = practice.offer(practice.doctor("Roy"), kind=free_visit.visit_type)
    say(imported, TEN)
    assert "10:00" in starts(other)


def test_what_it_says_now_stands_in_the_place_of_all_it_said_before(
    imported, free_visit
):
    say(imported, TEN, TEN + 3 * HOUR, TEN + 24 * HOUR)
    say(imported, TEN + HOUR)
    assert [row.starts_at for row in BusyTime.objects.all()] == [TEN + HOUR]
    assert "10:00" in starts(free_visit)
    assert "11:00" not in starts(free_visit)


def test_another_calendar_of_the_doctor_stays_as_it_is(imported, calloway):
    other = ImportedCalendar.objects.create(
        doctor=calloway, name="Home", address="https://home.example/", due_at=NOW
    )
    say(other, TEN)
    say(imported, TEN + HOUR)
    assert BusyTime.objects.count() == 2


def test_the_same_again_is_written_once(imported):
    say(imported, TEN)
    rows = set(BusyTime.objects.values_list("pk", flat=True))
    say(imported, TEN, at=NOW + HOUR)
    assert set(BusyTime.objects.values_list("pk", flat=True)) == rows
    assert Entry.objects.filter(verb="calendar_import.read").count() == 1
    imported.refresh_from_db()
    assert imported.read_at == NOW + HOUR


def test_what_was_read_earlier_comes_too_late(imported):
    say(imported, TEN, at=NOW + HOUR)
    say(imported, TEN + HOUR, at=NOW)
    assert BusyTime.objects.get().starts_at == TEN


def test_a_visit_under_a_busy_time_is_listed_and_told_of_once(
    imported, free_visit, calloway
):
    visit = AppointmentFactory(offering=free_visit, starts_at=TEN)
    say(imported, TEN)
    assert strays_of([calloway], at=NOW).open == [visit.pk]
    say(imported, TEN, at=NOW + HOUR)
    say(imported, TEN, TEN + 5 * HOUR, at=NOW + 2 * HOUR)
    assert len(queued("tell_hits")) == 1
    visit.refresh_from_db()
    assert visit.status == "CONFIRMED"
    services.remove_calendar(actor=None, calendar=imported)
    assert outside_ids(doctors=[calloway], at=NOW) == []


def test_a_problem_keeps_what_was_known_and_is_told_of_once(imported, free_visit):
    say(imported, TEN, etag='"1"')
    for number in range(6):
        services.keep_problem(
            calendar=imported, problem=Problem.GONE, at=NOW + number * HOUR
        )
        told = len(queued("tell_unread"))
        assert told == (0 if number < services.TELL_AFTER - 1 else 1)
    assert "10:00" not in starts(free_visit)
    imported.refresh_from_db()
    assert (imported.failing_since, imported.read_at) == (NOW, NOW)


def test_who_adds_an_address_that_is_wrong_hears_so_at_once(imported):
    services.keep_problem(calendar=imported, problem=Problem.NO_CALENDAR, at=NOW)
    assert len(queued("tell_unread")) == 1


def test_tries_come_later_each_time_and_at_once_when_all_is_well(imported):
    waits = []
    for _ in range(9):
        services.keep_problem(calendar=imported, problem=Problem.SLOW, at=NOW)
        imported.refresh_from_db()
        waits.append((imported.due_at - NOW) / timedelta(minutes=1))
    assert waits == [15, 30, 60, 120, 240, 480, 720, 720, 720]
    services.keep_unchanged(calendar=imported, at=NOW)
    imported.refresh_from_db()
    assert imported.due_at - NOW == timedelta(minutes=15)
    assert (imported.problem, imported.failures) == ("", 0)
    assert imported.failing_since is None


def test_what_is_due_is_queued_once(imported):
    later = ImportedCalendar.objects.create(
        doctor=imported.doctor, name="Later", address="https://l/", due_at=NOW + HOUR
    )
    assert services.read_due(at=NOW) == 1
    assert services.read_due(at=NOW) == 0
    assert [task["kwargs"] for task in queued("read_calendar")] == [
        {"calendar_id": imported.pk}
    ]
    assert services.read_due(at=later.due_at) == 2


def test_what_was_removed_meanwhile_stays_removed(imported):
    services.remove_calendar(
        actor=None, calendar=ImportedCalendar.objects.get(pk=imported.pk)
    )
    say(imported, TEN)
    services.keep_problem(calendar=imported, problem=Problem.SLOW, at=NOW)
    services.keep_unchanged(calendar=imported, at=NOW)
    assert not ImportedCalendar.objects.exists()
    assert not BusyTime.objects.exists()


def test_a_calendar_is_imported_once_and_five_are_the_most(imported, calloway):
    def add(address, doctor=calloway):
        return services.add_calendar(
            actor=None, doctor=doctor, name="One", address=address, at=NOW
        )

    with pytest.raises(services.ImportedAlready):
        add(imported.address)
    add(imported.address, DoctorFactory())
    for number in range(services.MOST - 1):
        add(f"https://calendars.example/{number}.ics")
    with pytest.raises(services.TooManyCalendars):
        add("https://calendars.example/more.ics")


def test_the_address_is_sealed_and_never_shown_again(imported):
    with connection.cursor() as cursor:
        cursor.execute("SELECT row::text FROM booking_importedcalendar AS row")
        [(row,)] = cursor.fetchall()
    assert "University" in row
    assert "private-7f3a" not in row
    assert imported.masked == "calendars.example/…"
