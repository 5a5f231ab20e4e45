"""A doctor runs late: those still to come are told, and their times stay."""

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction

from audit.services import record
from booking.availability.services import EndsBeforeStart, lock_calendars
from booking.disruptions.models import Disruption
from clinic.doctors.models import Doctor
from clinic.locations.models import Location
from foundation.errors import Refused
from foundation.events import publish

MOST_MINUTES = 240


class BadDelay(Refused):
    sentence = f"Give the delay in minutes, from 5 to {MOST_MINUTES}."


@transaction.atomic
def declare_late(
    *,
    actor: Any,
    doctor: Doctor,
    minutes: int,
    ends_at: datetime,
    at: datetime,
    idempotency_key: uuid.UUID,
    location: Location | None = None,
) -> Disruption:
    """Say that everything from now until `ends_at`, the end of the doctor's day, is
    about so many minutes later, at `location` alone or (None) everywhere. It takes the
    place of what was said before of that location; of everywhere, of all of it.

    The same key returns what it made before. Locks the doctor's calendar. Publishes
    booking.doctor_late. Raises BadDelay.
    """
    if not 5 <= minutes <= MOST_MINUTES:
        raise BadDelay
    if ends_at <= at:
        raise EndsBeforeStart
    lock_calendars(doctor_ids=[doctor.pk])
    known = Disruption.objects.filter(idempotency_key=idempotency_key).first()
    if known is not None:
        return known
    before = Disruption.objects.filter(
        doctor=doctor, kind=Disruption.Kind.LATE, ended_at=None
    )
    if location is not None:
        before = before.filter(location=location)
    before.update(ended_at=at)
    made = Disruption.objects.create(
        doctor=doctor,
        kind=Disruption.Kind.LATE,
        location=location,
        starts_at=at,
        ends_at=ends_at,
        minutes=minutes,
        made_by_id=getattr(actor, "pk", None),
        made_at=at,
        idempotency_key=idempotency_key,
    )
    record(
        actor=actor,
        verb="availability.late_declared",
        subject=made,
        detail={
            "doctor": doctor.pk,
            "minutes": minutes,
            "location": None if location is None else location.pk,
        },
    )
    publish("booking.doctor_late", disruption_id=made.pk)
    return made


@transaction.atomic
def end_delay(*, actor: Any, disruption: Disruption, at: datetime) -> None:
    """They are on time again. Publishes booking.delay_ended; ending twice, or what is
    over, changes nothing."""
    changed = Disruption.objects.filter(
        pk=disruption.pk, kind=Disruption.Kind.LATE, ended_at=None, ends_at__gt=at
    ).update(ended_at=at)
    if changed:
        record(actor=actor, verb="availability.late_ended", subject=disruption)
        publish("booking.delay_ended", disruption_id=disruption.pk)
