"""One visit, as far as the person looking may see it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.payments.queries import PaymentState, payment_state
from booking.appointments.models import Appointment, Party, Status
from booking.appointments.queries import (
    Terms,
    cancellation_terms,
    is_completed_today,
)
from foundation.formats import local
from records.documents.queries import ready_documents
from records.models import Document, Prescription
from records.prescriptions.queries import prescriptions_of


@dataclass(frozen=True)
class Move:
    """Something that can be done to a visit now. `verb` is part of its address,
    `state` says what it then is."""

    verb: str
    label: str
    state: str
    kind: str = "secondary"


MOVES = {
    "arrive": Move("arrive", "Check in", "Arrived", "primary"),
    "start": Move("start", "Start", "With doctor", "primary"),
    "complete": Move("complete", "Done", "Done", "primary"),
    "undo": Move("undo", "Undo", "One step back", "quiet"),
    "miss": Move("miss", "Missed", "Missed"),
    "reopen": Move("reopen", "Not done after all", "Arrived, not done after all"),
}


def all_moves(appointment: Appointment, *, at: datetime) -> list[Move]:
    """`moves`, and the ones that leave a step out or need a reason."""
    found = moves(appointment, at=at)
    if is_completed_today(appointment, at=at):
        found.append(MOVES["reopen"])
    if appointment.status == Status.ARRIVED:
        found.insert(1, MOVES["complete"])
    return found


def moves(appointment: Appointment, *, at: datetime) -> list[Move]:
    """What the clinic's day allows next, the likeliest first."""
    zone = appointment.location.time_zone
    is_day = local(at, zone).date() >= local(appointment.starts_at, zone).date()
    verbs = {
        Status.CONFIRMED: ["arrive"] if is_day else [],
        Status.ARRIVED: ["start", "undo"],
        Status.IN_CONSULTATION: ["complete", "undo"],
        Status.MISSED: ["arrive"],
    }.get(Status(appointment.status), [])
    if appointment.status == Status.CONFIRMED and at >= appointment.starts_at:
        verbs = [*verbs, "miss"]
    return [MOVES[verb] for verb in verbs]


@dataclass(frozen=True)
class Change:
    """One line of a visit's history; `who` acted, in words."""

    status: str
    at: datetime
    who: str
    reason: str


# What patients do without an account, and the clock does by itself, has no actor.
_NOBODY = {Status.EXPIRED: "by itself", Status.CONFIRMED: "with the payment"}


def _changes(appointment: Appointment) -> list[Change]:
    rows = appointment.status_changes.select_related("actor").order_by("at", "pk")
    return [
        Change(
            status=row.to_status,
            at=row.at,
            who=str(row.actor or _NOBODY.get(Status(row.to_status), "online")),
            reason=row.reason,
        )
        for row in rows
    ]


@dataclass(frozen=True)
class Visit:
    """A staff page about one visit. What the viewer may not see is empty."""

    appointment: Appointment
    moves: list[Move]
    all_moves: list[Move]
    changes: list[Change]
    payment: PaymentState
    terms: Terms | None
    reason: str
    may_see_reason: bool
    documents: list[Document]
    prescriptions: list[Prescription]


def visit(user: Any, appointment: Appointment, *, at: datetime) -> Visit:
    """Everything about `appointment` for `user`, who may see the appointment."""
    patient = appointment.patient
    may_move = user.has_perm("booking.move_appointment", appointment)
    may_see_reason = user.has_perm("booking.view_reason", appointment)
    may_cancel = may_move and Status.CANCELLED in Appointment.MOVES.get(
        appointment.status, set()
    )
    clinical = patient is not None and may_see_reason
    return Visit(
        appointment=appointment,
        moves=moves(appointment, at=at) if may_move else [],
        all_moves=all_moves(appointment, at=at) if may_move else [],
        changes=_changes(appointment),
        payment=payment_state(appointment),
        terms=cancellation_terms(appointment, at=at, by=Party.CLINIC)
        if may_cancel
        else None,
        reason=appointment.reason if may_see_reason else "",
        may_see_reason=may_see_reason,
        documents=list(ready_documents(user, patient)[:5]) if patient else [],
        prescriptions=list(prescriptions_of(user, patient)[:5])
        if patient and clinical
        else [],
    )
