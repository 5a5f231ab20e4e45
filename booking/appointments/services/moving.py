"""Another time for a visit that is booked: held while somebody answers, and given.

Who may move what, and what becomes of a request, the topic `moves` decides; here stands
how time changes hands. The caller has locked the calendars of the doctor, of the new
room and of the patient, and has the visit's own row locked and fresh.
"""

import uuid
from datetime import datetime
from typing import Any

from booking.appointments.models import Appointment, Party, Status
from booking.appointments.queries import (
    Fit,
    Way,
    bound_after_move,
    fit_at,
    fit_beside,
    fit_instead,
    full_price_of,
    leaves_window,
    obstacles,
    why_stays,
)
from booking.appointments.services.making import draft_of, make
from booking.appointments.services.policy import open_to_doctor
from booking.appointments.services.refusals import (
    MoveRefused,
    NotThere,
    PatientBusy,
    RoomTaken,
    SlotTaken,
)
from booking.appointments.services.state import change
from clinic.visit_types.models import Offering, VisitType


def hold_beside(
    appointment: Appointment,
    *,
    actor: Any,
    offering: Offering,
    starts_at: datetime,
    until: datetime,
    at: datetime,
) -> Appointment:
    """Hold a second time for a booked visit until `until`; the visit keeps its own.

    The hold is an appointment without a patient, so nobody sees it as theirs, and it
    lapses by itself. Raises SlotTaken.
    """
    _free_fit(appointment, offering, starts_at, at=at)
    key = uuid.uuid4()
    draft = draft_of(offering, starts_at, key=key, actor=actor, via="PORTAL")
    draft.status, draft.hold_expires_at = Status.HELD, until
    # Nobody can ask for more time of it.
    draft.hold_extended = True
    return make(draft, offering=offering, actor=actor, at=at)


def give_time(
    appointment: Appointment,
    *,
    actor: Any,
    offering: Offering,
    starts_at: datetime,
    by: str,
    at: datetime,
    asked_at: datetime | None = None,
    held: Appointment | None = None,
) -> Appointment:
    """Give a visit that is booked, or asked for, another time, in one statement: it
    never has both, or none.

    Length and buffers are the offering's as of now, room and equipment what is free;
    price and terms stay as they were booked, except that after a move by the clinic
    (`by`), cancelling is free anew; the clinic needs no notice, no horizon and no time
    on the grid (`obstacles`). `asked_at` is when the patient decided on it, if not now:
    what is late is late then. With `held` that visit held the time for it until now,
    with room and equipment, and nothing is looked for among what is free. Raises
    SlotTaken and what is a kind of it, and MoveRefused for what is neither booked nor
    asked for.
    """
    if appointment.status not in (Status.CONFIRMED, Status.REQUESTED):
        raise MoveRefused
    if held is not None:
        fit = Fit(held.room_id, tuple(held.equipment_ids))
    elif by == Party.CLINIC:
        fit = _fit_for_clinic(appointment, offering, starts_at, at=at)
    else:
        fit = _free_fit(appointment, offering, starts_at, at=at)
    bound, full = None, {}
    if by == Party.PATIENT:
        bound = bound_after_move(appointment, at=asked_at or at)
        full = _out_of_window(appointment, starts_at)
    wanted = draft_of(
        offering, starts_at, key=appointment.idempotency_key, actor=actor, via="PORTAL"
    )
    change(
        appointment,
        actor=actor,
        at=at,
        verb="moved",
        location=offering.location,
        room_id=fit.room_id,
        equipment_ids=list(fit.equipment_ids),
        room_why="",
        starts_at=wanted.starts_at,
        ends_at=wanted.ends_at,
        clock_offset=wanted.clock_offset,
        busy_starts_at=wanted.busy_starts_at,
        busy_ends_at=wanted.busy_ends_at,
        moved_at=at,
        free_until_at=bound,
        # The new time was free, or held.
        is_overbooked=False,
        overbooked_why="",
        # Whoever chose another time themselves has it as anybody has.
        is_disturbed=appointment.is_disturbed and by == Party.CLINIC,
        **full,
    )
    open_to_doctor(appointment, at=at)
    return appointment


