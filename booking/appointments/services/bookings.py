"""Booking: a visitor holds a time, gives the details and submits; the desk books."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection

from accounts.patients.models import CareRelation, Patient
from accounts.patients.services import open_care_relation
from booking.appointments.models import HOLD, Appointment, Status
from booking.appointments.queries import slot_at
from booking.appointments.services.refusals import (
    AlreadyExtended,
    ByPhoneOnly,
    HoldExpired,
    KeyReused,
    MoveRefused,
    PatientBusy,
    SlotTaken,
)
from booking.appointments.services.state import (
    change,
    expire_beside,
    insert,
    is_live,
    locked,
    move,
    new_reference,
    note,
    offering_nearest,
    takes_time,
)
from booking.availability.services import lock_calendars
from clinic.visit_types.models import Offering, VisitType

MINUTES = timedelta(minutes=1)


def hold_slot(
    *,
    actor: Any,
    offering: Offering,
    starts_at: datetime,
    via: str,
    at: datetime,
    idempotency_key: uuid.UUID,
) -> Appointment:
    """Hold a free time for 15 minutes, for a patient yet to be named.

    `via` is SITE or PORTAL. Locks the doctor's and the room's calendar. The same key
    returns the appointment it made before, whatever became of it. Raises SlotTaken with
    the nearest free times, ByPhoneOnly, KeyReused, Busy.
    """
    if offering.visit_type.booking_policy == VisitType.BookingPolicy.CALL:
        raise ByPhoneOnly
    draft = _draft(offering, starts_at, key=idempotency_key, actor=actor, via=via)
    draft.status = Status.HELD
    draft.hold_expires_at = at + HOLD
    with offering_nearest(offering, starts_at, at=at):
        made = _made_before(draft, at=at)
        return made or _book(draft, offering=offering, actor=actor, at=at)


def book_for_patient(
    *,
    actor: Any,
    patient: Patient,
    offering: Offering,
    starts_at: datetime,
    reason: str,
    at: datetime,
    idempotency_key: uuid.UUID,
) -> Appointment:
    """The desk books for a patient, without notice or horizon.

    Ends CONFIRMED, or REQUESTED where the doctor approves each, or HELD until the
    payment's deadline where visits are paid when booked. Locks the doctor's, the
    room's and the patient's calendar; publishes what it led to. The same key returns
    the same appointment. Raises SlotTaken, PatientBusy, KeyReused, Busy.
    """
    draft = _draft(offering, starts_at, key=idempotency_key, actor=actor, via="DESK")
    draft.patient, draft.reason = patient, reason
    draft.status = _status_by_policy(draft, offering.visit_type)
    if draft.status == Status.HELD:
        draft.hold_expires_at = payment_deadline(draft, at=at)
    if draft.status == Status.CONFIRMED:
        draft.confirmed_at = at
    conditions = {"at": at, "patient": patient, "for_desk": True}
    with offering_nearest(offering, starts_at, **conditions):
        made = _made_before(draft, at=at)
        return made or _book(draft, offering=offering, actor=actor, at=at)


def _draft(
    offering: Offering, starts_at: datetime, *, key: uuid.UUID, actor: Any, via: str
) -> Appointment:
    kind = offering.visit_type
    ends_at = starts_at + kind.duration_minutes * MINUTES
    return Appointment(
        doctor_id=offering.doctor_id,
        visit_type=kind,
        location_id=offering.location_id,
        room_id=offering.room_id,
        starts_at=starts_at,
        ends_at=ends_at,
        busy_starts_at=starts_at - kind.buffer_before_minutes * MINUTES,
        busy_ends_at=ends_at + kind.buffer_after_minutes * MINUTES,
        price=kind.price if offering.price is None else offering.price,
        currency=kind.currency,
        payment_policy=kind.payment_policy,
        free_cancellation_hours=kind.free_cancellation_hours,
        late_cancellation_percent=kind.late_cancellation_percent,
        booked_by=_user(actor),
        booked_via=via,
        idempotency_key=key,
    )


def _user(actor: Any) -> Any:
    """Who is signed in; None for a visitor."""
    return actor if getattr(actor, "pk", None) else None


_BEFORE = """
SELECT (SELECT id FROM booking_appointment WHERE idempotency_key = %s),
       EXISTS (SELECT FROM booking_appointment
                WHERE doctor_id = %s AND busy_starts_at < %s AND busy_ends_at > %s
                  AND busy_starts_at > %s::timestamptz - interval '1 day'
                  AND status IN ('HELD', 'REQUESTED', 'CONFIRMED', 'ARRIVED',
                                 'IN_CONSULTATION')
                  AND NOT (status = 'HELD' AND hold_expires_at <= %s))
