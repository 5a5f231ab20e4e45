"""What was paid, and what is still to be paid."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from django.db.models import Prefetch, Q, QuerySet
from django.urls import reverse

from accounts.models import Patient
from billing.gateways.base import CheckoutRequest
from billing.payments.models import RECEIVED, UNANSWERED, Payment, PaymentQuerySet
from booking.appointments.models import HOLD
from booking.appointments.queries import manage_token
from booking.models import Appointment
from foundation.formats import (
    both_zones,
    date_time,
    local,
    long_date,
    short_date,
    zone_name,
)

# Refunds that count: on their way, or there.
_GIVEN_BACK = ("PENDING", "SUCCEEDED")
# A session cannot be made to end sooner than this after it was asked for.
# Source: Stripe API reference, Checkout Session, `expires_at`.
SHORTEST_SESSION_MINUTES = 30


class Step(StrEnum):
    """How far somebody is who pays for a held visit."""

    PAYABLE = "payable"  # they can pay, or are about to
    PROCESSING = "processing"  # the bank has the money and has not let go of it
    PAID = "paid"
    RETURNED = "returned"  # it came, and went back
    CHECKED = "checked"  # something does not match; people look at it
    LOST = "lost"  # the visit can't be paid for any more


@dataclass(frozen=True)
class Progress:
    """`payment` is the last try, if there was one."""

    step: Step
    payment: Payment | None

    @property
    def is_moving(self) -> bool:
        """Whether news may come: of late money, too."""
        waits = self.step in (Step.PAYABLE, Step.PROCESSING, Step.LOST)
        return waits and self.payment is not None

    @property
    def has_failed(self) -> bool:
        """Whether the last try is over, so that there is nothing to wait for."""
        over = (Payment.Status.FAILED, Payment.Status.EXPIRED)
        return self.payment is None or self.payment.status in over


@dataclass(frozen=True)
class PaymentState:
    """Where the money of one visit stands.

    `status` is a key of the status words: FREE, AT_CLINIC, DUE, PROCESSING, PAID,
    PARTLY_REFUNDED, REFUNDED, CANCELLED (nothing was and nothing will be paid).
    """

    status: str
    amount: Decimal
    currency: str
    refunded: Decimal = Decimal("0.00")
    payment: Payment | None = None

    @property
    def is_payable(self) -> bool:
        """Whether a "Pay" button makes sense."""
        return self.status == "DUE"


# What a payer may be told; of lost or stolen cards only that they were declined.
# Source: Stripe, "Decline codes".
_DECLINES = {
    "insufficient_funds": "Your bank says that there is not enough money.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "The security code of the card was not right.",
    "processing_error": "Your bank had a problem with the card.",
    "payment_intent_authentication_failure": "Your bank could not confirm it was you.",
}
# In the order in which they decide what a payer is told.
_STEPS = {
    Payment.Status.SUCCEEDED: Step.PAID,
    Payment.Status.PROCESSING: Step.PROCESSING,
    Payment.Status.FLAGGED: Step.CHECKED,
    Payment.Status.RETURNED: Step.RETURNED,
}
# Booked, with money or without: there is nothing to pay.
_SETTLED = (
    "REQUESTED",
    "CONFIRMED",
    "ARRIVED",
    "IN_CONSULTATION",
    "COMPLETED",
    "MISSED",
)


def payments_of(patient: Patient) -> QuerySet[Payment]:
    """A patient's payments that moved money, newest first, with their refunds."""
    return (
        Payment.objects.filter(patient=patient, status__in=RECEIVED)
        .select_related("appointment__doctor", "appointment__location")
        .prefetch_related("refunds")
        .order_by("-created_at")
    )


def payment_state(appointment: Appointment) -> PaymentState:
    """Where the money of this visit stands. One or two queries."""
    return payment_states([appointment])[appointment.pk]


def payment_states(appointments: Iterable[Appointment]) -> dict[int, PaymentState]:
    """The state of each visit's money, by the visit's id. Two queries at most."""
    visits = list(appointments)
    rows = (
        Payment.objects.filter(appointment__in=visits)
        .filter(Q(status__in=RECEIVED) | Q(status__in=UNANSWERED))
        .prefetch_related(Prefetch("refunds"))
        .order_by("pk")
    )
    by_visit: dict[int, list[Payment]] = {visit.pk: [] for visit in visits}
    for row in rows:
        by_visit[row.appointment_id].append(row)
    return {visit.pk: _state(visit, by_visit[visit.pk]) for visit in visits}


def given_back(payment: Payment) -> Decimal:
    """What went back of a payment, or is on its way. Uses prefetched refunds."""
    sums = (r.amount for r in payment.refunds.all() if r.status in _GIVEN_BACK)
    return sum(sums, Decimal("0.00"))


def progress_of(visit: Appointment, *, at: datetime) -> Progress:
    """How far the payment of a visit is, for the person who pays. One query."""
    rows = list(Payment.objects.filter(appointment=visit).order_by("pk"))
    last = rows[-1] if rows else None
    by_status = {row.status: row for row in rows}
    for status, step in _STEPS.items():
        if status in by_status:
            return Progress(step, by_status[status])
    if visit.status in _SETTLED:
        return Progress(Step.PAID, last)
    is_held = visit.status == "HELD" and (visit.hold_expires_at or at) > at
    return Progress(Step.PAYABLE if is_held else Step.LOST, last)


