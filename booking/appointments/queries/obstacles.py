"""What stands in the way of a visit at another time? For who works here, in words.

Patients choose from the free times; the clinic may put a visit anywhere in the open
hours, on the grid of what is offered or not.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from django.db.models import Q

from booking.appointments.models import Appointment, AppointmentQuerySet
from booking.appointments.queries.calendar import calendar_of
from booking.appointments.queries.misfits import entry_into
from clinic.resources.models import Room
from clinic.visit_types.models import Offering
from foundation import periods
from foundation.formats import clock_range
from foundation.periods import seconds


class Way(StrEnum):
    """Whose time is in the way; the first that applies is what a refusal says."""

    SAME = "same"
    OVER = "over"
    STOPPED = "stopped"
    HOURS = "hours"
    FULL = "full"
    PATIENT = "patient"
    DOCTOR = "doctor"
    ROOM = "room"


class Obstacle(NamedTuple):
    """One thing in the way, with a sentence for staff that names no other patient."""

    way: Way
    sentence: str


_NAMES = ("doctor_id", "room_id", "patient_id", "starts_at", "ends_at")


def obstacles(
    visit: Appointment,
    offering: Offering,
    starts_at: datetime,
    *,
    at: datetime,
    besides: Collection[int] = (),
) -> list[Obstacle]:
    """What keeps the clinic from giving `visit` the time `starts_at` of `offering`, as
    of `at`; empty where nothing does. With the offering's doctor, location and room.

    The visit itself is in nobody's way: it gives its own time up, and so do the held
    times with the keys `besides`. Two queries, and one for `besides`.
    """
    kind = offering.visit_type
    ends_at = starts_at + timedelta(minutes=kind.duration_minutes)
    here = (visit.doctor_id, visit.location_id, visit.starts_at)
    if (offering.doctor_id, offering.location_id, starts_at) == here:
        return [Obstacle(Way.SAME, "The visit is at this time already.")]
    if ends_at <= at:
        return [Obstacle(Way.OVER, "This time is over.")]
    calendar = calendar_of(
        offering, after=starts_at, until=ends_at, at=at, besides=visit.pk
    )
    if not calendar.facts:
        return [
            Obstacle(
                Way.STOPPED,
                f"{offering.doctor.short_name} does not offer {kind.name} there now.",
            )
        ]
    [facts] = calendar.facts
    found = []
    span = (seconds(starts_at), seconds(ends_at))
    if not periods.covers(calendar.open_for(facts), span):
        found.append(
            Obstacle(
                Way.HOURS,
                f"{offering.doctor.short_name} is not open at"
                f" {offering.location.name} then.",
            )
        )
    if periods.overlaps(calendar.full_for(facts), (span[0], span[0] + 1)):
        found.append(
            Obstacle(
                Way.FULL,
                f"{offering.doctor.short_name} has as many {kind.name} visits on that"
                " day as they see on one.",
            )
        )
    others = Appointment.objects.live(at).exclude(pk__in=[visit.pk, *besides])
    found += _taken(others, visit, offering, (starts_at, ends_at))
    if not any(one.way == Way.ROOM for one in found):
        held = Appointment.objects.filter(pk__in=besides) if besides else ()
        if calendar.fit(facts, span[0], [visit, *held]) is None:
            found.append(Obstacle(Way.ROOM, _no_fit(offering)))
    return found


def _no_fit(offering: Offering) -> str:
    if offering.room is not None and offering.only_this_room:
        return f"{offering.room.name}, or equipment in it, cannot be had then."
    return "No room with what this visit needs is free then."


def room_obstacles(visit: Appointment, room: Room, *, at: datetime) -> list[Obstacle]:
    """What keeps a visit from `room` of its location at its own time: who has it then,
    and why it does not do. A fixed number of queries."""
    rows: Any = Appointment.objects.live(at).filter(
        room=room,
        busy_starts_at__lt=visit.busy_ends_at,
        busy_ends_at__gt=visit.busy_starts_at,
    )
    zone = visit.location.time_zone
    found = []
    others = rows.exclude(pk=visit.pk).order_by("starts_at", "pk")
    for row in others.values_list(*_NAMES, named=True):
        when = clock_range(row.starts_at, row.ends_at, zone, staff=True)
        found.append(Obstacle(Way.ROOM, f"{room.name} is taken then, {when}."))
    reasons = entry_into(room, visit, at=at).reasons
    return [*found, *(Obstacle(Way.ROOM, reason) for reason in reasons)]


def _taken(
    others: AppointmentQuerySet,
    visit: Appointment,
    offering: Offering,
    span: tuple[datetime, datetime],
) -> list[Obstacle]:
    """Those of `others` that have the doctor, the room or the patient then."""
    kind, zone = offering.visit_type, offering.location.time_zone
    starts_at, ends_at = span
    busy = Q(
        busy_starts_at__lt=ends_at + timedelta(minutes=kind.buffer_after_minutes),
        busy_ends_at__gt=starts_at - timedelta(minutes=kind.buffer_before_minutes),
    )
    taken = Q(doctor=offering.doctor_id) & busy
    if offering.room_id is not None and offering.only_this_room:
        taken |= Q(room=offering.room_id) & busy
    if visit.patient_id is not None:
        # Buffers are the doctor's: a patient may walk from one visit into the next.
        taken |= Q(
            patient=visit.patient_id, starts_at__lt=ends_at, ends_at__gt=starts_at
        )
    rows: Any = others.filter(taken).order_by("starts_at", "pk")
    found = []
    for row in rows.values_list(*_NAMES, named=True):
        when = clock_range(row.starts_at, row.ends_at, zone, staff=True)
        if visit.patient_id is not None and row.patient_id == visit.patient_id:
            words = f"The patient has another visit then, {when}."
            found.append(Obstacle(Way.PATIENT, words))
        elif row.doctor_id == offering.doctor_id:
            words = f"{offering.doctor.short_name} has another visit then, {when}."
            found.append(Obstacle(Way.DOCTOR, words))
        elif offering.room is not None:
            words = f"{offering.room.name} is taken then, {when}."
            found.append(Obstacle(Way.ROOM, words))
    return found
