"""The desk grants the price of a follow-up to a visit that is booked already."""

from datetime import datetime
from typing import Any

from booking.appointments.models import Appointment
from booking.appointments.queries import Grant, fields_of_grant, grant_of
from booking.appointments.services.refusals import Busy, MoveRefused, PriceChanged
from booking.appointments.services.state import change, expire_using, locked
from booking.appointments.services.taking import takes_time
from booking.availability.services import lock_calendars


@takes_time
def grant_follow_up(
    *, actor: Any, appointment: Appointment, seen: Grant, at: datetime
) -> Appointment:
    """Let a booked visit cost what a follow-up costs. Where a finished visit is open to
    be followed, it uses that up; else it is one because the desk says so.

    `seen` is what the desk was shown. Locks the patient's calendar, as whoever books
    does. Money that was paid is the caller's business. Raises MoveRefused where nothing
    can be granted any more, PriceChanged where it would be another price or another
    visit that it follows, SlotTaken, Busy.
    """
    patient_id = appointment.patient_id
    lock_calendars(patient_ids=[patient_id] if patient_id else [])
    appointment = locked(appointment)
    if appointment.patient_id != patient_id:
        # Two records became one meanwhile: another calendar would have to be locked.
        raise Busy
    grant = grant_of(appointment, at=at)
    if grant is None:
        raise MoveRefused
    if grant != seen:
        raise PriceChanged("What can be granted has changed. Look at it again.")
    fields = fields_of_grant(appointment, at=at)
    appointment.follows = grant.follows
    if grant.follows is not None:
        expire_using(appointment, at=at)
    change(appointment, actor=actor, at=at, verb="follow_up_granted", **fields)
    return appointment
