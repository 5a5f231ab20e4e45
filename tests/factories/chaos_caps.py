"""Days with a most in the chaos: doctors see so many of a kind, whatever the way in."""

import random
import uuid
from datetime import datetime

from booking.appointments.models import LIVE
from booking.models import Appointment
from booking.queue.services import take_walk_in

MOST = 2


def cap(clinic) -> None:
    """Each doctor sees two of each kind a day; all of the chaos is on one."""
    for offering in clinic.offerings:
        offering.most_a_day = MOST
        offering.save()


def walk_in(clinic, pick: random.Random, at: datetime) -> None:
    take_walk_in(
        actor=None,
        patient=pick.choice(clinic.patients),
        offering=pick.choice(clinic.offerings),
        starts_at=clinic.any_start(pick),
        reason="",
        at=at,
        idempotency_key=uuid.UUID(int=pick.getrandbits(128), version=4),
    )


def too_many(clinic, at: datetime) -> list[str]:
    """Where a doctor has more of a kind on the day than they see. Counted here, not by
    the statement that counts for whoever books.

    Two do not count: what staff put beyond the number with a reason, and who came after
    having been marked as missed, as they are here.
    """
    rows = Appointment.objects.filter(status__in=[*LIVE, "COMPLETED"])
    rows = rows.exclude(status="HELD", hold_expires_at__lte=at)
    rows = rows.exclude(status_changes__from_status="MISSED")
    wrong = []
    for offering in clinic.offerings:
        same = rows.filter(
            doctor=offering.doctor,
            visit_type=offering.visit_type,
            location=offering.location,
        )
        counted = [one for one in same.distinct() if not one.overbooked_why]
        if len(counted) > MOST:
            wrong.append(f"{offering} has {len(counted)}: {counted}")
    return wrong