"""


def _made_before(draft: Appointment, *, at: datetime) -> Appointment | None:
    """What the same key made before. Raises SlotTaken when the time is visibly gone.

    Before any lock: hundreds who want one time are told at once, not one by one.
    """
    starts, ends = draft.busy_starts_at, draft.busy_ends_at
    with connection.cursor() as cursor:
        cursor.execute(
            _BEFORE,
            [draft.idempotency_key, draft.doctor_id, ends, starts, starts, at],
        )
        pk, is_taken = cursor.fetchone()
    if pk is not None:
        return _same_request(pk, draft)
    if is_taken:
        raise SlotTaken
    return None


def _same_request(pk: int, draft: Appointment) -> Appointment:
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
def _book(
    draft: Appointment, *, offering: Offering, actor: Any, at: datetime
) -> Appointment:
    """Lock, look whether the time is free, save, write down, tell."""
    lock_calendars(
        doctor_ids=[draft.doctor_id],
        room_ids=[draft.room_id] if draft.room_id else [],
        patient_ids=[draft.patient_id] if draft.patient_id else [],
    )
    for_desk = draft.booked_via == "DESK"
    slot = slot_at(
        offering, draft.starts_at, at=at, patient=draft.patient, for_desk=for_desk
    )
    if slot is None or not _insert(draft, at=at):
        return _by_key(draft, at=at)
    event = _EVENTS.get(draft.status)
    if for_desk and draft.status == Status.HELD:
        event = "appointment_approved"
    note(draft, before="", actor=actor, at=at, event=event)
    open_to_doctor(draft, at=at)
    return draft


def _insert(draft: Appointment, *, at: datetime) -> bool:
    """Save under a reference of its own, expiring lapsed holds that are in the way."""
    for _ in range(5):
        draft.reference = new_reference()
        if insert(draft):
            return True
        clash = Appointment.objects.filter(reference=draft.reference).exists()
        if not clash and not expire_beside(draft, at=at):
            return False
    return False


def _by_key(draft: Appointment, *, at: datetime) -> Appointment:
    """The time is taken: by our own first try with the same key, or by others."""
    made = Appointment.objects.filter(idempotency_key=draft.idempotency_key).first()
    if made is not None:
        return _same_request(made.pk, draft)
    others = Appointment.objects.live(at).filter(
        patient=draft.patient_id,
        starts_at__lt=draft.ends_at,
        ends_at__gt=draft.starts_at,
    )
    if draft.patient_id is not None and others.exists():
        raise PatientBusy("This patient already has a visit then. Choose another time.")
    raise SlotTaken


_EVENTS = {
    Status.CONFIRMED: "appointment_confirmed",
    Status.REQUESTED: "appointment_requested",
}


def _status_by_policy(appointment: Appointment, kind: VisitType) -> Status:
    """Where a booking with all its details goes: the doctor, the till, or done."""
    if kind.booking_policy == VisitType.BookingPolicy.REQUEST:
        return Status.REQUESTED
    return Status.HELD if awaits_payment(appointment) else Status.CONFIRMED


def awaits_payment(appointment: Appointment) -> bool:
    """Whether it is confirmed by a payment only."""
    before = VisitType.PaymentPolicy.BEFORE
    return appointment.payment_policy == before and appointment.price > 0


def payment_deadline(appointment: Appointment, *, at: datetime) -> datetime:
    """Until when an unpaid visit is held: the visit type's hours, but not into its
    notice; whatever the notice, as long as an ordinary hold, but not past the start."""
    kind = appointment.visit_type
    latest = appointment.starts_at - kind.minimum_notice_minutes * MINUTES
    wanted = min(at + timedelta(hours=kind.payment_deadline_hours), latest)
    return min(max(wanted, at + HOLD), max(appointment.starts_at, at))


def open_to_doctor(appointment: Appointment, *, at: datetime) -> None:
    """Let the doctor reach the patient's data, once it is more than a hold."""
    if appointment.status == Status.HELD or appointment.patient is None:
        return
    user = appointment.doctor.user
    if user is not None:
        open_care_relation(
            patient=appointment.patient,
            user=user,
            source=CareRelation.Source.VISIT,
            at=at,
        )


