"""Telling patients and doctors what became of a move.

Jobs call these, minutes after the fact perhaps, and perhaps twice: each looks at what
is true now, and the message's key makes it one message.
"""

from datetime import datetime

from booking.appointments.models import Appointment, Status
from booking.appointments.services.telling import (
    BY_MAIL_TOO,
    IN_PORTAL,
    URGENT,
    doctor_message,
    invitation,
    patient_message,
)
from booking.moves.models import Move
from foundation.formats import date_time, short_date_time, zone_name
from notifications.deliveries.models import Kind
from notifications.deliveries.services import notify_many


def load(move_id: int) -> Move | None:
    """The move with all that its messages speak of; None if it is gone."""
    rows = Move.objects.select_related(
        "from_location",
        "to_location",
        "from_doctor",
        "appointment__patient__user",
        "appointment__doctor__user",
        "appointment__visit_type",
        "appointment__location",
    )
    return rows.filter(pk=move_id).first()


def tell_moved(*, move: Move, at: datetime) -> None:
    """The patient: the new time, with an entry that takes the place of the old one in
    their calendar. The doctor, unless it was they who moved it or agreed.

    Of two moves in a row only the last is told: it is the one that is true. Of a visit
    that is still asked for both hear as of a new request.
    """
    visit = move.appointment
    if move.status != Move.Status.DONE or visit.moved_at != move.answered_at:
        return
    if visit.status == Status.REQUESTED and visit.patient is not None:
        _tell_request(move, at=at)
    elif _is_booked(visit):
        _tell_new_time(move, at=at)


def _tell_request(move: Move, *, at: datetime) -> None:
    visit = move.appointment
    notify_many(
        [
            patient_message(
                visit, "appointment_requested", at=at, key=_key(move, "requested")
            ),
            *doctor_message(
                visit,
                "doctor_requested",
                BY_MAIL_TOO,
                key=_key(move, "doctor_requested"),
            ),
        ],
        at=at,
    )


def _tell_new_time(move: Move, *, at: datetime) -> None:
    visit = move.appointment
    is_near = min(move.from_starts_at, move.to_starts_at) - at < URGENT
    messages = [
        patient_message(
            visit,
            "appointment_moved",
            at=at,
            key=_key(move, "moved"),
            kind=Kind.URGENT if is_near else Kind.NEWS,
            attachments=invitation(visit, at),
            words=_old(move),
        )
    ]
    doctor = visit.doctor.user_id
    if doctor not in (move.actor_id, move.answered_by_id):
        messages += doctor_message(
            visit,
            "doctor_moved",
            BY_MAIL_TOO,
            key=_key(move, "doctor_moved"),
            words=_old(move, staff=True),
        )
    notify_many(messages, at=at)


def tell_handed_over(*, move: Move, at: datetime) -> None:
    """The patient: who sees them instead, at the same time. The new doctor: somebody
    more to see. Of two in a row only the last is told."""
    visit = move.appointment
    is_true = visit.doctor_id == move.to_doctor_id and visit.starts_at > at
    if move.from_doctor is None or not is_true or not _is_booked(visit):
        return
    is_near = visit.starts_at - at < URGENT
    notify_many(
        [
            patient_message(
                visit,
                "appointment_handed_over",
                at=at,
                key=_key(move, "handed_over"),
                kind=Kind.URGENT if is_near else Kind.NEWS,
                expires_at=visit.starts_at,
                words={"old_doctor": move.from_doctor.full_name},
            ),
            *doctor_message(
                visit, "doctor_booked", IN_PORTAL, key=_key(move, "doctor_booked")
            ),
        ],
        at=at,
    )


def tell_asked(*, move: Move, at: datetime) -> None:
    """The patient: we have asked, and your visit stays until then. The doctor: please
    answer."""
    visit = move.appointment
    if move.status != Move.Status.ASKED or not _is_booked(visit):
        return
    notify_many(
        [
            patient_message(
                visit,
                "appointment_move_asked",
                at=at,
                key=_key(move, "asked"),
                expires_at=move.expires_at,
                words=_new(move),
            ),
            *doctor_message(
                visit,
                "doctor_move_asked",
                BY_MAIL_TOO,
                key=_key(move, "doctor_asked"),
                words=_new(move, staff=True),
            ),
        ],
        at=at,
    )


def tell_declined(*, move: Move, at: datetime) -> None:
    """The patient: not then; your visit stays. The reason stays on its page."""
    _tell_unmoved(move, Move.Status.DECLINED, "appointment_move_declined", at)


def tell_expired(*, move: Move, at: datetime) -> None:
    """The patient: nobody answered; your visit stays."""
    _tell_unmoved(move, Move.Status.EXPIRED, "appointment_move_expired", at)


def _tell_unmoved(move: Move, status: str, event: str, at: datetime) -> None:
    visit = move.appointment
    is_over = visit.starts_at <= at
    if move.status != status or is_over or not _is_booked(visit):
        return
    is_near = visit.starts_at - at < URGENT
    message = patient_message(
        visit,
        event,
        at=at,
        key=_key(move, event),
        kind=Kind.URGENT if is_near else Kind.NEWS,
        expires_at=visit.starts_at,
        words=_new(move),
    )
    notify_many([message], at=at)


def _is_booked(visit: Appointment) -> bool:
    return visit.status == Status.CONFIRMED and visit.patient is not None


def _key(move: Move, event: str) -> str:
    return f"move:{move.pk}:{event}"


def _old(move: Move, *, staff: bool = False) -> dict[str, str]:
    zone = move.from_location.time_zone
    return {
        "old_when": date_time(move.from_starts_at, zone, staff=staff),
        "old_zone_words": zone_name(zone, move.from_starts_at),
    }


def _new(move: Move, *, staff: bool = False) -> dict[str, str]:
    zone = move.to_location.time_zone
    until = move.expires_at
    return {
        "new_when": date_time(move.to_starts_at, zone, staff=staff),
        "new_when_short": short_date_time(move.to_starts_at, zone, staff=staff),
        "new_zone_words": zone_name(zone, move.to_starts_at),
        "new_location": move.to_location.name,
        "answer_until": date_time(until, zone, staff=staff) if until else "",
    }
