"""Money when many things happen at once, and when processes die in the middle."""

import json
import subprocess
import sys
import time
import uuid
from decimal import Decimal

import pytest
import requests
from django.utils import timezone

from billing.gateways.sandbox.courier import signature
from billing.models import Payment, ProviderEvent, Refund
from billing.payments.services import open_payment
from billing.refunds import services as refunds
from billing.refunds.services import RefundTooLarge, refund_payment
from billing.refunds.tasks import send_refund
from billing.settlements import services as settlements
from billing.settlements.tasks import settle_event
from booking.appointments.models import Status
from tests.factories.billing import PaymentFactory
from tests.factories.payment_sandbox import KEY, SECRET
from tests.jobs import queued_jobs, run_jobs
from tests.races.conftest import at_once
from tests.servers import environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
CROWD = 12


@pytest.fixture(autouse=True)
def _no_messages(settings):
    settings.EVENT_SUBSCRIPTIONS = {event: [] for event in settings.EVENT_SUBSCRIPTIONS}


def errors(outcomes, *expected):
    """The exceptions that nobody expected."""
    return [o.error for o in outcomes if o.error and not isinstance(o.error, expected)]


def fresh(row):
    row.refresh_from_db()
    return row


def event_about(payment, number=1):
    return {
        "id": f"evt_{number}",
        "object": "event",
        "created": int(time.time()),
        "type": "checkout.session.completed",
        "livemode": False,
        "data": {
            "object": {
                "id": payment.session_id,
                "object": "checkout.session",
                "metadata": {"payment": str(payment.public_id)},
            }
        },
    }


def test_one_event_twelve_times_at_once_is_stored_once(
    live_server, provider, no_deadlocks
):
    payment = PaymentFactory(session_id="cs_test_1")
    body = json.dumps(event_about(payment)).encode()

    def post():
        header = signature(body, [SECRET], at=int(time.time()))
        return requests.post(
            f"{live_server.url}/webhooks/stripe/",
            data=body,
            headers={"Stripe-Signature": header, "Content-Type": "application/json"},
            timeout=30,
        ).status_code

    outcomes = at_once([post] * CROWD)
    assert [outcome.value for outcome in outcomes] == [200] * CROWD
    assert ProviderEvent.objects.count() == 1
    assert len(queued_jobs()) == 1
    # Well under the three seconds after which the provider would grow impatient.
    assert max(outcome.seconds for outcome in outcomes) < 3


def test_all_events_of_one_payment_at_once_count_once(
    held, begin, provider, deliver_all, no_deadlocks
):
    payment = begin(held)
    provider.pay(payment.session_id)
    deliver_all()
    jobs = [ids["event_id"] for path, ids in queued_jobs()]
    assert len(jobs) >= 2

    def handle(event_id):
        return lambda: settle_event(event_id=event_id)

    # Each job twice, as a queue that delivers at least once may do.
    assert errors(at_once([handle(pk) for pk in jobs * 2])) == []
    run_jobs()
    assert fresh(payment).status == "SUCCEEDED"
    assert fresh(held).status == Status.CONFIRMED
    assert held.status_changes.filter(to_status="CONFIRMED").count() == 1
    assert set(ProviderEvent.objects.values_list("status", flat=True)) <= {
        "HANDLED",
        "IGNORED",
    }


def test_two_payments_of_one_visit_settled_at_once_keep_one(
    held, begin, provider, deliver_all, no_deadlocks
):
    first = begin(held, return_path="/a/")
    second = begin(held, return_path="/b/")
    for payment in (first, second):
        provider.pay(payment.session_id)
    deliver_all()
    jobs = [
        ids["event_id"] for path, ids in queued_jobs() if path.endswith("settle_event")
    ]

    def handle(event_id):
        return lambda: settle_event(event_id=event_id)

    assert errors(at_once([handle(pk) for pk in jobs])) == []
    run_jobs()
    assert {fresh(first).status, fresh(second).status} == {"SUCCEEDED", "RETURNED"}
    assert [row.amount for row in Refund.objects.all()] == [Decimal("65.00")]


def test_many_presses_of_the_pay_button_open_one_payment(held, no_deadlocks):
    key = uuid.uuid4()

    def press(own_key):
        return lambda: (
            open_payment(
                actor=None,
                appointment=held,
                return_path="/pay/",
                is_live=False,
                at=timezone.now(),
                idempotency_key=own_key,
            ).pk
        )

    same = at_once([press(key)] * CROWD)
    assert errors(same) == []
    others = at_once([press(uuid.uuid4()) for _ in range(CROWD)])
    assert errors(others) == []
    assert len({outcome.value for outcome in same + others}) == 1
    assert Payment.objects.count() == 1


