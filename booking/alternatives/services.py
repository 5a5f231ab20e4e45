"""Choosing another visit instead of one that the clinic had to cancel."""

import uuid
from datetime import datetime
from typing import Any

from booking.alternatives.models import Alternative
from booking.alternatives.queries import may_choose, substitutes_for
from booking.appointments.models import Appointment, Party
from booking.appointments.services import (
    MoveRefused,
    book_instead,
    locked,
    offering_nearest,
    takes_time,
)
from clinic.visit_types.models import Offering


class Answered(MoveRefused):
    sentence = "Something was chosen instead of this visit already."


def choose_alternative(
    *,
    actor: Any,
    appointment: Appointment,
    offering: Offering,
    starts_at: datetime,
    at: datetime,
) -> Appointment:
    """Book a free time instead of a visit that the clinic cancelled, for its patient
    and with what they wrote then; where it is paid first, time is held until it is.

    One visit is booked for each cancelled one, however often the form comes; the same
    time gives the same visit. Locks the doctor's, the room's and the patient's
    calendar. Publishes what booking publishes. Raises MoveRefused for a visit that was
    not cancelled by the clinic or a doctor who is not offered for it, Answered,
    SlotTaken with the nearest free times, PatientBusy, NewPatientsOnly, Busy.
    """
    allowed = {one.pk for one in substitutes_for(appointment, at=at)}
    if not may_choose(appointment) or offering.pk not in allowed:
        raise MoveRefused
    patient = appointment.patient
    with offering_nearest(offering, starts_at, at=at, patient=patient):
        return _choose(
            actor=actor,
            appointment=appointment,
            offering=offering,
            starts_at=starts_at,
            at=at,
        )


@takes_time
def _choose(
    *,
    actor: Any,
    appointment: Appointment,
    offering: Offering,
    starts_at: datetime,
    at: datetime,
) -> Appointment:
    known = _answer(appointment)
    if known is not None:
        return _same(known, offering, starts_at)
    if appointment.patient is None:
        raise MoveRefused
    made = book_instead(
        actor=actor,
        patient=appointment.patient,
        offering=offering,
        starts_at=starts_at,
        reason=appointment.reason,
        at=at,
        # The clinic cancelled it: what it cost is no worse now.
        as_follow_up=appointment.is_follow_up,
        idempotency_key=uuid.uuid5(
            appointment.public_id, f"{offering.public_id} {starts_at.isoformat()}"
        ),
    )
    # Behind the lock of the cancelled visit: of two forms at once one is the answer.
    locked(appointment)
    known = _answer(appointment)
    if known is not None:
        raise Answered
    Alternative.objects.create(
        appointment=appointment,
        chosen=made,
        by=Party.PATIENT,
        actor_id=getattr(actor, "pk", None),
        answered_at=at,
    )
    return made


def _answer(appointment: Appointment) -> Alternative | None:
    rows = Alternative.objects.filter(appointment=appointment)
    return rows.select_related("chosen").first()


def _same(known: Alternative, offering: Offering, starts_at: datetime) -> Appointment:
    """What this form made before. Raises Answered for another one."""
    made = known.chosen
    wanted = (offering.doctor_id, offering.location_id, starts_at)
    if made is None or (made.doctor_id, made.location_id, made.starts_at) != wanted:
        raise Answered
    return made


@takes_time
def want_none(*, actor: Any, appointment: Appointment, by: str, at: datetime) -> None:
    """None of the times is wanted: the patient says so, or the clinic has spoken with
    them (`by`). Saying so twice changes nothing, and neither does saying so after a
    time was chosen. Raises MoveRefused for what was not cancelled by the clinic."""
    visit = locked(appointment)
    if not may_choose(visit):
        raise MoveRefused
    Alternative.objects.get_or_create(
        appointment=visit,
        defaults={
            "by": by,
            "actor_id": getattr(actor, "pk", None),
            "answered_at": at,
        },
    )
