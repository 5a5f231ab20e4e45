"""Which room and which equipment does a visit get?"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from booking.appointments.models import Appointment
from booking.appointments.queries.resources import (
    BUSY,
    EQUIPMENT,
    ROOM,
    Key,
    Resource,
    Resources,
    by_speciality,
)
from foundation import periods
from foundation.periods import Period, seconds


class Facts(NamedTuple):
    """What the rules say about one offering; lengths in seconds. `room` is the only one
    (`only_room`) or the one wished for."""

    offering: int
    doctor: int
    location: int
    room: int | None
    length: int
    before: int
    after: int
    notice: int
    horizon: int
    by_phone_only: bool
    visit_type: int
    only_room: bool
    needs_room: bool
    needs_equipment: bool

    @property
    def needs_anything(self) -> bool:
        """Whether a visit has a room or equipment at all."""
        return self.room is not None or self.needs_room or self.needs_equipment

    @property
    def has_choice(self) -> bool:
        """Whether which rooms and equipment are free is to be searched for each time,
        as they are not one room."""
        if self.needs_equipment:
            return True
        return self.needs_room if self.room is None else not self.only_room


class Fit(NamedTuple):
    """The room and the equipment that a visit gets, by their keys."""

    room_id: int | None
    equipment_ids: tuple[int, ...]


class Fits:
    """Rooms and equipment with who has them when, within a window."""

    def __init__(self, window: Period) -> None:
        self.resources = Resources()
        self._window = window
        self._taken: dict[Key, list[Period]] = defaultdict(list)
        self._busy: dict[Key, list[Period]] = {}
        self._rooms: dict[tuple[object, ...], list[Resource]] = {}
        self._pieces: dict[tuple[int, int, int | None], list[Resource]] = {}

    def take(self, key: Key, period: Period) -> None:
        """Somebody has it then."""
        self._taken[key].append(period)

    def add(self, row: tuple[Any, ...]) -> None:
        """Take in a row of `RESOURCES`, or one of who has what."""
        kind, room, _, starts, ends, _, pieces = row
        if kind != BUSY:
            self.resources.add(row)
            return
        if room is not None:
            self.take((ROOM, room), (starts, ends))
        for piece in pieces or ():
            self.take((EQUIPMENT, piece), (starts, ends))

    def busy(self, key: Key) -> list[Period]:
        """When it is taken or cannot be had, sorted."""
        if key not in self._busy:
            taken = self._taken.get(key, ())
            self._busy[key] = periods.union([*taken, *self._shut(key)])
        return self._busy[key]

    def suits(self, facts: Facts) -> bool:
        """Whether the offering's only room, if that is what it has, is fit for it."""
        if facts.room is None or not facts.only_room:
            return True
        room = self.resources.rooms.get(facts.room)
        return room is not None and self.resources.suits(room, facts.visit_type)

    def find(
        self, facts: Facts, start: int, own: Collection[Appointment] = ()
    ) -> Fit | None:
        """What a visit that starts at the second `start` gets; None where it cannot be.

        Rooms and equipment are tried in the order of `by_speciality`: the first room
        that is free with its buffers, and can be given all the equipment. A piece that
        is fixed in a room serves visits in that room only. What the visits `own` have
        counts as free.
        """
        period = (start - facts.before, start + facts.length + facts.after)
        for room in self._candidates(facts):
            if room is not None and not self._is_free(room.key, period, own):
                continue
            fit = self.find_in(
                room, facts.visit_type, facts.location, period=period, own=own
            )
            if fit is not None:
                return fit
        return None

    def find_in(
        self,
        room: Resource | None,
        visit_type: int,
        location: int,
        *,
        period: Period,
        own: Collection[Appointment] = (),
    ) -> Fit | None:
        """The same in one room, or none, which is not asked for anything."""
        needs = self.resources.equipment_needs(visit_type)
        pieces = self._match(needs, (), location, room, period, own)
        return None if pieces is None else Fit(room and room.id, pieces)

    def _candidates(self, facts: Facts) -> Iterable[Resource | None]:
        if facts.room is None and not facts.needs_room:
            return [None]
        key = (facts.location, facts.visit_type, facts.room, facts.only_room)
        if key not in self._rooms:
            known = self.resources.rooms
            is_only = facts.room is not None and facts.only_room
            self._rooms[key] = by_speciality(
                [
                    room
                    for room in known.values()
                    if self.resources.suits(room, facts.visit_type)
                    and (
                        room.id == facts.room
                        if is_only
                        else room.location == facts.location
                    )
                ],
                facts.room,
            )
        return self._rooms[key]

    def _match(
        self,
        needs: tuple[int, ...],
        used: tuple[int, ...],
        location: int,
        room: Resource | None,
        period: Period,
        own: Collection[Appointment],
    ) -> tuple[int, ...] | None:
        """A free piece for each of `needs`, none twice; whatever choice it takes."""
        if not needs:
            return used
        for piece in self._offering(needs[0], location, room and room.id):
            if piece.id in used or not self._is_free(piece.key, period, own):
                continue
            rest = (*used, piece.id)
            found = self._match(needs[1:], rest, location, room, period, own)
            if found is not None:
                return found
        return None

    def _offering(self, need: int, location: int, room: int | None) -> list[Resource]:
        key = (need, location, room)
        if key not in self._pieces:
            found = [
                piece
                for piece in self.resources.equipment.values()
                if need in piece.can
                and piece.is_active
                and piece.location == location
                and piece.room in (None, room)
            ]
            # What is fixed here serves nobody elsewhere.
            ordered = by_speciality(found, None)
            self._pieces[key] = sorted(ordered, key=lambda piece: piece.room is None)
        return self._pieces[key]

    def _is_free(self, key: Key, period: Period, own: Collection[Appointment]) -> bool:
        busy = self.busy(key)
        mine = [busy_period(visit) for visit in own if has(visit, key)]
        if mine:
            # Nobody else has it then, but an outage stands.
            others = periods.subtract(busy, mine)
            busy = periods.union([*others, *self._shut(key)])
        last = bisect_right(busy, (period[1] - 1, 1 << 62)) - 1
        return last < 0 or busy[last][1] <= period[0]

    def _shut(self, key: Key) -> list[Period]:
        kind, pk = key
        known = self.resources.rooms if kind == ROOM else self.resources.equipment
        return self.resources.shut(known[pk], self._window) if pk in known else []


def has(visit: Appointment, key: Key) -> bool:
    """Whether the visit has this room or equipment."""
    kind, pk = key
    if kind == EQUIPMENT:
        return pk in visit.equipment_ids
    return visit.room_id == pk


def busy_period(visit: Appointment) -> Period:
    """When a visit takes its room and equipment, buffers included."""
    starts_at, ends_at = visit.busy_starts_at, visit.busy_ends_at
    return (seconds(starts_at), seconds(ends_at))
