"""How many of the visits that were booked nobody came to."""

from datetime import datetime
from typing import NamedTuple

from foundation.sql import fetch

_RATES = """
SELECT v.id, v.name, count(*) FILTER (WHERE a.status = 'MISSED'), count(*)
  FROM booking_appointment a
  JOIN clinic_visittype v ON v.id = a.visit_type_id
 WHERE a.starts_at >= %(since)s::timestamptz AND a.starts_at < %(until)s::timestamptz
   AND a.status IN ('ARRIVED', 'IN_CONSULTATION', 'COMPLETED', 'MISSED')
 GROUP BY v.id, v.name
 ORDER BY v.name, v.id
"""


class Rate(NamedTuple):
    """Of `total` visits of a type `missed` were missed."""

    visit_type_id: int
    name: str
    missed: int
    total: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.missed / self.total


def missed_rates(*, since: datetime, until: datetime) -> list[Rate]:
    """By visit type, of the visits that began in the span and took place or were
    missed. What was cancelled was not missed. One query, which names nobody."""
    rows = fetch(_RATES, {"since": since, "until": until})
    return [Rate(*row) for row in rows]
