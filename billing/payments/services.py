"""Opening payments and moving them. Settling them is the settlements' work."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from audit.services import record
from billing.gateways.base import CheckoutSession
from billing.payments.models import Payment
from billing.payments.queries import SHORTEST_SESSION_MINUTES, open_payment_of
from booking.models import Appointment
from foundation.errors import Refused
from foundation.jobs import enqueue

# The provider allows no page that closes with our hold, so ours are closed by a job.
# Long enough that a repeated request, which must say the same, is still allowed.
SESSION_LENGTH = timedelta(minutes=60)
SHORTEST_SESSION = timedelta(minutes=SHORTEST_SESSION_MINUTES)


class NotPayable(Refused):
    sentence = "This visit can't be paid for any more. You have not been charged."


class AlreadyPaid(Refused):
    sentence = "This visit is paid. You do not need to pay again."


class MoveRefused(Refused):
    sentence = "The payment has changed in the meantime. Load the page again."


@transaction.atomic
def open_payment(
    *,
    actor: Any,
    appointment: Appointment,
    return_path: str,
    is_live: bool,
    at: datetime,
    idempotency_key: UUID,
) -> Payment:
    """Begin, or go on with, the one open payment of a held visit.

    The same key always gives the same payment, whatever has become of it. Another open
    payment of the visit is gone on with if it leads back to the same place, else it is
    given up and its page closed by a job. Asks nothing of the provider.
    Raises NotPayable, AlreadyPaid.
    """
    known = Payment.objects.filter(idempotency_key=idempotency_key).first()
    if known is not None:
        if known.appointment_id != appointment.pk:
            raise NotPayable
        return known
    patient = appointment.patient
    if patient is None:
        raise NotPayable
    going_on = _go_on(appointment, return_path, at)
    if going_on is not None:
        return going_on
    try:
        with transaction.atomic():
            payment = Payment.objects.create(
                appointment=appointment,
                patient=patient,
                amount=appointment.price,
                currency=appointment.currency,
                is_live=is_live,
                return_path=return_path,
                session_expires_at=at + SESSION_LENGTH,
                idempotency_key=idempotency_key,
            )
    except IntegrityError as error:
        # Two clicks at once: the other one's payment is as good as ours.
        other = open_payment_of(appointment)
        if other is None:
            raise NotPayable from error
        return other
    record(
        actor=actor,
        verb="payment.opened",
        subject=payment,
        patient=patient,
    )
    return payment


@transaction.atomic
def attach_session(*, payment: Payment, session: CheckoutSession) -> Payment:
    """Remember the provider's page of an open payment.

    A payment given up in the meantime gets its page closed by a job.
    """
    payment = lock_payment(payment)
    if not payment.session_id:
        payment.session_id = session.id
        payment.session_url = session.url
        payment.save(update_fields=["session_id", "session_url", "updated_at"])
    if payment.status != Payment.Status.OPEN:
        enqueue("billing.settlements.tasks.close_checkout", payment_id=payment.pk)
    return payment


@transaction.atomic
def fail_payment(*, payment: Payment, error_code: str) -> Payment:
    """The provider would not make a page: nobody was charged. Only open ones fail."""
    payment = lock_payment(payment)
    if payment.status == Payment.Status.OPEN and not payment.session_id:
        move_payment(
            payment=payment, to=Payment.Status.FAILED, error_code=error_code[:60]
        )
    return payment


@transaction.atomic
def expire_payment(*, payment: Payment) -> Payment:
    """Give up an open payment; its page, if there is one, is closed by a job.

    Whoever pays there before it closes is caught by the rules on late money.
    """
    payment = lock_payment(payment)
    if payment.status != Payment.Status.OPEN:
        return payment
    if payment.session_id:
        enqueue("billing.settlements.tasks.close_checkout", payment_id=payment.pk)
    return move_payment(payment=payment, to=Payment.Status.EXPIRED)


@transaction.atomic
def close_flagged(*, actor: Any, payment: Payment) -> Payment:
    """Somebody looked at what does not match and put it right at the provider.

    Raises MoveRefused unless it is flagged.
    """
    payment = lock_payment(payment)
    if payment.status != Payment.Status.FLAGGED:
        raise MoveRefused
    payment = move_payment(payment=payment, to=Payment.Status.FAILED)
    record(
        actor=actor,
        verb="payment.flag_closed",
        subject=payment,
        patient=payment.patient,
    )
    return payment


def lock_payment(payment: Payment) -> Payment:
    """The payment as it is now, locked until the caller's transaction ends."""
    return Payment.objects.select_for_update().get(pk=payment.pk)


def lock_siblings(payment: Payment) -> list[Payment]:
    """All payments of the same visit, locked in order: two never settle at once."""
    return list(
        Payment.objects.filter(appointment_id=payment.appointment_id)
        .order_by("pk")
        .select_for_update()
    )


def move_payment(*, payment: Payment, to: str, **fields: Any) -> Payment:
    """Move a locked payment and set other fields with it; writes the audit's entry.

    Raises MoveRefused for a move that the table of moves lacks.
    """
    if to not in Payment.MOVES.get(payment.status, set()):
        raise MoveRefused
    payment.status = to
    for name, value in fields.items():
        setattr(payment, name, value)
    payment.save(update_fields=["status", "updated_at", *fields])
    record(
        actor=None,
        verb=f"payment.{to.lower()}",
        subject=payment,
        patient=payment.patient,
    )
    return payment


def _go_on(appointment: Appointment, return_path: str, at: datetime) -> Payment | None:
    """The open payment that still fits. Others are given up; locks all of them."""
    siblings = list(
        Payment.objects.filter(appointment=appointment)
        .order_by("pk")
        .select_for_update()
    )
    statuses = {payment.status for payment in siblings}
    if Payment.Status.SUCCEEDED in statuses:
        raise AlreadyPaid
    if Payment.Status.PROCESSING in statuses:
        raise AlreadyPaid("Your bank is still working on your payment. Please wait.")
    _refuse_unpayable(appointment, at)
    for payment in siblings:
        if payment.status == Payment.Status.OPEN:
            if _still_fits(payment, appointment, return_path, at):
                return payment
            expire_payment(payment=payment)
    return None


def _refuse_unpayable(appointment: Appointment, at: datetime) -> None:
    """Only a visit that is held for its payment can be paid."""
    is_held = (
        appointment.status == "HELD"
        and appointment.hold_expires_at is not None
        and appointment.hold_expires_at > at
    )
    if not is_held or appointment.price <= 0:
        raise NotPayable


def _still_fits(
    payment: Payment, appointment: Appointment, return_path: str, at: datetime
) -> bool:
    """Whether an open payment still fits, and its page is open or can be made."""
    fits = (
        payment.patient_id,
        payment.amount,
        payment.currency,
        payment.return_path,
    ) == (
        appointment.patient_id,
        appointment.price,
        appointment.currency,
        return_path,
    )
    left = payment.session_expires_at - at
    needed = timedelta(minutes=1) if payment.session_id else SHORTEST_SESSION
    return fits and left > needed
