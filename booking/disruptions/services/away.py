"""A doctor is away: their calendar closes, and what is booked is cancelled."""

import logging
import uuid
from datetime import datetime
from typing import Any

from django.db import transaction

from audit.services import record
from booking.appointments.models import Party
from booking.appointments.services import MoveRefused, cancel_appointment
from booking.availability.services import EndsBeforeStart, add_time_off
from booking.disruptions.models import Disruption
from booking.disruptions.queries import still_booked
from clinic.doctors.models import Doctor
from clinic.locations.models import Location
from foundation.errors import Refused
from foundation.events import publish

logger = logging.getLogger(__name__)


class WhyAway(MoveRefused):
    sentence = "Give a reason, in words for the patients."


@transaction.atomic
def declare_away(
    *,
    actor: Any,
    doctor: Doctor,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    at: datetime,
    idempotency_key: uuid.UUID,
    location: Location | None = None,
) -> Disruption:
    """Close the doctor's calendar between two moments, everywhere or at `location`, and
    cancel what is booked there then.

    The calendar is closed with this; the cancelling is a job (`carry_out`), which
    tells each patient once, with times to choose from instead, and gives all money
    back. The same key returns what it made before. Locks the doctor's calendar.
    Publishes booking.doctor_away. Raises WhyAway, EndsBeforeStart.
    """
    if not reason.strip():
        raise WhyAway
    if ends_at <= max(starts_at, at):
        raise EndsBeforeStart
    known = Disruption.objects.filter(idempotency_key=idempotency_key).first()
    if known is not None:
        return known
    add_time_off(
        actor=actor,
        doctor=doctor,
        starts_at=starts_at,
        ends_at=ends_at,
        reason="Away",
        location=location,
    )
    made = Disruption.objects.create(
        doctor=doctor,
        kind=Disruption.Kind.AWAY,
        location=location,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason[:300],
        made_by_id=getattr(actor, "pk", None),
        made_at=at,
        idempotency_key=idempotency_key,
    )
    record(
        actor=actor,
        verb="availability.away_declared",
        subject=made,
        detail={
            "doctor": doctor.pk,
            "location": None if location is None else location.pk,
        },
    )
    publish("booking.doctor_away", disruption_id=made.pk)
    return made


def carry_out(*, disruption: Disruption, at: datetime) -> int:
    """Cancel what is still booked; returns how many. Each in a transaction of its own,
    so whoever goes on after a crash finds what is left, and cancels and tells nobody
    twice. What cannot be cancelled (any more) is left to the report."""
    if disruption.kind != Disruption.Kind.AWAY or disruption.ended_at is not None:
        return 0
    done = 0
    for visit in still_booked(disruption, at=at):
        try:
            cancel_appointment(
                actor=disruption.made_by,
                appointment=visit,
                reason=disruption.reason,
                by=Party.CLINIC,
                at=at,
            )
        except Refused as refusal:
            logger.info("Visit %s stays: %s", visit.pk, type(refusal).__name__)
        else:
            done += 1
    return done


@transaction.atomic
def end_absence(*, actor: Any, disruption: Disruption, at: datetime) -> None:
    """Cancel nothing more. What was cancelled stays so, and the calendar stays closed:
    the time off is taken back by itself. Ending twice changes nothing."""
    changed = Disruption.objects.filter(
        pk=disruption.pk, kind=Disruption.Kind.AWAY, ended_at=None
    ).update(ended_at=at)
    if changed:
        record(actor=actor, verb="availability.away_ended", subject=disruption)
