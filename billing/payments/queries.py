"""What was paid, and what is still to be paid."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Prefetch, Q, QuerySet

from accounts.models import Patient
from billing.gateways.base import CheckoutRequest
from billing.payments.models import RECEIVED, UNANSWERED, Payment, PaymentQuerySet
from booking.models import Appointment
from foundation.formats import local, long_date

# Refunds that count: on their way, or there.
_GIVEN_BACK = ("PENDING", "SUCCEEDED")
# A session cannot be made to end sooner than this after it was asked for.
# Source: Stripe API reference, Checkout Session, `expires_at`.
SHORTEST_SESSION_MINUTES = 30


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


def open_payment_of(appointment: Appointment) -> Payment | None:
    """The one payment of a visit that may be going on right now."""
    return Payment.objects.filter(appointment=appointment).unanswered().first()


def last_payment_of(appointment: Appointment) -> Payment | None:
    return Payment.objects.filter(appointment=appointment).order_by("-pk").first()


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
        words = {Decimal("0.00"): "PAID", payment.amount: "REFUNDED"}
        status = words.get(back, "PARTLY_REFUNDED")
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
