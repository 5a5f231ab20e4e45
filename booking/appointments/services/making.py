"""Making a new appointment, once a key and in free time only."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from accounts.patients.queries import standing
from booking.appointments.models import Appointment, Status
from booking.appointments.queries import fit_at, fit_exactly, lockable
from booking.appointments.services.policy import (
    EVENTS,
    awaits_payment,
    check_first_visit,
    open_to_doctor,
    set_price,
)
from booking.appointments.services.refusals import KeyReused, PatientBusy, SlotTaken
from booking.appointments.services.state import (
    expire_beside,
    history_of,
    new_reference,
    tell_screens,
)
from booking.appointments.services.taking import takes_time
from booking.availability.services import calendar_keys
from clinic.visit_types.models import Offering
from foundation.events import publish
from foundation.sql import Along, fetch, insert_row
from foundation.zones import offset_minutes

MINUTES = timedelta(minutes=1)
AT_WORK = ("DESK", "DOCTOR")


def draft_of(
    offering: Offering, starts_at: datetime, *, key: uuid.UUID, actor: Any, via: str
) -> Appointment:
    """A visit of `offering` that is nobody's yet and saved nowhere. Its room and
    equipment are chosen behind the lock."""
    kind = offering.visit_type
    ends_at = starts_at + kind.duration_minutes * MINUTES
    return Appointment(
        doctor_id=offering.doctor_id,
        visit_type=kind,
        location_id=offering.location_id,
        starts_at=starts_at,
        ends_at=ends_at,
        clock_offset=offset_minutes(starts_at, offering.location.time_zone),
        busy_starts_at=starts_at - kind.buffer_before_minutes * MINUTES,
        busy_ends_at=ends_at + kind.buffer_after_minutes * MINUTES,
        price=kind.price if offering.price is None else offering.price,
        currency=kind.currency,
        payment_policy=kind.payment_policy,
        free_cancellation_hours=kind.free_cancellation_hours,
        late_cancellation_percent=kind.late_cancellation_percent,
        late_cancellation_fee=kind.late_cancellation_fee,
        missed_percent=kind.missed_percent,
        missed_fee=kind.missed_fee,
        most_moves=kind.most_moves,
        booked_by=user_or_none(actor),
        booked_via=via,
        idempotency_key=key,
    )


def user_or_none(actor: Any) -> Any:
    """Who is signed in; None for a visitor."""
    return actor if getattr(actor, "pk", None) else None


# Reads before it locks, and locks nothing when the answer is plain.
_LOCK = """
WITH before AS MATERIALIZED (
  SELECT (SELECT id FROM booking_appointment WHERE idempotency_key = %(key)s) AS made,
         EXISTS (SELECT FROM booking_appointment
                  WHERE doctor_id = %(doctor)s
                    AND busy_starts_at < %(ends)s::timestamptz
                    AND busy_ends_at > %(starts)s::timestamptz
                    AND busy_starts_at > %(starts)s::timestamptz - interval '1 day'
                    AND status IN ('HELD', 'REQUESTED', 'CONFIRMED', 'ARRIVED',
                                   'IN_CONSULTATION')
                    AND NOT (status = 'HELD'
                             AND hold_expires_at <= %(at)s::timestamptz)) AS is_taken
), locked AS MATERIALIZED (
  SELECT pg_advisory_xact_lock(calendar)
    FROM before, unnest(%(calendars)s::bigint[]) AS calendar
   WHERE made IS NULL AND NOT is_taken
)
SELECT made, is_taken, (SELECT count(*) FROM locked),
       CASE WHEN made IS NULL AND NOT is_taken
            THEN nextval(pg_get_serial_sequence('booking_appointment', 'id')) END
  FROM before
