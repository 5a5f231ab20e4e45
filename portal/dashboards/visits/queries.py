"""One visit, as far as the person looking may see it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from billing.follow_ups.queries import Offer, offer_of
from billing.payments.queries import PaymentState, payment_state
from booking.appointments.models import Appointment, Party, Status
from booking.appointments.permissions import visible_to
from booking.appointments.queries import (
    Grant,
    Terms,
    agreed_start,
    cancellation_terms,
    grant_once_paid,
    is_completed_today,
    sharing,
)
from booking.moves.models import Move
from booking.moves.queries import is_open, moves_of
from booking.queue.models import State, TurnChange
from booking.queue.queries import RuleBook, rule_book, state_of, turn_of
from clinic.resources.models import Equipment
from clinic.resources.queries import equipment_with
from clinic.visit_types.models import VisitType
from foundation.formats import local
from records.documents.queries import ready_documents
from records.models import Document, Prescription
from records.prescriptions.queries import prescriptions_of
from records.responses.queries import Answered, VisitForm, answered_for, forms_of_visit


@dataclass(frozen=True)
class Step:
    """Something that can be done to a visit now. `verb` is part of its address,
    `state` says what it then is."""

    verb: str
    label: str
    state: str
    kind: str = "secondary"


MOVES = {
    "arrive": Step("arrive", "Check in", "Arrived", "primary"),
    "call": Step("call", "Call in", "In the room", "primary"),
    "start": Step("start", "Start", "With doctor", "primary"),
    "complete": Step("complete", "Done", "Done", "primary"),
    "undo": Step("undo", "Undo", "One step back", "quiet"),
    "miss": Step("miss", "Missed", "Missed"),
    "back": Step("back", "Undo done", "Arrived, not done after all", "quiet"),
    "reopen": Step("reopen", "Not done after all", "Arrived, not done after all"),
}


def all_moves(appointment: Appointment, *, at: datetime) -> list[Step]:
    """`moves`, and the ones that leave a step out or need a reason."""
    found = [step for step in moves(appointment, at=at) if step.verb != "back"]
    if is_completed_today(appointment, at=at):
        found.append(MOVES["reopen"])
    if appointment.status == Status.ARRIVED:
        found.insert(1, MOVES["complete"])
    return found


def moves(
    appointment: Appointment, *, at: datetime, book: RuleBook | None = None
) -> list[Step]:
    """What the clinic's day allows next, the likeliest first. Lists give the rules
    along, and select each visit's turn with it: no query then."""
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
    if appointment.status == Status.COMPLETED and _is_fresh(appointment, at, book):
        verbs = ["back"]
    steps = [MOVES[verb] for verb in verbs]
    if appointment.status == Status.ARRIVED and _can_be_called(appointment):
        # Who is called in comes first; who starts without is in the room already.
        steps = [MOVES["call"], replace(steps[0], kind="secondary"), *steps[1:]]
    return steps


def _can_be_called(appointment: Appointment) -> bool:
    if appointment.visit_type.mode != VisitType.Mode.IN_PERSON:
        return False
    return state_of(appointment, turn_of(appointment)) == State.WAITING


def _is_fresh(appointment: Appointment, at: datetime, book: RuleBook | None) -> bool:
    """Whether "Done" was likely pressed a moment ago: nothing was changed since. The
    service looks at the history itself."""
    minutes = (book or rule_book()).at(appointment.location_id).back_minutes
    return at < appointment.updated_at + timedelta(minutes=minutes)


@dataclass(frozen=True)
class Change:
    """One line of a visit's history; `who` acted, in words. `move` is set where it is
    about the visit's time."""

    status: str
    at: datetime
    who: str
    reason: str
    move: Move | None = None


# What patients do without an account, and the clock does by itself, has no actor.
_NOBODY = {Status.EXPIRED: "by itself", Status.CONFIRMED: "with the payment"}


def _changes(appointment: Appointment, moves: list[Move]) -> list[Change]:
    """Every change of status and time, in order."""
    rows = appointment.status_changes.select_related("actor").order_by("at", "pk")
    found = [
        Change(
            status=row.to_status,
            at=row.at,
            who=str(row.actor or _NOBODY.get(Status(row.to_status), "online")),
            reason=row.reason,
        )
        for row in rows
    ]
    found += [change for move in moves for change in _of_move(move)]
    found += [_of_turn(change) for change in _steps(appointment)]
    return sorted(found, key=attrgetter("at"))