def race_for_refunds(payment):
    def ask(number):
        return lambda: refund_payment(
            actor=None,
            payment=payment,
            amount=Decimal("20.00"),
            reason="Race",
            dedupe_key=f"race-{number}",
            at=timezone.now(),
        )

    outcomes = at_once([ask(number) for number in range(CROWD)])
    assert errors(outcomes, RefundTooLarge) == []
    return sum(row.amount for row in Refund.objects.all())


def test_refunds_at_once_never_exceed_what_was_paid(db, no_deadlocks):
    payment = PaymentFactory(paid=True)
    assert race_for_refunds(payment) == Decimal("60.00")


def test_without_the_lock_they_do(transactional_db, monkeypatch):
    """The control: it is the lock that keeps them."""
    payment = PaymentFactory(paid=True)

    def dawdle(left):
        def slowly(payment):
            found = left(payment)
            time.sleep(0.2)
            return found

        return slowly

    monkeypatch.setattr(refunds, "refundable", dawdle(refunds.refundable))
    monkeypatch.setattr(refunds, "lock_payment", lambda payment: payment)
    assert race_for_refunds(payment) > payment.amount


def test_with_the_lock_dawdling_changes_nothing(transactional_db, monkeypatch):
    payment = PaymentFactory(paid=True)
    plain = refunds.refundable

    def slowly(payment):
        found = plain(payment)
        time.sleep(0.05)
        return found

    monkeypatch.setattr(refunds, "refundable", slowly)
    assert race_for_refunds(payment) == Decimal("60.00")


# What a process does that is killed before it can commit.
KILLED = """
import os, signal, django
django.setup()
from {module} import {name}
import {patched_module} as patched
def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
patched.{patched} = die
{name}({argument})
"""


def run_and_kill(provider, **parts):
    """Run a job in a process of its own that dies at the `patched` function."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED.format(**parts)],
        env=environment(
            STRIPE_SECRET_KEY=KEY,
            STRIPE_WEBHOOK_SECRETS=SECRET,
            STRIPE_API_BASE=provider.url,
        ),
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -9, done.stderr.decode()


def test_a_kill_between_the_refund_and_our_commit_refunds_once(
    held, begin, provider, deliver_all
):
    payment = begin(held)
    provider.pay(payment.session_id)
    deliver_all()
    run_jobs()
    refund = refund_payment(
        actor=None,
        payment=fresh(payment),
        amount=Decimal("65.00"),
        reason="Kill",
        dedupe_key="kill",
        at=timezone.now(),
    )
    run_and_kill(
        provider,
        module="billing.refunds.tasks",
        name="send_refund",
        argument=f"refund_id={refund.pk}",
        patched_module="billing.refunds.services",
        patched="settle_refund",
    )
    assert fresh(refund).status == "PENDING"
    assert len(provider.ask("state")["refund"]) == 1
    send_refund(refund_id=refund.pk)
    assert fresh(refund).status == "SUCCEEDED"
    assert len(provider.ask("state")["refund"]) == 1


def test_a_kill_in_the_middle_of_settling_leaves_nothing_half_done(
    held, begin, provider, deliver_all
):
    payment = begin(held)
    provider.pay(payment.session_id)
    deliver_all()
    event = ProviderEvent.objects.get(kind="checkout.session.completed")
    # The visit is confirmed and the payment moved by then, but not committed.
    run_and_kill(
        provider,
        module="billing.settlements.tasks",
        name="settle_event",
        argument=f"event_id={event.pk}",
        patched_module="billing.settlements.services",
        patched="adopt_refunds",
    )
    assert fresh(payment).status == "OPEN"
    assert fresh(held).status == Status.HELD
    assert (fresh(event).status, event.attempts) == ("RECEIVED", 1)
    settle_event(event_id=event.pk)
    assert fresh(payment).status == "SUCCEEDED"
    assert fresh(held).status == Status.CONFIRMED
    assert fresh(event).status == "HANDLED"


def test_an_event_that_kills_its_worker_every_time_is_given_up(
    held, begin, provider, deliver_all
):
    payment = begin(held)
    provider.pay(payment.session_id)
    deliver_all()
    event = ProviderEvent.objects.get(kind="checkout.session.completed")
    ProviderEvent.objects.filter(pk=event.pk).update(
        attempts=settlements.MAX_ATTEMPTS - 1
    )
    run_and_kill(
        provider,
        module="billing.settlements.tasks",
        name="settle_event",
        argument=f"event_id={event.pk}",
        patched_module="billing.settlements.services",
        patched="adopt_refunds",
    )
    settle_event(event_id=event.pk)
    assert fresh(event).status == "DEAD"
    assert fresh(payment).status == "OPEN"