def submit_booking(
    *,
    actor: Any,
    appointment: Appointment,
    patient: Patient,
    reason: str,
    at: datetime,
    idempotency_key: uuid.UUID,
) -> Appointment:
    """Give a held time its patient and reason, and go where the policy says.

    Stays HELD where it is paid first, else REQUESTED or CONFIRMED. Locks the doctor's,
    the room's and the patient's calendar; publishes what it led to. As long as it is
    held, another submit changes the details; later, one for the same patient returns
    the booking as it is. Raises HoldExpired, PatientBusy, KeyReused, MoveRefused, Busy.
    """
    offering = Offering.objects.filter(
        doctor=appointment.doctor_id,
        visit_type=appointment.visit_type_id,
        location=appointment.location_id,
    )
    with offering_nearest(offering, appointment.starts_at, at=at, patient=patient):
        return _submit(
            actor=actor,
            appointment=appointment,
            patient=patient,
            reason=reason,
            at=at,
            key=idempotency_key,
        )


@takes_time
def _submit(
    *,
    actor: Any,
    appointment: Appointment,
    patient: Patient,
    reason: str,
    at: datetime,
    key: uuid.UUID,
) -> Appointment:
    lock_calendars(
        doctor_ids=[appointment.doctor_id],
        room_ids=[appointment.room_id] if appointment.room_id else [],
        patient_ids=[patient.pk],
    )
    appointment = locked(appointment)
    if _is_submitted(appointment, patient, key):
        return appointment
    if not is_live(appointment, at):
        raise HoldExpired
    details = {
        "patient": patient,
        "reason": reason,
        "submit_key": key,
        "booked_by": appointment.booked_by or _user(actor),
    }
    to = _status_by_policy(appointment, appointment.visit_type)
    try:
        if to == Status.HELD:
            change(appointment, actor=actor, at=at, verb="submitted", **details)
        else:
            confirmed_at = at if to == Status.CONFIRMED else None
            move(
                appointment,
                to,
                actor=actor,
                at=at,
                event=_EVENTS[to],
                hold_expires_at=None,
                confirmed_at=confirmed_at,
                **details,
            )
    except IntegrityError as error:
        raise KeyReused from error
    open_to_doctor(appointment, at=at)
    return appointment


def _is_submitted(appointment: Appointment, patient: Patient, key: uuid.UUID) -> bool:
    """Whether this very booking was made already. Raises KeyReused or MoveRefused for
    one that contradicts it."""
    is_same = appointment.patient_id == patient.pk
    if appointment.submit_key == key and not is_same:
        raise KeyReused
    if appointment.status in (Status.HELD, Status.EXPIRED):
        return False
    if not is_same:
        raise MoveRefused
    return True


@takes_time
def extend_hold(*, appointment: Appointment, at: datetime) -> Appointment:
    """Hold the time 15 minutes longer, once. Raises HoldExpired or AlreadyExtended."""
    appointment = locked(appointment)
    if appointment.status != Status.HELD or not is_live(appointment, at):
        raise HoldExpired
    if appointment.hold_extended or appointment.hold_expires_at is None:
        raise AlreadyExtended
    change(
        appointment,
        actor=None,
        at=at,
        verb="hold_extended",
        hold_expires_at=appointment.hold_expires_at + HOLD,
        hold_extended=True,
    )
    return appointment


@takes_time
def release_hold(*, appointment: Appointment, at: datetime) -> Appointment:
    """Give a held time back, quietly: nobody is told. Releasing what has ended
    already changes nothing. Raises MoveRefused for what is more than a hold."""
    appointment = locked(appointment)
    if appointment.status in (Status.EXPIRED, Status.CANCELLED, Status.DECLINED):
        return appointment
    if appointment.status != Status.HELD:
        raise MoveRefused
    return move(
        appointment, Status.EXPIRED, actor=None, at=at, reason="Released by the visitor"
    )
