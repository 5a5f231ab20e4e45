"""Misfits: booked visits whose room or equipment cannot serve them. Derived, never
stored: rooms close, break and change after visits were booked in them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from booking.appointments.models import Appointment
from booking.appointments.queries.fits import Fit, Fits, busy_period
from booking.appointments.queries.fitting import equipment_in, fits_at
from booking.appointments.queries.resources import Resource
from clinic.resources.models import Capability, Equipment, Room
from foundation import periods
from foundation.formats import join_words
from foundation.periods import Period, moment
from foundation.sql import fetch


class Stay(NamedTuple):
    """What one visit has, without whose it is: `is_accepted` where staff gave a reason
    for its room."""

    visit: int
    location: int
    room: int | None
    equipment: tuple[int, ...]
    period: Period
    visit_type: int
    needs_room: bool
    is_accepted: bool


def stay_of(visit: Appointment) -> Stay:
    """The same of a visit that was loaded, with its visit type."""
    return Stay(
        visit.pk,
        visit.location_id,
        visit.room_id,
        tuple(visit.equipment_ids),
        busy_period(visit),
        visit.visit_type_id,
        visit.visit_type.needs_room,
        bool(visit.room_why),
    )


@dataclass(frozen=True)
class Misfit:
    """Why what a visit has does not do, in sentences for staff. What is `lacking`,
    staff may have accepted; what is `broken`, nobody can."""

    stay: Stay
    broken: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)

    @property
    def reasons(self) -> list[str]:
        return [*self.broken, *self.lacking]

    @property
    def is_accepted(self) -> bool:
        """Whether somebody put it there on purpose, and nothing is broken."""
        return not self.broken and self.stay.is_accepted


class Names:
    """What rooms, equipment and capabilities are called. Three queries."""

    def __init__(self, location_ids: Iterable[int]) -> None:
        here = {"location__in": list(location_ids)}
        self.rooms = {one.pk: one.name for one in Room.objects.filter(**here)}
        self.pieces = {one.pk: one.name for one in Equipment.objects.filter(**here)}
        self.capabilities = {one.pk: one.name for one in Capability.objects.all()}

    def needs(self, keys: Iterable[int]) -> str:
        """Capabilities in a list."""
        return join_words(sorted(self.capabilities.get(key, "?") for key in keys))


# Coming visits that take a room or equipment, or should.
_COMING = """
SELECT a.id, a.location_id, a.room_id, a.equipment_ids::bigint[],
       date_part('epoch', a.busy_starts_at)::bigint,
       date_part('epoch', a.busy_ends_at)::bigint, a.visit_type_id, v.needs_room,
       a.room_why <> ''
  FROM booking_appointment a
  JOIN clinic_visittype v ON v.id = a.visit_type_id
 WHERE a.location_id = ANY(%(locations)s::bigint[])
   AND a.status IN ('REQUESTED', 'CONFIRMED', 'ARRIVED', 'IN_CONSULTATION', 'HELD')
   AND a.patient_id IS NOT NULL
   AND NOT (a.status = 'HELD' AND a.hold_expires_at <= %(at)s::timestamptz)
   AND a.starts_at > %(at)s::timestamptz - interval '1 day'
   AND a.ends_at > %(at)s::timestamptz
   AND (v.needs_room OR v.needs_equipment OR a.room_id IS NOT NULL
        OR a.equipment_ids <> '{}')
 ORDER BY a.starts_at, a.id
"""


def misfits_at(location_ids: Collection[int], *, at: datetime) -> list[Misfit]:
    """The coming visits at the locations that do not fit, in order of time. Loads
    nobody's visit, for those who may know how many there are and not whose. Five
    queries, one where nothing is booked."""
    stays = [
        Stay(pk, place, room, tuple(pieces), (starts, ends), *rest)
        for pk, place, room, pieces, starts, ends, *rest in fetch(
            _COMING, {"locations": list(location_ids), "at": at}
        )
    ]
    if not stays:
        return []
    fits = fits_at(
        location_ids,
        starts_at=moment(min(stay.period[0] for stay in stays)),
        ends_at=moment(max(stay.period[1] for stay in stays)),
        at=at,
    )
    names = Names(location_ids)
    found = [misfit(stay, fits, names) for stay in stays]
    return [one for one in found if one.reasons]


def misfit(stay: Stay, fits: Fits, names: Names) -> Misfit:
    """What is against the room and the equipment that a visit has; perhaps nothing."""
    known = fits.resources
    found = against(stay, stay.room, fits, names)
    for pk in stay.equipment:
        piece = known.equipment.get(pk)
        if piece is not None:
            found.broken.extend(_piece(piece, stay, fits, names))
    has = [known.equipment[pk] for pk in stay.equipment if pk in known.equipment]
    missing = _unmatched(known.equipment_needs(stay.visit_type), has)
    if missing:
        found.broken.append(f"It has no {names.needs(missing)}.")
    return found


def against(stay: Stay, room_id: int | None, fits: Fits, names: Names) -> Misfit:
    """What is against a room for a visit, whoever else has it then; None is no room."""
    known = fits.resources
    room = known.rooms.get(room_id or 0)
    if room is None:
        lacking = ["It needs a room and has none."] if stay.needs_room else []
        return Misfit(stay, lacking=lacking)
    name = names.rooms.get(room.id, "")
    lacks = known.room_needs(stay.visit_type) - room.can
    lacking = [f"{name} has no {names.needs(lacks)}."] if lacks else []
    return Misfit(stay, _shut(room, name, stay.period, fits), lacking)


class Entry(NamedTuple):
    """A visit in another room: the equipment it would have there, None where that
    cannot all be, and what is against it, in sentences for staff."""

    fits: Fits
    fit: Fit | None
    reasons: list[str]


def entry_into(room: Room, visit: Appointment, *, at: datetime) -> Entry:
    """What becomes of a visit in `room` of its location at its own time, whoever has
    the room then. Four queries."""
    here = [visit.location_id]
    fits = fits_at(
        here, starts_at=visit.busy_starts_at, ends_at=visit.busy_ends_at, at=at
    )
    fit = equipment_in(visit, room.pk, fits)
    reasons = against(stay_of(visit), room.pk, fits, Names(here)).reasons
    if fit is None:
        reasons.append(f"The equipment for this visit cannot be in {room.name} then.")
    return Entry(fits, fit, reasons)


def _piece(piece: Resource, stay: Stay, fits: Fits, names: Names) -> list[str]:
    name = names.pieces.get(piece.id, "")
    found = _shut(piece, name, stay.period, fits)
    if piece.room not in (None, stay.room):
        found.append(f"{name} stands in {names.rooms.get(piece.room, 'another room')}.")
    return found


def _shut(resource: Resource, name: str, period: Period, fits: Fits) -> list[str]:
    """Why it cannot be had in the period, buffers included."""
    if not resource.is_active:
        return [f"{name} is closed for good."]
    if periods.overlaps(fits.resources.outages(resource.key), period):
        return [f"{name} is out of order then."]
    opened = fits.resources.own_hours(resource, period)
    if opened is not None and not periods.holds(opened, period):
        return [f"{name} is not open then."]
    return []


def _unmatched(needs: Sequence[int], pieces: Sequence[Resource]) -> list[int]:
    """The fewest needs that are left when each piece serves one."""
    if not needs:
        return []
    first, rest = needs[0], needs[1:]
    best = [first, *_unmatched(rest, pieces)]
    for place, piece in enumerate(pieces):
        if first in piece.can:
            left = [*pieces[:place], *pieces[place + 1 :]]
            best = min(best, _unmatched(rest, left), key=len)
    return best
