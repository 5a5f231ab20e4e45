"""The price of a follow-up for a visit that is booked already."""

from copy import copy
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from booking.appointments.models import Appointment, Status
from booking.appointments.queries.follow_ups import priced_for

# What waits for its payment gets it once that came: its till is open at a price.
GRANTED_IN = (
    Status.REQUESTED,
    Status.CONFIRMED,
    Status.ARRIVED,
    Status.IN_CONSULTATION,
)


class Grant(NamedTuple):
    """What a visit costs and would cost, in its currency, and which finished visit it
    would follow: None where the desk would grant it all the same."""

    full: Decimal
    price: Decimal
    follows: Appointment | None

    @property
    def off(self) -> Decimal:
        """What it would cost less."""
        return self.full - self.price


def fields_of_grant(appointment: Appointment, *, at: datetime) -> dict[str, Any]:
    """What a granted price makes of a visit, by field; it uses up the visit that it
    follows, where one is open."""
    granted = copy(appointment)
    granted.is_follow_up = True
    return priced_for(granted, appointment.patient, at=at)


def grant_of(appointment: Appointment, *, at: datetime) -> Grant | None:
    """What the desk may grant a booked visit; None where its kind knows no follow-ups,
    it is one, or it would cost no less. Two queries at most."""
    return _grant(appointment, at=at) if appointment.status in GRANTED_IN else None


def grant_once_paid(appointment: Appointment, *, at: datetime) -> Grant | None:
    """What the desk may grant once the visit, which waits for its payment, is paid;
    None where it does not wait, or nothing could be granted then. Two queries at most,
    none for any other visit."""
    until = appointment.hold_expires_at
    waits = appointment.status == Status.HELD and until is not None and until > at
    return _grant(appointment, at=at) if waits else None


def _grant(appointment: Appointment, *, at: datetime) -> Grant | None:
    has_rule = appointment.visit_type.follow_up_days is not None
    is_full = not appointment.is_follow_up
    if not (is_full and has_rule and appointment.price and appointment.patient_id):
        return None
    fields = fields_of_grant(appointment, at=at)
    found = Grant(appointment.price, fields["price"], fields["follows"])
    return found if found.off > 0 else None
