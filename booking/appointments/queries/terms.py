"""What a booking promises: the money when it is cancelled, moved or missed, the link
to change it, and of what it is still to remind."""

import uuid
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.core import signing

from booking.appointments.models import Appointment, Party, Status
from clinic.locations.models import ReminderLead
from clinic.visit_types.models import VisitType
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


def deadline_of(starts_at: datetime, zone: str, hours: int) -> datetime:
    """The moment `hours` before a visit, in UTC: whole days by the clinic's wall
    clock, so that a day before 10:20am is 10:20am also when the clocks change in
    between."""
    days, hours = divmod(hours, 24)
    wall = local(starts_at, zone) - timedelta(days=days)
    # Of an hour that comes twice or never, the later reading is the kinder deadline.
    latest = max(wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return latest - timedelta(hours=hours)


def fee_of(
    price: Decimal, currency: str, *, percent: int, fixed: Decimal | None
) -> Decimal:
    """What is kept of `price`: the fixed sum, else the share, in the currency's
    smallest unit, and never more than the price."""
    fee = price * percent / 100 if fixed is None else fixed
    return min(round_money(fee, currency), price)


def late_fee(appointment: Appointment) -> Decimal:
    """What cancelling too late costs, where the visit is paid first; else 0."""
    return _kept(
        appointment,
        percent=appointment.late_cancellation_percent,
        fixed=appointment.late_cancellation_fee,
    )


def missed_fee(appointment: Appointment) -> Decimal:
    """What not coming costs, where the visit is paid first; else 0."""
    return _kept(
        appointment, percent=appointment.missed_percent, fixed=appointment.missed_fee
    )


def _kept(appointment: Appointment, *, percent: int, fixed: Decimal | None) -> Decimal:
    if not _is_prepaid(appointment):
        return ZERO
    price, currency = appointment.price, appointment.currency
    return fee_of(price, currency, percent=percent, fixed=fixed)


def _is_prepaid(appointment: Appointment) -> bool:
    return appointment.payment_policy == VisitType.PaymentPolicy.BEFORE


def free_until(appointment: Appointment) -> datetime:
    """Until when cancelling is free (aware UTC, exclusive)."""
    if appointment.is_disturbed:
        return appointment.starts_at
    return _not_after(
        appointment.free_until_at,
        deadline_of(
            appointment.starts_at,
            appointment.location.time_zone,
            appointment.free_cancellation_hours,
        ),
    )


def _not_after(bound: datetime | None, deadline: datetime) -> datetime:
    return deadline if bound is None else min(bound, deadline)


def cancellation_terms(
    appointment: Appointment, *, at: datetime, by: str = Party.PATIENT
) -> Terms:
    """What cancelling at `at` means for the money. The clinic gives all of it back."""
    deadline = free_until(appointment)
    if not _is_prepaid(appointment) or appointment.status not in _PAID:
        return Terms(deadline, ZERO, ZERO)
    is_late = by == Party.PATIENT and at >= deadline
    fee = late_fee(appointment) if is_late else ZERO
    return Terms(deadline, appointment.price - fee, fee)


def bound_after_move(appointment: Appointment, *, at: datetime) -> datetime | None:
    """What a move by the patient at `at` makes of `free_until_at`: from a late one on
    cancelling costs what it costs before the move, however late the new time is."""
    deadline = free_until(appointment)
    return deadline if at >= deadline else appointment.free_until_at


def terms_after_move(
    appointment: Appointment, *, starts_at: datetime, zone: str, at: datetime
) -> Terms:
    """What cancelling would mean at `at`, if the patient moved the visit now to
    `starts_at` at a place with the clock of `zone`. Moving itself costs nothing."""
    deadline = _not_after(
        bound_after_move(appointment, at=at),
        deadline_of(starts_at, zone, appointment.free_cancellation_hours),
    )
    if not _is_prepaid(appointment):
        return Terms(deadline, ZERO, ZERO)
    fee = late_fee(appointment) if at >= deadline else ZERO
    return Terms(deadline, appointment.price - fee, fee)


def missed_terms(appointment: Appointment) -> Terms:
    """What not coming means for the money of a visit that was booked."""
    fee = missed_fee(appointment)
    paid = appointment.price if _is_prepaid(appointment) else ZERO
    return Terms(free_until(appointment), paid - fee, fee)


class Link(NamedTuple):
    """What a signed link opens: one visit, as long as it is at the time of then."""

    public_id: uuid.UUID
    version: str

    def is_of(self, appointment: Appointment) -> bool:
        """Whether the visit still has the time that it had when the link was made."""
        return self.version == _version(appointment)


def manage_token(appointment: Appointment) -> str:
    """The signed part of the address under which this visit can be seen until a month
    after it, and moved or cancelled before it, without signing in. Every move makes
    it void."""
    until = int((appointment.ends_at + LINK_OUTLIVES).timestamp())
    encoded = signing.b64_encode(appointment.public_id.bytes).decode()
    content = f"{encoded}.{until:x}{_version(appointment)}"
    return signing.Signer(salt=_SALT).sign(content)


def _version(appointment: Appointment) -> str:
    """Differs from move to move, also back to a time that it had before."""
    moved_at = appointment.moved_at
    return f".{int(moved_at.timestamp() * 1_000_000):x}" if moved_at else ""


def read_manage_token(token: str, *, at: datetime) -> Link | None:
    """What `token` opens; None if it is forged, cut short or over."""
    try:
        content = signing.Signer(salt=_SALT).unsign(token)
    except signing.BadSignature:
        return None
    encoded, until, *version = content.split(".")
    if at.timestamp() >= int(until, 16):
        return None
    public_id = uuid.UUID(bytes=signing.b64_decode(encoded.encode()))
    return Link(public_id, "".join(f".{part}" for part in version))


def leads_to_come(appointment: Appointment, *, at: datetime) -> list[str]:
    """The leads of the visit's location, or else of its type, whose moment comes after
    `at`, the first one first.

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
    own = appointment.location.reminder_leads
    leads = appointment.visit_type.reminder_leads if own is None else own
    by_moment = {
        moment: str(lead) for lead, moment in due if lead in leads and moment > at
    }
    return [by_moment[moment] for moment in sorted(by_moment)]
