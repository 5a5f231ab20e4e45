"""Making a new appointment, once a key and in free time only."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from accounts.patients.queries import standing
from booking.appointments.models import Appointment, Status
from booking.appointments.queries import fit_at, fit_exactly
from booking.appointments.services.looking import Look, look
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
from clinic.visit_types.models import Offering
from foundation.events import publish
from foundation.sql import Along, insert_row
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
    seen: Look | None = None,
) -> Appointment:
    """Lock, look whether the time is free and with which room and equipment, save,
    write down, tell.

    With `is_exact` a time that is free but not offered to everybody will do. Saving and
    writing down, and what is written `also`, is one statement: whoever is next waits
    for it. Who has looked and locked in this transaction already says what was `seen`.
    Returns what the same key made before. Raises SlotTaken, PatientBusy, KeyReused.
    """
    seen = look(draft, offering, at=at) if seen is None else seen
    if seen.made is not None:
        return same_request(seen.made, draft)
    if seen.is_taken:
        raise SlotTaken
    draft.pk = seen.key
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
