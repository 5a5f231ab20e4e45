"""Jobs: tell the patient what became of a payment. Each tells once."""

from typing import Any

from django.urls import reverse
from django.utils import timezone

from billing.payments.models import Payment
from billing.payments.queries import visit_link, visit_words
from booking.appointments.queries import manage_token
from foundation.formats import date_time, money
from notifications.deliveries.services import notify
from notifications.preferences.queries import recipient_for_patient


def send_receipt(*, payment_id: int) -> None:
    """billing.payment_succeeded: what was paid, for what, and when."""
    payment = _payment(payment_id)
    if payment is None or payment.paid_at is None:
        return
    visit = payment.appointment
    zone = visit.location.time_zone
    link = visit_link(visit)
    if payment.patient.user_id is not None:
        link = reverse("billing:receipt", args=[payment.public_id])
    _tell(payment, "payment_received", link, paid=date_time(payment.paid_at, zone))


def send_failure(*, payment_id: int) -> None:
    """billing.payment_failed: the bank said no after the payer had left."""
    payment = _payment(payment_id)
    if payment is None or payment.status != Payment.Status.FAILED:
        return
    visit = payment.appointment
    until = visit.hold_expires_at
    if visit.status != "HELD" or until is None or until <= timezone.now():
        return
    if payment.patient.user_id is not None:
        link = reverse("billing:pay_appointment", args=[visit.public_id])
    else:
        link = reverse("billing:pay_managed", args=[manage_token(visit)])
    zone = visit.location.time_zone
    _tell(payment, "payment_failed", link, until=date_time(until, zone))


def send_return(*, payment_id: int) -> None:
    """billing.payment_returned: the money came and could not be kept."""
    payment = _payment(payment_id)
    if payment is None or payment.status != Payment.Status.RETURNED:
        return
    link = reverse("booking:draft_start")
    if payment.returned == Payment.Returned.DOUBLE:
        link = visit_link(payment.appointment)
    _tell(payment, "payment_returned", link, because=payment.returned)


def _payment(payment_id: int) -> Payment | None:
    rows = Payment.objects.select_related(
        "appointment__location", "appointment__doctor", "patient__user"
    )
    return rows.filter(pk=payment_id).first()


def _tell(payment: Payment, event: str, link: str, **words: Any) -> None:
    context = {
        **visit_words(payment.appointment),
        "amount": money(payment.amount, payment.currency, exact=True),
        **words,
    }
    notify(
        event=event,
        recipient=recipient_for_patient(payment.patient),
        context=context,
        dedupe_key=f"{event}:{payment.pk}",
        link=link,
        at=timezone.now(),
    )
