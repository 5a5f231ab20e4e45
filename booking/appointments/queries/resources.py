"""Rooms and equipment: what they can do, and when nobody can have them."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any, NamedTuple

from foundation import periods
from foundation.periods import Period

# Kinds of rows, after those of a calendar.
ROOM, EQUIPMENT, ROOM_NEED, EQUIPMENT_NEED, HOURS, OUTAGE, BUSY = range(9, 16)

# A room or a piece of equipment: its kind of row and its key.
Key = tuple[int, int]

# All there is to know of the rooms in `rooms` and the equipment in `pieces`, two common
# tables with `id`, and of what the visit types in `kinds` (with `id`) need. Rows as of
# a calendar; parameters first and last.
RESOURCES = """
SELECT 9 AS kind, r.id::bigint AS subject, r.location_id::bigint AS other,
       (SELECT count(*) FROM clinic_equipment e
         WHERE e.room_id = r.id AND e.is_active)::bigint AS starts,
       r.is_active::int::bigint AS ends, l.time_zone::text AS zone,
       ARRAY(SELECT c.capability_id FROM clinic_room_capabilities c
              WHERE c.room_id = r.id)::bigint[] AS numbers
  FROM clinic_room r
  JOIN clinic_location l ON l.id = r.location_id
 WHERE r.id = ANY(ARRAY(SELECT id FROM rooms))
UNION ALL
SELECT 10, e.id, e.location_id, e.room_id, e.is_active::int, l.time_zone::text,
       ARRAY(SELECT c.capability_id FROM clinic_equipment_capabilities c
              WHERE c.equipment_id = e.id)::bigint[]
  FROM clinic_equipment e
  JOIN clinic_location l ON l.id = e.location_id
 WHERE e.id = ANY(ARRAY(SELECT id FROM pieces))
UNION ALL
SELECT 11, n.visittype_id, n.capability_id, NULL, NULL, NULL, NULL
  FROM clinic_visittype_room_needs n
 WHERE n.visittype_id = ANY(ARRAY(SELECT id FROM kinds))
UNION ALL
SELECT 12, n.visittype_id, n.capability_id, NULL, NULL, NULL, NULL
  FROM clinic_visittype_equipment_needs n
 WHERE n.visittype_id = ANY(ARRAY(SELECT id FROM kinds))
UNION ALL
SELECT 13, h.room_id, h.equipment_id, date_part('epoch', h.opens_at)::bigint,
       date_part('epoch', h.closes_at)::bigint, NULL, ARRAY[h.weekday]::bigint[]
  FROM clinic_resourcehours h
 WHERE h.room_id = ANY(ARRAY(SELECT id FROM rooms))
    OR h.equipment_id = ANY(ARRAY(SELECT id FROM pieces))
UNION ALL
SELECT 14, o.room_id, o.equipment_id, date_part('epoch', o.starts_at)::bigint,
       date_part('epoch', o.ends_at)::bigint, NULL, NULL
  FROM clinic_outage o
 WHERE (o.room_id = ANY(ARRAY(SELECT id FROM rooms))
        OR o.equipment_id = ANY(ARRAY(SELECT id FROM pieces)))
   AND o.ends_at > %(first)s::timestamptz AND o.starts_at < %(last)s::timestamptz
"""


class Resource(NamedTuple):
    """A room with `fixed` pieces of equipment in it, or a piece of equipment that is
    fixed in `room`, or (None) moved about. `can` are the keys of capabilities."""

    key: Key
    location: int
    room: int | None
    fixed: int
    is_active: bool
    zone: str
    can: frozenset[int]

    @property
    def id(self) -> int:
        return self.key[1]


class Resources:
    """The rows of `RESOURCES`, sorted by what they concern."""

    def __init__(self) -> None:
        self.rooms: dict[int, Resource] = {}
        self.equipment: dict[int, Resource] = {}
        self._room_needs: dict[int, set[int]] = defaultdict(set)
        self._equipment_needs: dict[int, set[int]] = defaultdict(set)
        self._hours: dict[Key, list[tuple[Any, ...]]] = defaultdict(list)
        self._outages: dict[Key, list[Period]] = defaultdict(list)

    def add(self, row: tuple[Any, ...]) -> None:
        """Take in one row of `RESOURCES`."""
        kind, subject, other, starts, ends, zone, numbers = row
        if kind == ROOM:
            self.rooms[subject] = Resource(
                (ROOM, subject), other, None, starts, bool(ends), zone,
                frozenset(numbers),
            )  # fmt: skip
        elif kind == EQUIPMENT:
            self.equipment[subject] = Resource(
                (EQUIPMENT, subject), other, starts, 0, bool(ends), zone,
                frozenset(numbers),
            )  # fmt: skip
        elif kind == ROOM_NEED:
            self._room_needs[subject].add(other)
        elif kind == EQUIPMENT_NEED:
            self._equipment_needs[subject].add(other)
        else:
            key = (EQUIPMENT, other) if subject is None else (ROOM, subject)
            if kind == HOURS:
                self._hours[key].append(row)
            else:
                self._outages[key].append((starts, ends))

    def room_needs(self, visit_type: int) -> frozenset[int]:
        """What a room must offer for the visit type."""
        return frozenset(self._room_needs.get(visit_type, ()))

    def equipment_needs(self, visit_type: int) -> tuple[int, ...]:
        """The capabilities for each of which the visit type needs a piece."""
        return tuple(sorted(self._equipment_needs.get(visit_type, ())))

    def suits(self, room: Resource, visit_type: int) -> bool:
        """Whether the room is open and offers what the visit type needs of one."""
        return room.is_active and self.room_needs(visit_type) <= room.can

    def outages(self, key: Key) -> list[Period]:
        """When it is out of order."""
        return self._outages.get(key, [])

    def own_hours(self, resource: Resource, window: Period) -> list[Period] | None:
        """When it can be had by its own hours on the local days of the window, not
        clipped; None where it has none and is there whenever a doctor is."""
        rows = self._hours.get(resource.key)
        if not rows:
            return None
        zone = resource.zone
        days = range(
            periods.local_day(zone, window[0]), periods.local_day(zone, window[1]) + 1
        )
        return periods.union(
            opened
            for _, _, _, starts, ends, _, numbers in rows
            for opened in periods.weekly(
                zone, numbers[0], starts, periods.closing(ends), days
            )
        )

    def shut(self, resource: Resource, window: Period) -> list[Period]:
        """When nobody can have it within the window, as they come."""
        opened = self.own_hours(resource, window)
        closed = [] if opened is None else periods.subtract([window], opened)
        return [*closed, *self.outages(resource.key)]


def by_speciality(resources: Collection[Resource], first: int | None) -> list[Resource]:
    """In the order in which they are taken: the one wished for, then the least special
    that will do, so that the ultrasound room is not spent on talks. Special is what
    offers much, and what has equipment fixed in it; then by key, so that two who look
    see the same."""
    return sorted(
        resources, key=lambda one: (one.id != first, len(one.can), one.fixed, one.key)
    )
