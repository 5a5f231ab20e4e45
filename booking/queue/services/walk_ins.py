"""Taking in who comes without a visit."""

import uuid
from datetime import datetime
from typing import Any

from accounts.patients.models import Patient
from booking.appointments.models import Status
from booking.appointments.services import (
    book_walk_in,
    mark_arrived,
    offering_nearest,
    takes_time,
)
from booking.queue.models import Turn
from booking.queue.services.refusals import NobodyFree
from booking.queue.services.turns import give_turn
from clinic.visit_types.models import Offering, VisitType
from foundation.formats import local


def take_walk_in(
    *,
    actor: Any,
    patient: Patient,
    offering: Offering,
    starts_at: datetime,
    reason: str,
    at: datetime,
    idempotency_key: uuid.UUID,
) -> Turn:
    """Book a free time of today, check in and give a number, all or nothing.

    The same key returns the same turn. Raises NobodyFree for another day or what is not
    in person, and what `book_walk_in` does, a SlotTaken with the nearest free times.
    """
    zone = offering.location.time_zone
    is_today = local(starts_at, zone).date() == local(at, zone).date()
    if not is_today or offering.visit_type.mode != VisitType.Mode.IN_PERSON:
        raise NobodyFree
    conditions: Any = {"at": at, "patient": patient, "for_desk": True}
    with offering_nearest(offering, starts_at, **conditions):
        return _take(
            actor=actor,
            patient=patient,
            offering=offering,
            starts_at=starts_at,
            reason=reason,
            at=at,
            idempotency_key=idempotency_key,
        )


@takes_time
def _take(*, actor: Any, at: datetime, **booking: Any) -> Turn:
    visit = book_walk_in(actor=actor, at=at, **booking)
    made = Turn.objects.filter(appointment=visit).first()
    if made is not None:
        return made
    if visit.status == Status.CONFIRMED:
        mark_arrived(actor=actor, appointment=visit, at=at, reason="Came without one")
    return give_turn(visit, via=Turn.Via.DESK, at=at, is_walk_in=True)