def decline_words(payment: Payment) -> str:
    """Why the bank said no, as the payer may know it; empty if it did not."""
    if not payment.error_code:
        return ""
    return _DECLINES.get(payment.error_code, "Your card was declined.")


def hold_words(visit: Appointment, *, theirs: str, at: datetime) -> str:
    """Until when the visit is held: a clock time, or with the day if that is far off.

    `theirs` is the payer's time zone, or empty.
    """
    until, zone = visit.hold_expires_at or at, visit.location.time_zone
    if until - at > HOLD * 2:
        return f"{date_time(until, zone)}, {zone_name(zone, until)}"
    return both_zones(until, zone, theirs or zone)


def status_of(payment: Payment) -> str:
    """The key of the status words for a payment that moved money, refunds included."""
    if payment.status == Payment.Status.RETURNED:
        return "REFUNDED"
    if payment.status != Payment.Status.SUCCEEDED:
        return payment.status
    back = given_back(payment)
    words = {Decimal("0.00"): "PAID", payment.amount: "REFUNDED"}
    return words.get(back, "PARTLY_REFUNDED")


def open_payment_of(appointment: Appointment) -> Payment | None:
    """The one payment of a visit that may be going on right now."""
    return Payment.objects.filter(appointment=appointment).unanswered().first()


def lapsed(at: datetime) -> PaymentQuerySet:
    """Open payments whose visit waits for no money any more: their pages must close.

    Those that the bank is working on are left alone: they cannot be called back.
    """
    return Payment.objects.filter(status=Payment.Status.OPEN).exclude(
        appointment__status="HELD", appointment__hold_expires_at__gt=at
    )


def unanswered_since(before: datetime) -> PaymentQuerySet:
    """Payments with a page at the provider that have had no answer since `before`."""
    return (
        Payment.objects.unanswered()
        .filter(created_at__lte=before)
        .exclude(session_id="")
        .order_by("created_at")
    )


def _state(visit: Appointment, payments: list[Payment]) -> PaymentState:
    for status in (Payment.Status.SUCCEEDED, *UNANSWERED, Payment.Status.FLAGGED):
        for payment in payments:
            if payment.status == status:
                return _state_of(visit, payment)
    returned = [p for p in payments if p.status == Payment.Status.RETURNED]
    if returned:
        payment = returned[-1]
        return PaymentState(
            "REFUNDED", visit.price, visit.currency, payment.amount, payment
        )
    return PaymentState(_unpaid(visit), visit.price, visit.currency)


def _state_of(visit: Appointment, payment: Payment) -> PaymentState:
    back = given_back(payment)
    if payment.status == Payment.Status.SUCCEEDED:
        status = status_of(payment)
    elif payment.status == Payment.Status.OPEN:
        status = _unpaid(visit)
    else:
        # What does not match is being looked at; the patient has paid something.
        status = "PROCESSING"
    return PaymentState(status, visit.price, visit.currency, back, payment)


def _unpaid(visit: Appointment) -> str:
    if not visit.price:
        return "FREE"
    if visit.status in {"CANCELLED", "DECLINED", "EXPIRED"}:
        return "CANCELLED"
    return "AT_CLINIC" if visit.payment_policy == "AT_CLINIC" else "DUE"


def checkout_request(payment: Payment, *, site: str) -> CheckoutRequest:
    """What to ask the provider for. The same payment always asks for the same.

    `site` is our scheme and host, as the payer knows them. Tells the provider what is
    paid and when, but nothing of why somebody comes, or to whom.
    """
    visit = payment.appointment
    day = long_date(local(visit.starts_at, visit.location.time_zone).date())
    return CheckoutRequest(
        idempotency_key=f"checkout-{payment.public_id}",
        amount=payment.amount,
        currency=payment.currency,
        description=f"Visit on {day}, reference {visit.reference}",
        reference=visit.reference,
        email=payment.patient.email,
        success_url=f"{site}{payment.return_path}return/",
        cancel_url=f"{site}{payment.return_path}?back=1",
        expires_at=payment.session_expires_at,
        metadata={"payment": str(payment.public_id), "visit": str(visit.public_id)},
    )


def visit_words(visit: Appointment) -> dict[str, str]:
    """What messages about money say of the visit: when, with whom, under which code."""
    zone = visit.location.time_zone
    return {
        "when": date_time(visit.starts_at, zone),
        "day": short_date(local(visit.starts_at, zone).date()),
        "zone_words": zone_name(zone, visit.starts_at),
        "doctor": visit.doctor.full_name,
        "reference": visit.reference,
    }


def visit_link(visit: Appointment) -> str:
    """Where the patient sees the visit: in the portal, or by a signed link."""
    if visit.patient is not None and visit.patient.user_id is not None:
        return reverse("booking:appointment", args=[visit.public_id])
    return reverse("booking:manage", args=[manage_token(visit)])
