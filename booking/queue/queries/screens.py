"""What hangs on the wall: numbers and rooms, and nothing else."""

import hashlib
from datetime import datetime
from typing import NamedTuple

from booking.queue.models import Screen
from clinic.locations.models import Location
from foundation.formats import local
from foundation.sql import fetch

# How many fit on a wall.
MOST = 6

_CALLED = """
SELECT t.number, coalesce(r.name, ''), t.called_at
  FROM booking_turn t
  JOIN booking_appointment a ON a.id = t.appointment_id
  LEFT JOIN clinic_room r ON r.id = a.room_id
 WHERE t.location_id = %(location)s AND t.day = %(day)s
   AND t.called_at IS NOT NULL AND a.status = 'ARRIVED'
 ORDER BY t.called_at DESC, t.id DESC
 LIMIT %(most)s
"""


class Call(NamedTuple):
    """A number that was called, and where to; `room` is empty for the front desk."""

    number: str
    room: str
    called_at: datetime


def calls_at(location: Location, *, at: datetime) -> list[Call]:
    """Who is called and has not gone in yet, the last one first. One query; it reads no
    name and loads nobody's visit."""
    day = local(at, location.time_zone).date()
    rows = fetch(_CALLED, {"location": location.pk, "day": day, "most": MOST})
    return [Call(*row) for row in rows]


def hash_key(key: str) -> str:
    """What is kept of a display's key. It is long and random: a plain hash will do."""
    return hashlib.sha256(key.encode()).hexdigest()


def screen_of(key: str) -> Screen | None:
    """The display whose address has this key; None where there is none, or it was
    ended."""
    rows = Screen.objects.select_related("location").filter(ended_at=None)
    return rows.filter(key_hash=hash_key(key), location__is_active=True).first()
