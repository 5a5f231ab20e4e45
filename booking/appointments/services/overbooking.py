"""Overbooking: staff give a time that the doctor has given already, on purpose."""

import uuid
from datetime import datetime
from typing import Any

from accounts.patients.models import Patient
from accounts.patients.queries import standing
from booking.appointments.models import Appointment, Status
from booking.appointments.queries import fit_in, is_full_day, lockable
from booking.appointments.services.making import (
    confirm_unpriced,
    draft_of,
    insert,
    same_request,
    tell_made,
)
from booking.appointments.services.policy import (
    awaits_payment,
    check_first_visit,
    payment_deadline,
    set_price,
    status_by_policy,
)
from booking.appointments.services.refusals import (
    EquipmentTaken,
    NotThere,
    PatientBusy,
    RoomTaken,
    SharedAlready,
    SlotTaken,
    WhyOverbooked,
)
from booking.appointments.services.state import expire_beside, history_of
from booking.appointments.services.taking import takes_time
from booking.availability.queries import open_periods
from booking.availability.services import lock_calendars
from clinic.resources.models import Room
from clinic.visit_types.models import Offering
from foundation import periods
from foundation.periods import seconds
from foundation.sql import fetch

_KEY = "SELECT nextval(pg_get_serial_sequence('booking_appointment', 'id'))"


@takes_time
def overbook(
    *,
    actor: Any,
    patient: Patient,
    offering: Offering,
    starts_at: datetime,
    room: Room | None,
    reason: str,
    why: str,
    at: datetime,
    idempotency_key: uuid.UUID,
) -> Appointment:
    """Book a visit over another one of the same doctor; `why` is for the clinic.

    At any time within the doctor's hours there that is not over, on the grid or not,
    without notice or horizon; never over another overbooked one, so that two share a
    time at most. The patient and the room are free. Where nobody is in the way it is an
    ordinary booking, with `why` only beyond what the doctor sees on one day. The
    doctor's own need no approval of theirs. `room` may be another than the offering's;
    without, a visit that needs one gets one that suits and is free, or none; equipment
    is never shared. Locks the calendars of the doctor, the room, the patient and the
    equipment; publishes what it led to. The same key returns the same
    appointment. Raises WhyOverbooked, NotThere, SharedAlready, RoomTaken,
    EquipmentTaken, PatientBusy, SlotTaken, NewPatientsOnly, KeyReused, Busy.
    """
    if not why.strip():
        raise WhyOverbooked
    who = getattr(actor, "pk", None)
    is_doctor = who is not None and offering.doctor.user_id == who
    via = "DOCTOR" if is_doctor else "DESK"
    draft = draft_of(offering, starts_at, key=idempotency_key, actor=actor, via=via)
    draft.patient, draft.reason, draft.room = patient, reason, room
    _set_status(draft, offering, is_doctor=is_doctor, at=at)
    lock_calendars(
        doctor_ids=[offering.doctor_id],
        **lockable(offering, room_ids=[room.pk if room else None]),
        patient_ids=[patient.pk],
    )
    draft.patient = patient = standing(patient)
    made = Appointment.objects.filter(idempotency_key=idempotency_key).first()
    if made is not None:
        return same_request(made.pk, draft)
    check_first_visit(offering.visit_type, patient, besides=draft, at=at)
    set_price(draft, patient, at=at)
    confirm_unpriced(draft, at=at)
    _check_there(draft, at=at)
    expire_beside(draft, at=at)
    draft.is_overbooked = _shares(draft, at=at)
    fit = fit_in(room, offering, starts_at, at=at)
    if fit is None:
        raise EquipmentTaken
    draft.room_id, draft.equipment_ids = fit.room_id, list(fit.equipment_ids)
    is_more = draft.is_overbooked or is_full_day(offering, starts_at, at=at)
    draft.overbooked_why = why[:300] if is_more else ""
    [[draft.pk]] = fetch(_KEY, {})
    if not insert(draft, history_of(draft, actor=actor, at=at), at=at):
        raise SlotTaken
    tell_made(draft, at=at)
    return draft


def _set_status(
    draft: Appointment, offering: Offering, *, is_doctor: bool, at: datetime
) -> None:
    draft.status = status_by_policy(draft, offering.visit_type)
    if is_doctor and draft.status == Status.REQUESTED:
        draft.status = Status.HELD if awaits_payment(draft) else Status.CONFIRMED
    if draft.status == Status.HELD:
        draft.hold_expires_at = payment_deadline(draft, at=at)
    if draft.status == Status.CONFIRMED:
        draft.confirmed_at = at


def _check_there(draft: Appointment, *, at: datetime) -> None:
    """Raise NotThere where the visit is over, or not within the doctor's hours."""
    if draft.ends_at <= at:
        raise NotThere("This time is over. Choose another one.")
    pair = (draft.doctor_id, draft.location_id)
    opened = open_periods([pair], starts_at=draft.starts_at, ends_at=draft.ends_at)
    visit = (seconds(draft.starts_at), seconds(draft.ends_at))
    if not periods.covers(opened.get(pair, []), visit):
        raise NotThere


def _shares(draft: Appointment, *, at: datetime) -> bool:
    """Whether another visit of the doctor is in the way. Raises SharedAlready,
    RoomTaken or PatientBusy for what cannot be shared."""
    live = Appointment.objects.live(at)
    mine = live.filter(
        patient=draft.patient_id,
        starts_at__lt=draft.ends_at,
        ends_at__gt=draft.starts_at,
    )
    if mine.exists():
        raise PatientBusy("This patient already has a visit then. Choose another time.")
    busy = live.filter(
        busy_starts_at__lt=draft.busy_ends_at, busy_ends_at__gt=draft.busy_starts_at
    )
    if draft.room_id is not None and busy.filter(room=draft.room_id).exists():
        raise RoomTaken
    beside = busy.filter(doctor=draft.doctor_id)
    if beside.filter(is_overbooked=True).exists():
        raise SharedAlready
    return beside.exists()