def _steps(appointment: Appointment) -> list[TurnChange]:
    rows = TurnChange.objects.filter(turn__appointment=appointment)
    return list(rows.select_related("actor").order_by("at", "pk"))


def _of_turn(change: TurnChange) -> Change:
    """Called in, taken back, or another room."""
    words = ""
    if change.to_room or change.from_room:
        words = f"From {change.from_room or 'no room'} to {change.to_room or 'no room'}"
    return Change(change.to_state, change.at, str(change.actor or "online"), words)


def _of_move(move: Move) -> Iterator[Change]:
    """What was asked, and what came of it; one line where that was one act."""
    who = str(move.actor or "online")
    at = move.answered_at
    if at == move.asked_at:
        status = "MOVED" if move.to_doctor_id is None else "HANDED_OVER"
        yield Change(status, move.asked_at, who, move.reason, move)
        return
    yield Change("MOVE_ASKED", move.asked_at, who, move.reason, move)
    if at is not None:
        status = "MOVED" if move.status == Move.Status.DONE else f"MOVE_{move.status}"
        by = "by itself" if move.status == Move.Status.EXPIRED else "online"
        yield Change(status, at, str(move.answered_by or by), move.answer, move)


@dataclass(frozen=True)
class Visit:
    """A staff page about one visit. What the viewer may not see is empty.

    `agreed_at` is when the clock there shows the hour that was agreed, where that is
    not when the visit is any more. `shared` are the visits that share its time, because
    one of them was overbooked.
    """

    appointment: Appointment
    moves: list[Step]
    all_moves: list[Step]
    asked: Move | None
    agreed_at: datetime | None
    shared: list[Appointment]
    changes: list[Change]
    payment: PaymentState
    terms: Terms | None
    reason: str
    may_see_reason: bool
    may_see_why: bool
    documents: list[Document]
    prescriptions: list[Prescription]
    forms: list[VisitForm]
    answered: dict[int, Answered]
    equipment: list[Equipment]
    offer: Offer | None
    offer_once_paid: Grant | None


def visit(user: Any, appointment: Appointment, *, at: datetime) -> Visit:
    """Everything about `appointment` for `user`, who may see the appointment."""
    patient = appointment.patient
    may_move = user.has_perm("booking.move_appointment", appointment)
    may_see_reason = user.has_perm("booking.view_reason", appointment)
    may_grant = user.has_perm("booking.grant_follow_up", appointment)
    may_cancel = may_move and Status.CANCELLED in Appointment.MOVES.get(
        appointment.status, set()
    )
    # Why somebody cancels or comes in between is for those who see to the visit;
    # whoever sees to its money does without.
    may_see_why = may_move or may_see_reason
    times = moves_of(appointment)
    changes = _changes(appointment, times)
    clinical = patient is not None and may_see_reason
    forms = forms_of_visit(appointment)
    return Visit(
        appointment=appointment,
        moves=moves(appointment, at=at) if may_move else [],
        all_moves=all_moves(appointment, at=at) if may_move else [],
        asked=next((move for move in times if is_open(move, at)), None),
        agreed_at=_agreed_before(appointment, at),
        shared=list(sharing(appointment).filter(pk__in=visible_to(user))),
        changes=changes if may_see_why else [_without_why(one) for one in changes],
        payment=payment_state(appointment),
        terms=cancellation_terms(appointment, at=at, by=Party.CLINIC)
        if may_cancel
        else None,
        reason=appointment.reason if may_see_reason else "",
        may_see_reason=may_see_reason,
        may_see_why=may_see_why,
        documents=list(ready_documents(user, patient)[:5]) if patient else [],
        prescriptions=list(prescriptions_of(user, patient)[:5])
        if patient and clinical
        else [],
        forms=forms,
        answered=answered_for(user, forms),
        equipment=list(equipment_with(appointment.equipment_ids)),
        offer=offer_of(appointment, at=at) if may_grant else None,
        offer_once_paid=grant_once_paid(appointment, at=at) if may_grant else None,
    )


def _without_why(change: Change) -> Change:
    return replace(change, reason="")


def _agreed_before(appointment: Appointment, at: datetime) -> datetime | None:
    is_ahead = appointment.status == Status.CONFIRMED and appointment.starts_at > at
    agreed = agreed_start(appointment)
    return agreed if is_ahead and agreed != appointment.starts_at else None
