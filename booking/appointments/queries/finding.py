"""Which visit does somebody mean, and what can they still do with it?"""

from datetime import date, datetime

from booking.appointments.models import Appointment, Party, Status
from foundation.formats import local

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


def is_completed_today(appointment: Appointment, *, at: datetime) -> bool:
    """Whether the visit is done, and was marked so on this day of its location."""
    if appointment.status != Status.COMPLETED:
        return False
    done = appointment.status_changes.filter(to_status=Status.COMPLETED)
    change = done.order_by("-at", "-pk").first()
    zone = appointment.location.time_zone
    return (
        change is not None and local(change.at, zone).date() == local(at, zone).date()
    )


def reason_of_clinic(appointment: Appointment) -> str:
    """Why the clinic said no or cancelled, in its words for the patient; else "".

    At most one query.
    """
    declined = appointment.status == Status.DECLINED
    cancelled = (
        appointment.status == Status.CANCELLED
        and appointment.cancelled_by == Party.CLINIC
    )
    if not declined and not cancelled:
        return ""
    change = (
        appointment.status_changes.filter(to_status=appointment.status)
        .order_by("-at", "-pk")
        .first()
    )
    return change.reason if change else ""
