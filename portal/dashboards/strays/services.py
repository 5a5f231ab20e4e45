"""Doing what was decided with each visit: the roof calls the verb that fits."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from booking.appointments.models import Appointment, Party
from booking.appointments.queries import is_off_clock, outside_ids
from booking.appointments.services import cancel_appointment
from booking.moves.services import hand_over, keep_hour
from booking.strays.services import ask_to_choose, decide_later, keep_stray
from foundation.errors import Refused
from portal.dashboards.strays.queries import ASK, CANCEL, HAND, KEEP, Decision


def settle(
    *, actor: Any, decisions: Iterable[Decision], reason: str, at: datetime
) -> list[str]:
    """Carry out each decision in a transaction of its own: one that is refused leaves
    its visit on the list and does not stand in the way of the others. Returns what was
    refused, in words. Doing so twice changes nothing more."""
    refused = []
    for decision in decisions:
        try:
            _carry_out(actor, decision, reason, at)
        except Refused as refusal:
            refused.append(f"{decision.visit.reference}: {refusal}")
    return refused


def _carry_out(actor: Any, decision: Decision, reason: str, at: datetime) -> None:
    visit = decision.visit
    if decision.act == KEEP:
        _keep(actor, visit, at)
    elif decision.act == ASK:
        ask_to_choose(actor=actor, appointment=visit, reason=reason, at=at)
    elif decision.act == CANCEL:
        cancel_appointment(
            actor=actor, appointment=visit, reason=reason, by=Party.CLINIC, at=at
        )
    elif decision.act == HAND and decision.offering is not None:
        offering = decision.offering
        key = uuid.uuid5(visit.public_id, f"{offering.public_id} {visit.sequence}")
        hand_over(
            actor=actor,
            appointment=visit,
            offering=offering,
            reason=reason,
            at=at,
            idempotency_key=key,
        )
    else:
        decide_later(actor=actor, appointment=visit, at=at)


def _keep(actor: Any, visit: Appointment, at: datetime) -> None:
    """Where the rules of the clock changed, the patient agreed to another hour: they
    are told. Inside the hours that settles it."""
    zone = visit.location.time_zone
    if is_off_clock(visit.starts_at, visit.clock_offset, zone):
        keep_hour(actor=actor, appointment=visit, at=at)
        if visit.pk not in outside_ids(doctors=[visit.doctor], at=at):
            return
    keep_stray(actor=actor, appointment=visit, at=at)
