"""What a booking promises: the money when it is cancelled, the link to change it, and
of what it is still to remind."""

import uuid
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.core import signing

from booking.appointments.models import Appointment, Party, Status
from clinic.visit_types.models import ReminderLead, VisitType
from foundation.formats import local
from foundation.money import round_money

ZERO = Decimal(0)
# Statuses in which the price was paid, if it is paid when booked.
_PAID = (Status.CONFIRMED, Status.ARRIVED)
_SALT = "booking.manage"
# A link in an old message still shows the visit for a while after it.
LINK_OUTLIVES = timedelta(days=30)
# As booking.reminders reckons them: in the morning for what begins at nine or later.
MORNING, MORNING_FROM = time(8), time(9)


class Terms(NamedTuple):
    """What cancelling costs now, in the appointment's currency.

    `free_until` is the last instant (aware UTC, exclusive) at which it is free;
    `refund` goes back to the patient, `fee` is kept. Both are 0 while nothing is paid.
    """

    free_until: datetime
    refund: Decimal
    fee: Decimal


def free_until(appointment: Appointment) -> datetime:
    """Until when cancelling is free: whole days by the clinic's wall clock, so that
    a day before 10:20am is 10:20am also when the clocks change in between."""
    days, hours = divmod(appointment.free_cancellation_hours, 24)
    starts = local(appointment.starts_at, appointment.location.time_zone)
    wall = starts - timedelta(days=days)
    # Of an hour that comes twice or never, the later reading is the kinder deadline.
    latest = max(wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return latest - timedelta(hours=hours)


def cancellation_terms(
    appointment: Appointment, *, at: datetime, by: str = Party.PATIENT
) -> Terms:
    """What cancelling at `at` means for the money. The clinic gives all of it back."""
    deadline = free_until(appointment)
    prepaid = appointment.payment_policy == VisitType.PaymentPolicy.BEFORE
    if not prepaid or appointment.status not in _PAID:
        return Terms(deadline, ZERO, ZERO)
    fee = ZERO
    if by == Party.PATIENT and at >= deadline:
        share = Decimal(appointment.late_cancellation_percent) / 100
        fee = round_money(appointment.price * share, appointment.currency)
    return Terms(deadline, appointment.price - fee, fee)


def manage_token(appointment: Appointment) -> str:
    """The signed part of the address under which this visit can be changed or
    cancelled without signing in. Ends a month after the visit."""
    until = int((appointment.ends_at + LINK_OUTLIVES).timestamp())
    content = f"{signing.b64_encode(appointment.public_id.bytes).decode()}.{until:x}"
    return signing.Signer(salt=_SALT).sign(content)


def read_manage_token(token: str, *, at: datetime) -> uuid.UUID | None:
    """The public id of the appointment that `token` opens; None if it is forged,
    cut short or over."""
    try:
        content = signing.Signer(salt=_SALT).unsign(token)
    except signing.BadSignature:
        return None
    encoded, _, until = content.partition(".")
    if at.timestamp() >= int(until, 16):
        return None
    return uuid.UUID(bytes=signing.b64_decode(encoded.encode()))


def leads_to_come(appointment: Appointment, *, at: datetime) -> list[str]:
    """The leads of the visit's type whose moment comes after `at`, the first one first.

    Someone who books for this afternoon gets no reminder the day before; of two that
    fall on one moment, as for ten o'clock, only the shorter one goes out.
    """
    begins = local(appointment.starts_at, appointment.location.time_zone)
    due: list[tuple[str, datetime]] = [
        (ReminderLead.DAY_BEFORE, appointment.starts_at - timedelta(hours=24))
    ]
    if begins.time() >= MORNING_FROM:
        morning = datetime.combine(begins, MORNING, begins.tzinfo)
        due.append((ReminderLead.MORNING, morning.astimezone(UTC)))
    due.append((ReminderLead.TWO_HOURS, appointment.starts_at - timedelta(hours=2)))
    leads = appointment.visit_type.reminder_leads
    by_moment = {
        moment: str(lead) for lead, moment in due if lead in leads and moment > at
    }
    return [by_moment[moment] for moment in sorted(by_moment)]
