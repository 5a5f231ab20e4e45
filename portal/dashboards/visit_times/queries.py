"""What a visit would become at another place of the calendar, and what keeps it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from booking.appointments.models import Appointment
from booking.appointments.queries import (
    Slot,
    nearest_slots,
    obstacles,
    room_obstacles,
)
from booking.availability.queries import open_periods
from booking.moves.models import Move
from booking.moves.queries import is_open, moves_of
from clinic.doctors.models import Doctor
from clinic.resources.models import Room
from clinic.visit_types.models import Offering
from clinic.visit_types.queries import offerings_of
from foundation import periods
from foundation.periods import seconds


@dataclass(frozen=True)
class Wish:
    """Where somebody wants a visit: at another time, with another doctor at its own
    time, or in another room at its own time."""

    starts_at: datetime
    doctor: Doctor | None = None
    room: Room | None = None


@dataclass(frozen=True)
class Outcome:
    """What would become of a visit. `against` are sentences on what stands in the way,
    `nearest` free times beside it; `offering` is None where there is none, or where
    only the room changes. `asked` is what the patient asked for, void by then."""

    starts_at: datetime
    ends_at: datetime
    offering: Offering | None = None
    room: Room | None = None
    against: Sequence[str] = ()
    nearest: Sequence[Slot] = field(default_factory=list)
    asked: Move | None = None


def places(user: Any, visit: Appointment) -> list[Offering]:
    """Where the visit's doctor offers it: at its own place, and at others that `user`
    books for."""
    return [
        one
        for one in offerings_of(visit.doctor)
        if one.visit_type_id == visit.visit_type_id
        and (
            one.location_id == visit.location_id
            or visit.doctor.user_id == user.pk
            or user.has_perm("booking.book_for_patient", one)
        )
    ]


def outcome_of(user: Any, visit: Appointment, wish: Wish, *, at: datetime) -> Outcome:
    """What `wish` comes to for a visit that `user` may move. With another doctor or in
    another room a visit keeps its time, so `wish.starts_at` counts for neither."""
    if wish.room is not None:
        return _in_room(visit, wish.room, at=at)
    if wish.doctor is not None and wish.doctor.pk != visit.doctor_id:
        return _with_doctor(visit, wish.doctor, at=at)
    return _at_time(user, visit, wish.starts_at, at=at)


def _in_room(visit: Appointment, room: Room, *, at: datetime) -> Outcome:
    against = [one.sentence for one in room_obstacles(visit, room, at=at)]
    if room.pk == visit.room_id:
        against = ["The visit is in this room already."]
    elif room.location_id != visit.location_id or not room.is_active:
        against = [f"{room.name} is not a room of {visit.location.name}."]
    return Outcome(visit.starts_at, visit.ends_at, room=room, against=against)


def _with_doctor(visit: Appointment, doctor: Doctor, *, at: datetime) -> Outcome:
    offered = offerings_of(doctor).filter(
        visit_type=visit.visit_type_id, location=visit.location_id
    )
    offering = offered.select_related("doctor", *_OFFERED).first()
    asked = _asked(visit, at)
    if offering is None:
        words = (
            f"{doctor.short_name} does not offer {visit.visit_type.name} at"
            f" {visit.location.name}."
        )
        return Outcome(visit.starts_at, visit.ends_at, against=[words], asked=asked)
    against = obstacles(
        visit, offering, visit.starts_at, at=at, besides=_held_for(asked)
    )
    return Outcome(
        visit.starts_at,
        visit.ends_at,
        offering=offering,
        room=offering.room if offering.only_this_room else None,
        against=[one.sentence for one in against],
        asked=asked,
    )


_OFFERED = ("visit_type", "location", "room")


def _at_time(
    user: Any, visit: Appointment, starts_at: datetime, *, at: datetime
) -> Outcome:
    offering = _open_then(visit, places(user, visit), starts_at)
    asked = _asked(visit, at)
    length = visit.ends_at - visit.starts_at
    if offering is None:
        words = (
            f"{visit.doctor.short_name} does not offer {visit.visit_type.name} any"
            " more."
        )
        return Outcome(starts_at, starts_at + length, against=[words], asked=asked)
    # The clinic's own reading of it, with the doctor that the visit has.
    offering.doctor = visit.doctor
    against = obstacles(visit, offering, starts_at, at=at, besides=_held_for(asked))
    near = nearest_slots(
        offering,
        starts_at,
        at=at,
        limit=4,
        patient=visit.patient,
        for_desk=True,
        besides=visit.pk,
    )
    return Outcome(
        starts_at,
        starts_at + timedelta(minutes=offering.visit_type.duration_minutes),
        offering=offering,
        room=offering.room if offering.only_this_room else None,
        against=[one.sentence for one in against],
        nearest=near if against else [],
        asked=asked,
    )


def _open_then(
    visit: Appointment, offered: Sequence[Offering], starts_at: datetime
) -> Offering | None:
    """Of the visit's offerings the one at the place where its doctor is then, its own
    place first; that of its own place where the doctor is at none."""
    near = sorted(offered, key=lambda one: one.location_id != visit.location_id)
    if not near:
        return None
    length = timedelta(minutes=near[0].visit_type.duration_minutes)
    span = (seconds(starts_at), seconds(starts_at + length))
    opened = open_periods(
        [(visit.doctor_id, one.location_id) for one in near],
        starts_at=starts_at,
        ends_at=starts_at + length,
    )
    for one in near:
        if periods.covers(opened.get((visit.doctor_id, one.location_id), []), span):
            return one
    return near[0]


def _asked(visit: Appointment, at: datetime) -> Move | None:
    return next((move for move in moves_of(visit) if is_open(move, at)), None)


def _held_for(asked: Move | None) -> list[int]:
    return [asked.hold_id] if asked is not None and asked.hold_id else []
