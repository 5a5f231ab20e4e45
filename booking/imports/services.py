"""Importing calendars: adding and removing them, and keeping what they say.

The network is the jobs' business (`tasks`). A calendar's busy times are replaced in one
transaction, behind the lock of the doctor's calendar: whoever books sees all of what it
said before, or all of what it says now.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from audit.services import record
from booking.appointments.queries import outside_ids
from booking.availability.models import BusyTime
from booking.availability.services import lock_calendars
from booking.imports.models import ImportedCalendar
from clinic.doctors.models import Doctor
from foundation.errors import Refused
from foundation.events import publish
from foundation.jobs import enqueue
from foundation.periods import Period, moment, seconds

MOST = 5
AGAIN = timedelta(minutes=15)
# Of a calendar that cannot be read: 15 minutes, 30, an hour, and so on.
LONGEST = timedelta(hours=12)
# A server may be away for a while without anybody being told.
TELL_AFTER = 3
LONGEST_ETAG = 200
READ = "booking.imports.tasks.read_calendar"


class ImportedAlready(Refused):
    sentence = "This calendar is imported already."


class TooManyCalendars(Refused):
    sentence = f"A doctor has {MOST} imported calendars at most. Remove one first."


@transaction.atomic
def add_calendar(
    *, actor: Any, doctor: Doctor, name: str, address: str, at: datetime
) -> ImportedCalendar:
    """Import a calendar; it is read in a moment, by a job. The caller has checked that
    the address may be called. Raises ImportedAlready and TooManyCalendars."""
    lock_calendars(doctor_ids=[doctor.pk])
    rows = ImportedCalendar.objects.filter(doctor=doctor)
    index: Any = ImportedCalendar._meta.get_field("address_index")
    if rows.filter(address_index=index.value_for(address)).exists():
        raise ImportedAlready
    if rows.count() >= MOST:
        raise TooManyCalendars
    made = ImportedCalendar.objects.create(
        doctor=doctor,
        name=name,
        address=address,
        added_by=actor,
        due_at=at + AGAIN,
    )
    _note(made, "added", actor=actor)
    enqueue(READ, calendar_id=made.pk)
    return made


@transaction.atomic
def remove_calendar(*, actor: Any, calendar: ImportedCalendar) -> None:
    """Forget a calendar and its address; its times are free again."""
    lock_calendars(doctor_ids=[calendar.doctor_id])
    _note(calendar, "removed", actor=actor)
    calendar.delete()


@transaction.atomic
def read_again(*, calendar: ImportedCalendar, at: datetime) -> None:
    """Read it as soon as a worker has time, whatever was planned."""
    ImportedCalendar.objects.filter(pk=calendar.pk).update(due_at=at + AGAIN)
    enqueue(READ, calendar_id=calendar.pk)


@transaction.atomic
def read_due(*, at: datetime) -> int:
    """Queue a job for each calendar that is due; returns how many. Each is put off
    first, so that two of us queue it once."""
    rows = ImportedCalendar.objects.in_use(at).select_for_update(
        skip_locked=True, no_key=True, of=("self",)
    )
    due = list(rows.filter(due_at__lte=at).order_by("due_at")[:500])
    for calendar in due:
        calendar.due_at = at + AGAIN
        enqueue(READ, calendar_id=calendar.pk)
    ImportedCalendar.objects.bulk_update(due, ["due_at"])
    return len(due)


@transaction.atomic
def keep_busy_times(
    *,
    calendar: ImportedCalendar,
    found: Sequence[Period],
    skipped: int,
    etag: str,
    reach: datetime,
    at: datetime,
) -> None:
    """Put what a calendar says now in the place of all that it said before. `found` are
    disjoint, in seconds, until `reach`.

    Visits that are booked then stay booked; where it hits any that nothing hit before,
    publishes booking.calendar_hits. Twice the same changes nothing, nor does what was
    read before what is known. A calendar that was removed meanwhile stays removed.
    """
    lock_calendars(doctor_ids=[calendar.doctor_id])
    row = _locked(calendar)
    if row is None or (row.read_at is not None and at < row.read_at):
        return
    if set(_known(row)) != set(found):
        _replace(row, found, at=at)
    _recovered(row)
    row.skipped = skipped
    row.etag = etag if len(etag) <= LONGEST_ETAG and etag.isprintable() else ""
    row.read_at, row.reach_at, row.due_at = at, reach, at + AGAIN
    row.save()


def _replace(row: ImportedCalendar, found: Sequence[Period], *, at: datetime) -> None:
    before = set(outside_ids(doctors=[row.doctor], at=at))
    BusyTime.objects.filter(calendar=row).delete()
    BusyTime.objects.bulk_create(
        BusyTime(
            doctor_id=row.doctor_id,
            calendar=row,
            starts_at=moment(starts),
            ends_at=moment(ends),
        )
        for starts, ends in found
    )
    hit = set(outside_ids(doctors=[row.doctor], at=at)) - before
    _note(row, "read", actor=None, periods=len(found), visits=len(hit))
    if hit:
        publish("booking.calendar_hits", calendar_id=row.pk)


def _known(row: ImportedCalendar) -> list[Period]:
    spans = BusyTime.objects.filter(calendar=row).values_list("starts_at", "ends_at")
    return [(seconds(starts), seconds(ends)) for starts, ends in spans]


@transaction.atomic
def keep_unchanged(*, calendar: ImportedCalendar, at: datetime) -> None:
    """Its server says that nothing has changed since it was read last."""
    row = _locked(calendar)
    if row is not None:
        _recovered(row)
        row.read_at, row.due_at = at, at + AGAIN
        row.save()


@transaction.atomic
def keep_problem(*, calendar: ImportedCalendar, problem: str, at: datetime) -> None:
    """It could not be read. What it said last still holds; the next try comes later
    each time.

    Publishes booking.calendar_unread once: at the first try of all, else when it has
    gone wrong three times in a row.
    """
    row = _locked(calendar)
    if row is None:
        return
    row.failures += 1
    row.problem = problem
    row.failing_since = row.failing_since or at
    row.due_at = at + min(AGAIN * 2 ** min(row.failures - 1, 10), LONGEST)
    row.save()
    tell_at = 1 if row.read_at is None else TELL_AFTER
    if row.failures == tell_at:
        _note(row, "unread", actor=None, problem=problem)
        publish("booking.calendar_unread", calendar_id=row.pk)


def _recovered(row: ImportedCalendar) -> None:
    row.problem, row.failing_since, row.failures = "", None, 0


def _locked(calendar: ImportedCalendar) -> ImportedCalendar | None:
    rows = ImportedCalendar.objects.select_for_update(of=("self",))
    return rows.select_related("doctor").filter(pk=calendar.pk).first()


def _note(row: ImportedCalendar, what: str, *, actor: Any, **detail: Any) -> None:
    record(
        actor=actor,
        verb=f"calendar_import.{what}",
        subject=row,
        detail={"doctor": row.doctor_id, **detail},
    )
