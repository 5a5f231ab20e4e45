"""Which visit does somebody mean, and what can they still do with it?"""

from datetime import date, datetime

from booking.appointments.models import Appointment, Status

# From these a patient may still cancel; not once they have been called in.
_OPEN = (Status.HELD, Status.REQUESTED, Status.CONFIRMED)


def find_booking(*, reference: str, birth_date: date) -> Appointment | None:
    """The booking with this reference, if its patient was born on that day."""
    found = Appointment.objects.filter(
        reference=reference, patient__birth_date=birth_date
    )
    return found.first()


def is_cancellable(appointment: Appointment, *, at: datetime) -> bool:
    """Whether the patient can still cancel: it holds its time and has not begun."""
    expires = appointment.hold_expires_at
    has_lapsed = appointment.status == Status.HELD and (
        expires is None or expires <= at
    )
    return appointment.status in _OPEN and not has_lapsed and at < appointment.starts_at
