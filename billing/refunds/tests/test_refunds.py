"""Money on its way back: once, never too much, and not lost on the way."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from audit.models import Entry
from billing.models import Payment, Refund
from billing.payments.queries import payment_state
from billing.refunds.queries import refundable
from billing.refunds.services import (
    NothingToRefund,
    NotRetryable,
    RefundTooLarge,
    refund_payment,
    retry_refund,
    settle_cancellation,
)
from billing.refunds.tasks import send_refund
from billing.settlements.tasks import chase_unfinished
from booking.appointments.models import Status
from tests.factories.billing import PaymentFactory, RefundFactory
from tests.jobs import queued_jobs, run_jobs

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_messages(settings):
    settings.EVENT_SUBSCRIPTIONS = {event: [] for event in settings.EVENT_SUBSCRIPTIONS}


@pytest.fixture
def pay(held, begin, provider, deliver_all):
    """Ann's visit, paid for at the provider with a given card."""

    def run(card="4242424242424242"):
        payment = begin(held)
        provider.pay(payment.session_id, card)
        deliver_all()
        run_jobs()
        payment.refresh_from_db()
        assert payment.status == "SUCCEEDED"
        return payment

    return run


def give_back(payment, amount="65.00", key="k", actor=None):
    return refund_payment(
        actor=actor,
        payment=payment,
        amount=Decimal(amount),
        reason="Goodwill",
        dedupe_key=key,
        at=timezone.now(),
    )


def at_provider(provider):
    return [
        (row["amount"], row["status"]) for row in provider.ask("state")["refund"][::-1]
    ]


def test_a_refund_is_promised_queued_and_sent(pay, provider, biller):
    payment = pay()
    refund = give_back(payment, "20.00", actor=biller)
    assert refund.status == "PENDING"
    assert queued_jobs() == [
        ("billing.refunds.tasks.send_refund", {"refund_id": refund.pk})
    ]
    run_jobs()
    refund.refresh_from_db()
    assert (refund.status, refund.error) == ("SUCCEEDED", "")
    assert refund.provider_id.startswith("re_")
    assert refund.refunded_at is not None
    assert at_provider(provider) == [(2000, "succeeded")]
    assert refundable(payment) == Decimal("45.00")
    assert set(
        Entry.objects.filter(verb__startswith="refund.").values_list("verb", "actor_id")
    ) == {("refund.opened", biller.pk), ("refund.succeeded", None)}


def test_the_same_cause_refunds_once(pay, provider):
    payment = pay()
    assert give_back(payment, "20.00") == give_back(payment, "20.00")
    run_jobs()
    assert at_provider(provider) == [(2000, "succeeded")]


def test_refunds_together_never_exceed_the_payment(pay):
    payment = pay()
    give_back(payment, "40.00", "a")
    with pytest.raises(RefundTooLarge, match=r"Only £25.00 is left"):
        give_back(payment, "25.01", "b")
    give_back(payment, "25.00", "c")
    assert refundable(payment) == Decimal("0.00")


def test_a_failed_refund_frees_its_sum(pay):
    payment = pay()
    refund = give_back(payment)
    Refund.objects.filter(pk=refund.pk).update(status="FAILED")
    assert refundable(payment) == Decimal("65.00")


@pytest.mark.parametrize("status", ["OPEN", "PROCESSING", "EXPIRED", "FAILED"])
def test_what_was_not_received_cannot_go_back(status):
    payment = PaymentFactory(status=status)
    with pytest.raises(NothingToRefund):
        give_back(payment)


def test_flagged_money_goes_back_as_it_came():
    payment = PaymentFactory(status="FLAGGED", received=Decimal("64.00"))
    with pytest.raises(RefundTooLarge):
        give_back(payment, "65.00")
    assert give_back(payment, "64.00").amount == Decimal("64.00")


def test_dying_between_the_provider_and_our_commit_refunds_once(pay, provider):
    refund = give_back(pay(), "20.00")
    send_refund(refund_id=refund.pk)
    # What a killed worker leaves: the provider did it, our transaction did not.
    Refund.objects.filter(pk=refund.pk).update(
        status="PENDING", provider_id="", refunded_at=None
    )
    send_refund(refund_id=refund.pk)
    assert at_provider(provider) == [(2000, "succeeded")]
    refund.refresh_from_db()
    assert refund.status == "SUCCEEDED"