"""


def _lock_or_answer(
    draft: Appointment, offering: Offering, *, at: datetime
) -> Appointment | None:
    """Lock the calendars and give the draft its key, unless the answer is plain
    without: what the same idempotency key made before is returned. Raises SlotTaken
    when the time is visibly gone.

    So hundreds who want one time are told at once, not one after another. What was
    read here is of before the wait for the locks; whoever has them looks again.
    """
    rows = fetch(
        _LOCK,
        {
            "key": draft.idempotency_key,
            "doctor": draft.doctor_id,
            "starts": draft.busy_starts_at,
            "ends": draft.busy_ends_at,
            "at": at,
            "calendars": calendar_keys(
                doctor_ids=[draft.doctor_id],
                **lockable(offering),
                patient_ids=[draft.patient_id] if draft.patient_id else [],
            ),
        },
    )
    made, is_taken, _, draft.pk = rows[0]
    if made is not None:
        return same_request(made, draft)
    if is_taken:
        raise SlotTaken
    return None


def same_request(pk: int, draft: Appointment) -> Appointment:
    """The appointment with the draft's key. Raises KeyReused if it is another one."""
    made = Appointment.objects.select_related("doctor", "visit_type", "location").get(
        pk=pk
    )
    same = ("doctor_id", "visit_type_id", "location_id", "starts_at")
    if any(getattr(made, name) != getattr(draft, name) for name in same):
        raise KeyReused
    if draft.patient_id is not None and made.patient_id != draft.patient_id:
        raise KeyReused
    return made


@takes_time
def make(
    draft: Appointment,
    *,
    offering: Offering,
    actor: Any,
    at: datetime,
    also: Sequence[Along] = (),
    is_exact: bool = False,
) -> Appointment:
    """Lock, look whether the time is free and with which room and equipment, save,
    write down, tell.

    With `is_exact` a time that is free but not offered to everybody will do. Saving and
    writing down, and what is written `also`, is one statement: whoever is next waits
    for it. Returns what the same key made before. Raises SlotTaken, PatientBusy,
    KeyReused.
    """
    made = _lock_or_answer(draft, offering, at=at)
    if made is not None:
        return made
    for_desk = draft.booked_via in AT_WORK
    if draft.patient is not None:
        # Under the lock: who was merged into another record meanwhile is that one.
        draft.patient = standing(draft.patient)
        kind = offering.visit_type
        check_first_visit(kind, draft.patient, besides=draft, at=at)
        set_price(draft, draft.patient, at=at)
        confirm_unpriced(draft, at=at)
    fit = (
        fit_exactly(offering, draft.starts_at, at=at)
        if is_exact
        else fit_at(
            offering, draft.starts_at, at=at, patient=draft.patient, for_desk=for_desk
        )
    )
    if fit is None:
        return _by_key(draft, at=at)
    draft.room_id, draft.equipment_ids = fit.room_id, list(fit.equipment_ids)
    history = history_of(draft, actor=actor, at=at)
    if not insert(draft, [*history, *also], at=at):
        return _by_key(draft, at=at)
    tell_made(draft, at=at)
    return draft


def confirm_unpriced(draft: Appointment, *, at: datetime) -> None:
    """What would wait for a payment and costs nothing, as a follow-up, is booked."""
    if draft.status == Status.HELD and not awaits_payment(draft):
        draft.status, draft.hold_expires_at = Status.CONFIRMED, None
        draft.confirmed_at = at


def tell_made(draft: Appointment, *, at: datetime) -> None:
    """Publish what a new appointment is, and let the doctor reach its patient. What
    staff book and is paid first is told as an approved request is."""
    event = EVENTS.get(draft.status)
    if draft.patient_id is not None and draft.status == Status.HELD:
        # All is said but the payment: it waits for that, as an approved request does.
        event = "appointment_approved"
    if event is not None:
        publish(f"booking.{event}", appointment_id=draft.pk)
    open_to_doctor(draft, at=at)
    tell_screens(draft, at=at)


def insert(draft: Appointment, also: Sequence[Along], *, at: datetime) -> bool:
    """Save under a reference of its own, expiring lapsed holds that are in the way."""
    for _ in range(5):
        draft.reference = new_reference()
        if insert_row(draft, unless_conflict=True, along=also):
            return True
        clash = Appointment.objects.filter(reference=draft.reference).exists()
        if not clash and not expire_beside(draft, at=at):
            return False
    return False


def _by_key(draft: Appointment, *, at: datetime) -> Appointment:
    """The time is taken: by our own first try with the same key, or by others."""
    made = Appointment.objects.filter(idempotency_key=draft.idempotency_key).first()
    if made is not None:
        return same_request(made.pk, draft)
    others = Appointment.objects.live(at).filter(
        patient=draft.patient_id,
        starts_at__lt=draft.ends_at,
        ends_at__gt=draft.starts_at,
    )
    if draft.patient_id is not None and others.exists():
        raise PatientBusy("This patient already has a visit then. Choose another time.")
    raise SlotTaken
