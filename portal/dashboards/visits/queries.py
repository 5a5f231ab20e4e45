"""One visit, as far as the person looking may see it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.payments.queries import PaymentState, payment_state
from booking.appointments.models import Appointment, Party, Status, StatusChange
from booking.appointments.queries import Terms, cancellation_terms
from foundation.formats import local
from records.documents.queries import documents_of
from records.models import Document, Prescription
from records.prescriptions.queries import known_allergies, prescriptions_of


@dataclass(frozen=True)
class Move:
    """Something that can be done to a visit now. `verb` is part of its address."""

    verb: str
    label: str
    kind: str = "secondary"


MOVES = {
    "arrive": Move("arrive", "Check in", "primary"),
    "start": Move("start", "Start", "primary"),
    "complete": Move("complete", "Done", "primary"),
    "undo": Move("undo", "Undo", "quiet"),
    "miss": Move("miss", "Missed"),
}


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
class Visit:
    """A staff page about one visit. What the viewer may not see is empty."""

    appointment: Appointment
    moves: list[Move]
    changes: list[StatusChange]
    payment: PaymentState
    terms: Terms | None
    reason: str
    may_see_reason: bool
    allergies: str | None
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
    changes = appointment.status_changes.select_related("actor").order_by("at", "pk")
    clinical = patient is not None and may_see_reason
    return Visit(
        appointment=appointment,
        moves=moves(appointment, at=at) if may_move else [],
        changes=list(changes),
        payment=payment_state(appointment),
        terms=cancellation_terms(appointment, at=at, by=Party.CLINIC)
        if may_cancel
        else None,
        reason=appointment.reason if may_see_reason else "",
        may_see_reason=may_see_reason,
        allergies=known_allergies(patient) if patient and clinical else None,
        documents=list(documents_of(user, patient)[:5]) if patient else [],
        prescriptions=list(prescriptions_of(user, patient)[:5])
        if patient and clinical
        else [],
    )
