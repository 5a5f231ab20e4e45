"""What patients are told about their money, once each, and in which words."""

from decimal import Decimal

import pytest
from django.utils import timezone

from billing.payments.tasks import send_failure, send_receipt, send_return
from billing.refunds.tasks import send_notice
from booking.appointments.models import Status
from notifications.deliveries.models import Delivery
from tests.factories.billing import PaymentFactory, RefundFactory
from tests.jobs import run_jobs

pytestmark = pytest.mark.django_db
HEALTH = ("headache", "dermatology", "diagnosis")


@pytest.fixture
def paid(held):
    held.reason = "headache"
    held.status = Status.CONFIRMED
    held.save()
    return PaymentFactory(paid=True, appointment=held, paid_at=timezone.now())


@pytest.fixture
def returned(held):
    return PaymentFactory(
        appointment=held,
        status="RETURNED",
        returned="TAKEN",
        received=held.price,
        paid_at=timezone.now(),
    )


def words(channel="EMAIL"):
    rows = Delivery.objects.filter(channel=channel).order_by("pk")
    return [f"{row.subject}\n{row.body_text}" for row in rows]


def test_a_receipt_says_what_was_paid_for_which_visit(paid, held):
    send_receipt(payment_id=paid.pk)
    send_receipt(payment_id=paid.pk)
    (mail,) = words()
    assert mail.startswith("Paid: £65.00 for your visit on Mon ")
    assert held.reference in mail
    assert "London time" in mail
    assert f"/portal/payments/{paid.public_id}/" in mail
    assert not any(word in mail for word in HEALTH)


def test_a_guest_gets_a_signed_link_instead_of_a_sign_in(paid, held):
    held.patient.user = None
    held.patient.save()
    send_receipt(payment_id=paid.pk)
    (mail,) = words()
    assert "/book/manage/" in mail
    assert "/portal/" not in mail


def test_money_that_goes_back_is_explained_at_once(returned):
    send_return(payment_id=returned.pk)
    (mail,) = words()
    assert mail.startswith("Not booked: £65.00 goes back to you")
    assert "given to somebody else" in mail
    (text,) = words("SMS")
    assert "is not booked" in text
    assert len(text) < 320


def test_the_refund_of_such_money_says_nothing_more(returned):
    refund = RefundFactory(payment=returned)
    send_notice(payment_id=returned.pk, refund_id=refund.pk)
    assert words() == []


def test_who_paid_twice_is_told_that_the_visit_stands(returned):
    returned.returned = "DOUBLE"
    returned.save()
    send_return(payment_id=returned.pk)
    (mail,) = words()
    assert "You paid for the same visit twice." in mail
    assert "is booked" in mail
    assert "not booked" not in mail


def test_a_payment_that_failed_in_the_end_can_be_paid_again(held):
    payment = PaymentFactory(appointment=held, status="FAILED")
    send_failure(payment_id=payment.pk)
    (mail,) = words()
    assert mail.startswith("Your payment of £65.00 did not go through")
    assert f"/portal/appointments/{held.public_id}/pay/" in mail
    held.status = Status.EXPIRED
    held.save()
    late = PaymentFactory(appointment=held, status="FAILED")
    send_failure(payment_id=late.pk)
    assert len(words()) == 1


def test_a_refund_says_how_much_and_why(paid):
    refund = RefundFactory(payment=paid, amount=Decimal("32.50"))
    for _ in range(2):
        send_notice(payment_id=paid.pk, refund_id=refund.pk)
    (mail,) = words()
    assert mail.startswith("Refund: £32.50 is on its way to you")
    assert "The visit was cancelled" in mail


def test_rows_that_are_gone_tell_nobody():
    for job in (send_receipt, send_failure, send_return):
        job(payment_id=1)
    send_notice(payment_id=1, refund_id=1)
    assert Delivery.objects.count() == 0


def test_the_whole_way_tells_each_thing_once(held, begin, provider, deliver_all):
    payment = begin(held)
    provider.pay(payment.session_id)
    for _ in range(2):
        deliver_all()
        run_jobs()
    events = Delivery.objects.filter(channel="EMAIL", patient=held.patient)
    assert list(events.values_list("event", flat=True)).count("payment_received") == 1
