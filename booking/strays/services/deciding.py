"""What becomes of a visit outside the hours."""

from datetime import datetime
from typing import Any

from audit.services import record
from booking.appointments.models import Appointment, Status
from booking.appointments.services import (
    MoveRefused,
    disturb,
    locked,
    takes_time,
)
from booking.strays.models import StrayDecision
from booking.strays.queries import can_choose
from foundation.events import publish

KEPT, OFFERED = StrayDecision.Kind.KEPT, StrayDecision.Kind.OFFERED
_OVER = (Status.CANCELLED, Status.DECLINED, Status.EXPIRED, Status.MISSED)


class WhyAsked(MoveRefused):
    sentence = "Give a reason, in words for the patient."


@takes_time
def keep_stray(*, actor: Any, appointment: Appointment, at: datetime) -> None:
    """It takes place at its time all the same, and is counted no more. Tells nobody:
    nothing changes for the patient. Raises MoveRefused for what is over or was moved
    meanwhile."""
    visit = _as_seen(appointment)
    _decide(visit, KEPT, actor=actor, at=at)


@takes_time
def ask_to_choose(
    *, actor: Any, appointment: Appointment, reason: str, at: datetime
) -> StrayDecision:
    """Ask the patient to choose another time, by the link with which they can move it;
    the visit keeps its time until they do. Cancelling is free from then on, and the
    move is not counted.

    Asking again with the same reason changes nothing. Publishes booking.stray_offered.
    Raises WhyAsked, and MoveRefused for what cannot be moved online.
    """
    if not reason.strip():
        raise WhyAsked
    visit = _as_seen(appointment)
    if not can_choose(visit):
        raise MoveRefused("This visit cannot be moved online. Call the patient.")
    known = visit.stray_decisions.filter(starts_at=visit.starts_at).first()
    if known is not None and (known.kind, known.reason) == (OFFERED, reason[:300]):
        return known
    if not visit.is_disturbed:
        disturb(visit, actor=actor, at=at)
    made = _decide(visit, OFFERED, actor=actor, at=at, reason=reason[:300])
    publish("booking.stray_offered", decision_id=made.pk)
    return made


@takes_time
def decide_later(*, actor: Any, appointment: Appointment, at: datetime) -> None:
    """Nobody has decided: it stands on the list again, whatever was decided before. One
    whose patient was asked stays asked, as they have been told."""
    visit = locked(appointment)
    kept = visit.stray_decisions.filter(kind=KEPT)
    if kept.delete()[0]:
        record(
            actor=actor,
            verb="appointment.stray_reopened",
            subject=visit,
            patient=visit.patient,
        )


def _as_seen(appointment: Appointment) -> Appointment:
    """The row, locked, at the time at which it was seen."""
    visit = locked(appointment)
    if visit.status in _OVER or visit.starts_at != appointment.starts_at:
        raise MoveRefused
    return visit


def _decide(
    visit: Appointment, kind: str, *, actor: Any, at: datetime, reason: str = ""
) -> StrayDecision:
    # A new row each time: its key tells one wish from the next, so each is told once.
    visit.stray_decisions.filter(starts_at=visit.starts_at).delete()
    made = StrayDecision.objects.create(
        appointment=visit,
        starts_at=visit.starts_at,
        kind=kind,
        reason=reason,
        actor_id=getattr(actor, "pk", None),
        decided_at=at,
    )
    record(
        actor=actor,
        verb=f"appointment.stray_{kind.lower()}",
        subject=visit,
        patient=visit.patient,
    )
    return made