def _out_of_window(appointment: Appointment, starts_at: datetime) -> dict[str, Any]:
    """What becomes of the price of a follow-up whose patient moves it beyond its last
    day, by field: the full one. What is booked already is paid at the clinic. Raises
    MoveRefused where a part of it was paid."""
    if not leaves_window(appointment, starts_at):
        return {}
    refusal = why_stays(appointment, starts_at)
    if refusal:
        raise MoveRefused(refusal)
    policy = appointment.payment_policy
    if appointment.status == Status.CONFIRMED:
        policy = VisitType.PaymentPolicy.AT_CLINIC
    return {
        "is_follow_up": False,
        "follows": None,
        "full_price": None,
        "price": full_price_of(appointment),
        "payment_policy": policy,
    }


def give_doctor(
    appointment: Appointment, *, actor: Any, offering: Offering, at: datetime
) -> Appointment:
    """Give a booked visit to the doctor of `offering` at its own time, in one
    statement; price, length and terms stay, and cancelling is free until it begins.

    The caller has locked both doctors' calendars. Raises SlotTaken where the other one
    is not free then, and MoveRefused for what is not booked, or is another kind of
    visit.
    """
    same = (appointment.visit_type_id, appointment.location_id)
    if (offering.visit_type_id, offering.location_id) != same:
        raise MoveRefused
    if appointment.status != Status.CONFIRMED or appointment.starts_at <= at:
        raise MoveRefused
    fit = fit_instead(offering, appointment, at=at)
    if fit is None:
        raise SlotTaken(f"{offering.doctor.short_name} is not free then any more.")
    change(
        appointment,
        actor=actor,
        at=at,
        verb="handed_over",
        doctor_id=offering.doctor_id,
        room_id=fit.room_id,
        equipment_ids=list(fit.equipment_ids),
        room_why="",
        is_disturbed=True,
    )
    open_to_doctor(appointment, at=at)
    return appointment


def disturb(appointment: Appointment, *, actor: Any, at: datetime) -> Appointment:
    """Note that the clinic would rather not see a booked visit at its time: cancelling
    is free until it begins. The row is locked and fresh. Raises MoveRefused for what is
    not booked, or has begun."""
    if appointment.status != Status.CONFIRMED or appointment.starts_at <= at:
        raise MoveRefused
    change(appointment, actor=actor, at=at, verb="disturbed", is_disturbed=True)
    return appointment


# What the first obstacle is called; the others are a SlotTaken.
_REFUSALS: dict[Way, type[SlotTaken]] = {
    Way.OVER: NotThere,
    Way.HOURS: NotThere,
    Way.PATIENT: PatientBusy,
    Way.ROOM: RoomTaken,
}


def _fit_for_clinic(
    appointment: Appointment, offering: Offering, starts_at: datetime, *, at: datetime
) -> Fit:
    """The room and equipment at any time within hours. Raises what fits where something
    stands in the clinic's way."""
    found = obstacles(appointment, offering, starts_at, at=at)
    if found:
        first = min(found, key=lambda one: list(Way).index(one.way))
        raise _REFUSALS.get(first.way, SlotTaken)(first.sentence)
    fit = fit_beside(appointment, offering, starts_at, at=at)
    if fit is None:
        raise SlotTaken
    return fit


def _free_fit(
    appointment: Appointment, offering: Offering, starts_at: datetime, *, at: datetime
) -> Fit:
    """The room and equipment for the new time. Raises SlotTaken, or PatientBusy where
    it is their own other visit, unless the time can be booked."""
    patient = appointment.patient
    rules: Any = {"at": at, "besides": appointment.pk}
    fit = fit_at(offering, starts_at, patient=patient, **rules)
    if fit is not None:
        return fit
    if patient is not None and fit_at(offering, starts_at, **rules) is not None:
        raise PatientBusy
    raise SlotTaken
