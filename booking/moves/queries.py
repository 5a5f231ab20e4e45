"""Can a visit be moved, to when, and what was moved before?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from booking.appointments.models import Appointment, Party, Status
from booking.appointments.permissions import visible_to
from booking.appointments.queries import full_price_of, last_day_of, leaves_window
from booking.drafts.queries import Times, Wanted, times
from booking.moves.models import Move, MoveQuerySet
from clinic.visit_types.models import Offering, VisitType
from clinic.visit_types.queries import on_offer
from foundation.formats import day_date, money

_UNMOVED = (Move.Status.DECLINED, Move.Status.EXPIRED)
BY_PHONE = "This visit cannot be moved online. Call us to move it."
TOO_OFTEN = (
    "This visit has been moved as often as it can be moved online. Call us to move it"
    " again."
)


@dataclass(frozen=True)
class Standing:
    """Whether the patient can move a visit now.

    `asked` is a move that waits for an answer, or None. `why_not` is what stands
    against a move in a sentence for them; empty where nothing does, or nothing has to
    be said because the visit is over or not booked yet.
    """

    is_movable: bool
    asked: Move | None = None
    why_not: str = ""


@dataclass(frozen=True)
class Moving:
    """What a visit's page says of its times. `unmoved` is the last request, where it
    was declined or not answered, and nothing came after it; `done` are the moves that
    took place, the oldest first."""

    standing: Standing
    unmoved: Move | None
    done: list[Move]


def standing(visit: Appointment, *, at: datetime) -> Standing:
    """Where a visit stands, with its visit type. One query, none where it is over."""
    if not _is_ahead(visit, at):
        return Standing(is_movable=False)
    return _standing(visit, moves_of(visit), at)


def moving(visit: Appointment, *, at: datetime) -> Moving:
    """The same for its page, with what became of earlier moves. One query."""
    rows = moves_of(visit)
    last = rows[-1] if rows else None
    unmoved = last is not None and last.status in _UNMOVED and _is_ahead(visit, at)
    return Moving(
        standing=_standing(visit, rows, at),
        unmoved=last if unmoved else None,
        done=[move for move in rows if move.status == Move.Status.DONE],
    )


def _is_ahead(visit: Appointment, at: datetime) -> bool:
    return visit.status == Status.CONFIRMED and at < visit.starts_at


def _standing(visit: Appointment, moves: list[Move], at: datetime) -> Standing:
    if not _is_ahead(visit, at):
        return Standing(is_movable=False)
    asked = next((move for move in moves if is_open(move, at)), None)
    if asked is not None:
        return Standing(is_movable=False, asked=asked)
    kind = visit.visit_type
    if kind.booking_policy == VisitType.BookingPolicy.CALL or not visit.most_moves:
        return Standing(is_movable=False, why_not=BY_PHONE)
    theirs = [
        move
        for move in moves
        if move.by == Party.PATIENT
        and move.status == Move.Status.DONE
        and not move.is_from_waitlist
    ]
    # What the clinic asks for itself it does not count.
    if len(theirs) >= visit.most_moves and not visit.is_disturbed:
        return Standing(is_movable=False, why_not=TOO_OFTEN)
    return Standing(is_movable=True)


def is_open(move: Move, at: datetime) -> bool:
    """Whether it still waits: the row's form of `MoveQuerySet.waiting`."""
    return (
        move.status == Move.Status.ASKED
        and move.expires_at is not None
        and move.expires_at > at
    )


def needs_answer(visit: Appointment) -> bool:
    """Whether the doctor approves each time of this kind of visit."""
    return visit.visit_type.booking_policy == VisitType.BookingPolicy.REQUEST


def places(visit: Appointment, *, at: datetime) -> list[Offering]:
    """Where the visit can be moved to: the same kind of visit with the same doctor,
    where they offer it. So its price stays what it is."""
    return list(
        on_offer(at.date()).filter(
            doctor=visit.doctor_id, visit_type=visit.visit_type_id
        )
    )


def times_to_move(
    visit: Appointment,
    offerings: list[Offering],
    wanted: Wanted,
    *,
    theirs: str,
    at: datetime,
) -> Times:
    """The times to choose from, a month at a time, as when booking."""
    return times(
        offerings,
        wanted,
        patient=visit.patient,
        kept=None,
        is_held=False,
        theirs=theirs,
        at=at,
        besides=visit.pk,
    )


def moves_of(visit: Appointment) -> list[Move]:
    """The history of a visit's times, the oldest first. One query."""
    rows = Move.objects.filter(appointment=visit).select_related(
        "actor",
        "answered_by",
        "from_location",
        "to_location",
        "from_doctor",
        "to_doctor",
    )
    return list(rows.order_by("asked_at", "pk"))


def moves_to_answer(user: Any, *, at: datetime) -> MoveQuerySet:
    """The moves that `user` may see and that wait, the oldest first. Which of them
    they answer, `booking.approve_appointment` says of the visit."""
    rows = Move.objects.waiting(at).filter(appointment__in=visible_to(user))
    return rows.select_related(
        "to_location",
        "from_location",
        "appointment__patient",
        "appointment__visit_type",
        "appointment__location",
        "appointment__doctor__user",
    ).order_by("asked_at", "pk")


def offering_of(offerings: Iterable[Offering], public_id: Any) -> Offering | None:
    """The one of them that a form names."""
    return next((one for one in offerings if one.public_id == public_id), None)


def price_line(visit: Appointment, starts_at: datetime) -> str:
    """What the money of a visit does when its patient moves it, in a sentence."""
    if leaves_window(visit, starts_at):
        full = money(full_price_of(visit), visit.currency, exact=True)
        last = day_date(last_day_of(visit.follows or visit, visit.visit_type))
        return (
            f"Then it is no follow-up any more, as it was until {last}: the visit costs"
            f" {full}, to pay at the clinic."
        )
    price = money(visit.price, visit.currency, exact=True)
    if not visit.price:
        return "Your visit is free."
    if visit.payment_policy == VisitType.PaymentPolicy.BEFORE:
        return f"Your visit is paid: the {price} counts for the new time."
    return f"You pay {price} at the clinic, as before."