def test_a_lost_answer_refunds_once(pay, provider):
    refund = give_back(pay(), "20.00")
    provider.ask("faults", mode="lost", method="POST")
    send_refund(refund_id=refund.pk)
    refund.refresh_from_db()
    # The library itself asked again, under the same key.
    send_refund(refund_id=refund.pk)
    assert at_provider(provider) == [(2000, "succeeded")]


def test_an_absent_provider_is_asked_again_by_the_chase(pay, provider):
    refund = give_back(pay(), "20.00")
    provider.ask("faults", mode="unavailable", count=9)
    run_jobs()
    refund.refresh_from_db()
    assert (refund.status, refund.provider_id) == ("PENDING", "")
    provider.ask("faults")
    Refund.objects.update(updated_at=timezone.now() - timedelta(minutes=2))
    chase_unfinished()
    run_jobs()
    assert at_provider(provider) == [(2000, "succeeded")]


def test_a_key_that_the_provider_holds_a_failure_under_is_renewed(pay, provider):
    refund = give_back(pay(), "20.00")
    provider.ask("faults", mode="broken", method="POST", count=1)
    send_refund(refund_id=refund.pk)
    send_refund(refund_id=refund.pk)
    refund.refresh_from_db()
    assert refund.key_number == 2
    send_refund(refund_id=refund.pk)
    refund.refresh_from_db()
    assert refund.status == "SUCCEEDED"
    assert at_provider(provider) == [(2000, "succeeded")]


def test_a_refusal_is_shown_and_can_be_tried_again(pay, provider, biller):
    payment = pay()
    intent = provider.gateway()._client.v1.refunds
    intent.create({"payment_intent": payment.intent_id})
    refund = give_back(payment)
    run_jobs()
    refund.refresh_from_db()
    assert (refund.status, refund.error) == ("FAILED", "charge_already_refunded")
    with pytest.raises(NotRetryable):
        retry_refund(actor=biller, refund=RefundFactory(), at=timezone.now())


def test_a_refund_that_the_bank_sends_back_is_a_failed_one(
    pay, provider, biller, deliver_all
):
    refund = give_back(pay("4000000000005126"))
    run_jobs()
    refund.refresh_from_db()
    assert refund.status == "SUCCEEDED"
    provider.ask("clock", advance=10)
    deliver_all()
    run_jobs()
    refund.refresh_from_db()
    assert (refund.status, refund.error) == ("FAILED", "expired_or_canceled_card")
    retry_refund(actor=biller, refund=refund, at=timezone.now())
    run_jobs()
    refund.refresh_from_db()
    assert refund.status == "SUCCEEDED"
    assert len(at_provider(provider)) == 2


def test_a_slow_refund_is_on_its_way_and_then_there(pay, provider, deliver_all, held):
    refund = give_back(pay("4000000000007726"))
    send_refund(refund_id=refund.pk)
    refund.refresh_from_db()
    assert refund.status == "PENDING"
    assert payment_state(held).status == "REFUNDED"
    provider.ask("clock", advance=10)
    deliver_all()
    run_jobs()
    refund.refresh_from_db()
    assert refund.status == "SUCCEEDED"


def test_a_cancellation_is_settled_once_and_cut_to_what_is_left(pay, held):
    payment = pay()
    give_back(payment, "60.00")
    held.refresh_from_db()
    held.status, held.refund_due = Status.CANCELLED, Decimal("65.00")
    held.save()
    first = settle_cancellation(appointment=held, at=timezone.now())
    assert first.amount == Decimal("5.00")
    assert settle_cancellation(appointment=held, at=timezone.now()) == first


@pytest.mark.parametrize("due", [None, Decimal("0.00")])
def test_a_late_cancellation_without_a_refund_gives_nothing_back(due):
    payment = PaymentFactory(paid=True)
    visit = payment.appointment
    visit.status, visit.refund_due = Status.CANCELLED, due
    visit.save()
    assert settle_cancellation(appointment=visit, at=timezone.now()) is None
    assert Refund.objects.count() == 0


def test_a_visit_that_is_still_on_is_not_refunded():
    payment = PaymentFactory(paid=True)
    payment.appointment.refund_due = Decimal("65.00")
    payment.appointment.save()
    assert (
        settle_cancellation(appointment=payment.appointment, at=timezone.now()) is None
    )
    assert Payment.objects.get().status == "SUCCEEDED"
