"""Where the money of a visit stands, as far as the visit itself knows."""

from decimal import Decimal
from typing import NamedTuple

from booking.appointments.models import Appointment, Status
from clinic.visit_types.models import VisitType

_UNCHARGED = (Status.EXPIRED, Status.DECLINED)


class Money(NamedTuple):
    """`state` is FREE, AT_CLINIC, LATER, DUE, PAID, REFUNDED, PARTLY_REFUNDED, KEPT or
    NOT_CHARGED; `amount` is in the visit's currency."""

    state: str
    amount: Decimal


def money_of(appointment: Appointment) -> Money:
    """The state of the price: what policy and status say about it. The payments
    themselves are billing's."""
    price = appointment.price
    if not price:
        return Money("FREE", price)
    if appointment.payment_policy != VisitType.PaymentPolicy.BEFORE:
        is_off = appointment.status in (*_UNCHARGED, Status.CANCELLED)
        return Money("NOT_CHARGED" if is_off else "AT_CLINIC", price)
    if appointment.status == Status.CANCELLED:
        return _cancelled(appointment)
    if appointment.status == Status.MISSED and appointment.refund_due:
        return _given_back(appointment.refund_due, price)
    if appointment.status in _UNCHARGED:
        return Money("NOT_CHARGED", price)
    if appointment.status == Status.REQUESTED:
        return Money("LATER", price)
    return Money("DUE" if appointment.status == Status.HELD else "PAID", price)


def _cancelled(appointment: Appointment) -> Money:
    if appointment.confirmed_at is None:
        return Money("NOT_CHARGED", appointment.price)
    back = appointment.refund_due or Decimal(0)
    if not back:
        return Money("KEPT", appointment.price)
    return _given_back(back, appointment.price)


def _given_back(back: Decimal, price: Decimal) -> Money:
    return Money("REFUNDED" if back >= price else "PARTLY_REFUNDED", back)
