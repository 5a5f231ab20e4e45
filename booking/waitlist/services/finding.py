"""Finding freed times and passing them on: by looking, once a minute and at once.

Nothing is planned. Whatever a visit gave up has a row as soon as somebody looks, and
each look does what is due for it: end the offers that nobody answered, offer it to the
next, hold it meanwhile, or give it back to everybody. So it does not matter how long
nobody looked.
"""

import logging
from collections.abc import Iterable
from datetime import datetime

from django.db import DatabaseError

from booking.waitlist.queries import open_times
from booking.waitlist.services.joining import end_lapsed_entries
from booking.waitlist.services.offering import offer_freed
from foundation.errors import Refused
from foundation.sql import fetch

logger = logging.getLogger(__name__)

# What a patient had and has no more: cancelled, declined, lapsed unanswered or unpaid;
# what a visit left when it moved; and what was kept for a visit that then did not move.
# Of a visit that has since moved back to where it was, nothing came free.
_FIND = """
INSERT INTO booking_freedtime (public_id, appointment_id, doctor_id, location_id,
                               starts_at, ends_at, status, found_at)
SELECT gen_random_uuid(), gone.visit, gone.doctor, gone.location, gone.starts_at,
       gone.ends_at, 'NEW', %(at)s::timestamptz
  FROM (
    SELECT a.id, a.doctor_id, a.location_id, a.starts_at, a.ends_at
      FROM booking_appointment a
     WHERE a.starts_at > %(at)s::timestamptz
       AND a.status IN ('CANCELLED', 'DECLINED', 'EXPIRED')
       AND a.patient_id IS NOT NULL
    UNION ALL
    SELECT a.id, a.doctor_id, m.from_location_id, m.from_starts_at,
           m.from_starts_at + (a.ends_at - a.starts_at)
      FROM booking_move m
      JOIN booking_appointment a ON a.id = m.appointment_id
     WHERE m.status = 'DONE' AND m.from_starts_at > %(at)s::timestamptz
       AND m.from_starts_at <> a.starts_at
    UNION ALL
    SELECT a.id, a.doctor_id, m.to_location_id, m.to_starts_at,
           m.to_starts_at + (a.ends_at - a.starts_at)
      FROM booking_move m
      JOIN booking_appointment a ON a.id = m.appointment_id
     WHERE m.is_from_waitlist AND m.status IN ('DECLINED', 'EXPIRED', 'WITHDRAWN')
       AND m.to_starts_at > %(at)s::timestamptz
       AND m.to_starts_at <> a.starts_at
  ) AS gone(visit, doctor, location, starts_at, ends_at)
 WHERE (%(visit)s::bigint IS NULL OR gone.visit = %(visit)s::bigint)
   AND NOT EXISTS (SELECT FROM booking_freedtime f
                    WHERE f.appointment_id = gone.visit
                      AND f.starts_at = gone.starts_at)
ON CONFLICT DO NOTHING
RETURNING id
"""


def find_freed(*, at: datetime, appointment_id: int | None = None) -> list[int]:
    """Write down each time ahead that a visit gave up and nobody has looked at, of one
    visit or of all; returns the keys of the new rows."""
    rows = fetch(_FIND, {"at": at, "visit": appointment_id})
    return [row[0] for row in rows]


def sweep_waitlist(*, at: datetime) -> None:
    """Everything that is due at `at`, each time in a transaction of its own. One that
    cannot be worked on is logged, and stops none of the others."""
    end_lapsed_entries(at=at)
    find_freed(at=at)
    offer_all(open_times(at=at), at=at)


def offer_all(freed_ids: Iterable[int], *, at: datetime) -> None:
    """`offer_freed` for each, apart from the others."""
    for freed_id in freed_ids:
        try:
            offer_freed(freed_id=freed_id, at=at)
        except DatabaseError:
            raise
        except Refused:
            # Somebody keeps its calendar locked: the next minute will do.
            logger.info("Freed time %s is busy", freed_id)
        except Exception:
            logger.exception("Freed time %s could not be offered", freed_id)
