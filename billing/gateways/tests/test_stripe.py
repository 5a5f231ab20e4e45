"""The gateway and the unmodified library, over real HTTP, against the sandbox."""

import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import stripe

from billing.gateways.base import (
    CheckoutRequest,
    CheckoutStatus,
    GatewayRefused,
    GatewayUnavailable,
    IntentStatus,
    RefundRequest,
    RefundStatus,
)
from billing.gateways.stripe.client import API_VERSION
from tests.factories.babble import babble
from tests.factories.payment_sandbox import free_port


def order(**changes):
    values = {
        "idempotency_key": f"checkout-{uuid4()}",
        "amount": Decimal("65.00"),
        "currency": "GBP",
        "description": "Visit",
        "reference": "K7Q-2MX",
        "email": "ann@example.org",
        "success_url": "http://127.0.0.1:9/return/?s={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://127.0.0.1:9/cancel/",
        "expires_at": datetime.now(UTC) + timedelta(hours=1),
        "metadata": {"payment": "b7d1"},
    }
    return CheckoutRequest(**values | changes)


def paid(sandbox, card="4242424242424242", **changes):
    """An intent that has taken money."""
    gateway = sandbox.gateway()
    session = gateway.open_checkout(order(**changes))
    sandbox.pay(session.id, card)
    return gateway.find_checkout(session.id).intent


def refund_of(intent, amount="65.00", **changes):
    values = {
        "idempotency_key": f"refund-{uuid4()}",
        "intent_id": intent.id,
        "amount": Decimal(amount),
        "currency": "GBP",
        "metadata": {"refund": "17"},
    }
    return RefundRequest(**values | changes)


def wait_for(question, seconds=5.0):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if answer := question():
            return answer
        time.sleep(0.02)
    pytest.fail("it never happened")


def test_the_pinned_version_is_the_one_the_library_was_made_for():
    assert stripe.api_version == API_VERSION


def test_a_checkout_page_says_what_was_asked_for(sandbox):
    wanted = order()
    session = sandbox.gateway().open_checkout(wanted)
    assert session.status is CheckoutStatus.OPEN
    assert session.is_paid is False
    assert session.url == f"{sandbox.url}/c/pay/{session.id}"
    assert (session.amount, session.currency) == (Decimal("65.00"), "GBP")
    assert session.metadata == {"payment": "b7d1"}
    assert session.expires_at == wanted.expires_at.replace(microsecond=0)
    assert session.intent is None
    assert session.live is False


def test_a_paid_page_has_an_intent_with_our_metadata(sandbox):
    gateway = sandbox.gateway()
    session = gateway.open_checkout(order())
    sandbox.pay(session.id)
    found = gateway.find_checkout(session.id)
    assert (found.status, found.is_paid, found.url) == ("complete", True, "")
    assert found.intent.status is IntentStatus.SUCCEEDED
    assert found.intent.amount_received == Decimal("65.00")
    assert found.intent.metadata == {"payment": "b7d1"}
    assert gateway.find_intent(found.intent.id) == found.intent


def test_currencies_without_small_units_are_not_multiplied(sandbox):
    intent = paid(sandbox, amount=Decimal("6500"), currency="JPY")
    state = sandbox.ask("state")["payment_intent"][0]
    assert (intent.amount, state["amount"], state["currency"]) == (
        Decimal("6500"),
        6500,
        "jpy",
    )


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ("4000000000000002", "generic_decline"),
        ("4000000000009995", "insufficient_funds"),
        ("4000000000000069", "expired_card"),
        ("4000000000000127", "incorrect_cvc"),
    ],
)
def test_a_declined_card_takes_nothing_and_leaves_the_page_open(sandbox, card, code):
    gateway = sandbox.gateway()
    session = gateway.open_checkout(order())
    sandbox.pay(session.id, card)
    found = gateway.find_checkout(session.id)
    assert (found.status, found.is_paid) == ("open", False)
    assert found.intent.status is IntentStatus.WAITING
    assert found.intent.amount_received == Decimal("0.00")
    assert found.intent.error_code == code
    sandbox.pay(session.id)
    assert gateway.find_checkout(session.id).is_paid is True


@pytest.mark.parametrize(
    ("card", "confirm", "status", "code"),
    [
        ("4000002500003155", True, "succeeded", ""),
        ("4000000000003220", True, "succeeded", ""),
        (
            "4000000000003220",
            False,
            "waiting",
            "payment_intent_authentication_failure",
        ),
        ("4000008400001629", True, "waiting", "generic_decline"),
    ],
)
def test_a_bank_may_ask_the_payer_first(sandbox, card, confirm, status, code):
    gateway = sandbox.gateway()
    session = gateway.open_checkout(order())
    sandbox.pay(session.id, card, confirm=confirm)
    found = gateway.find_checkout(session.id)
    assert (found.intent.status, found.intent.error_code) == (status, code)
    assert found.is_paid is (status == "succeeded")


def test_a_delayed_payment_is_processing_until_the_bank_answers(sandbox):
    gateway = sandbox.gateway()
    session = gateway.open_checkout(order())
    sandbox.pay(session.id, "4000000000004202")
    found = gateway.find_checkout(session.id)
    assert (found.status, found.is_paid, found.intent.status) == (
        "complete",
        False,
        "processing",
    )
    wait_for(lambda: gateway.find_checkout(session.id).is_paid)


def test_a_delayed_payment_may_fail(sandbox):
    gateway = sandbox.gateway()
    session = gateway.open_checkout(order())
    sandbox.pay(session.id, "4000000000004210")
    intent = gateway.find_checkout(session.id).intent
    wait_for(lambda: gateway.find_intent(intent.id).status is IntentStatus.WAITING)
    assert gateway.find_checkout(session.id).is_paid is False


def test_the_same_key_gives_the_same_page(sandbox):
    gateway = sandbox.gateway()
    wanted = order()
    assert gateway.open_checkout(wanted) == gateway.open_checkout(wanted)
    assert len(sandbox.ask("state")["checkout.session"]) == 1


def test_the_same_key_with_another_amount_is_refused(sandbox):
    gateway = sandbox.gateway()
    gateway.open_checkout(order(idempotency_key="one"))
    with pytest.raises(GatewayRefused):
        gateway.open_checkout(order(idempotency_key="one", amount=Decimal("1.00")))


def test_twelve_at_once_with_one_key_make_one_page(sandbox):
    wanted = order()
    ids, errors = [], []

    def ask():
        try:
            ids.append(sandbox.gateway(retries=3).open_checkout(wanted).id)
        except GatewayUnavailable as error:
            errors.append(error.code)

    sandbox.ask("faults", mode="slow", seconds=0.3)
    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sandbox.ask("state")["checkout.session"]) == 1
    assert len(set(ids)) == 1
    assert set(errors) <= {"idempotency_key_in_use"}


def test_a_key_in_use_is_an_unknown_outcome(sandbox):
    wanted = order()
    sandbox.ask("faults", mode="slow", seconds=0.5)
    first = threading.Thread(target=sandbox.gateway().open_checkout, args=[wanted])
    first.start()
    time.sleep(0.15)
    with pytest.raises(GatewayUnavailable) as caught:
        sandbox.gateway().open_checkout(wanted)
    first.join()
    assert caught.value.code == "idempotency_key_in_use"
    assert caught.value.is_final is False


def test_a_lost_answer_is_found_again_under_its_key(sandbox):
    wanted = order()
    sandbox.ask("faults", mode="lost")
    with pytest.raises(GatewayUnavailable):
        sandbox.gateway().open_checkout(wanted)
    session = sandbox.gateway().open_checkout(wanted)
    assert [row["id"] for row in sandbox.ask("state")["checkout.session"]] == [
        session.id
    ]


def test_a_slow_provider_is_given_up_in_time(sandbox):
    sandbox.ask("faults", mode="slow", seconds=1.5)
    before = time.monotonic()
    with pytest.raises(GatewayUnavailable):
        sandbox.gateway(timeout=(0.3, 0.3)).open_checkout(order())
    assert time.monotonic() - before < 1.2


def test_an_absent_provider_is_unavailable(sandbox):
    gateway = sandbox.gateway(api_base=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(GatewayUnavailable):
        gateway.open_checkout(order())


@pytest.mark.parametrize("mode", ["unavailable", "limited"])
def test_a_provider_in_trouble_can_be_asked_again(sandbox, mode):
    wanted = order()
    sandbox.ask("faults", mode=mode)
    with pytest.raises(GatewayUnavailable) as caught:
        sandbox.gateway().open_checkout(wanted)
    assert caught.value.is_final is False
    assert sandbox.gateway().open_checkout(wanted).status is CheckoutStatus.OPEN


def test_a_remembered_failure_says_that_its_key_is_spent(sandbox):
    wanted = order()
    sandbox.ask("faults", mode="broken")
    with pytest.raises(GatewayUnavailable) as first:
        sandbox.gateway().open_checkout(wanted)
    with pytest.raises(GatewayUnavailable) as second:
        sandbox.gateway().open_checkout(wanted)
    assert (first.value.is_final, second.value.is_final) == (False, True)


@pytest.mark.parametrize("said", [b"<h1>Hello</h1>", b"{}", b'{"id": "re_1", "am'])
def test_what_is_no_answer_to_a_refund_is_no_refusal(sandbox, said):
    """The money may have gone back: nobody may be told that it did not."""
    wanted = refund_of(paid(sandbox), "10.00")
    with babble() as server:
        server.said = (200, "application/json", said)
        with pytest.raises(GatewayUnavailable) as caught:
            sandbox.gateway(api_base=server.url).refund(wanted)
    assert caught.value.is_final is False


def test_a_wrong_key_is_refused(sandbox):
    with pytest.raises(GatewayRefused):
        sandbox.gateway(secret_key="sk_test_other").open_checkout(order())


def test_an_open_page_can_be_closed_and_stays_closed(sandbox):
    gateway = sandbox.gateway()
    session = gateway.open_checkout(order())
    sandbox.pay(session.id, "4000000000000002")
    closed = gateway.close_checkout(session.id)
    assert (closed.status, closed.intent.status) == ("expired", "cancelled")
    assert gateway.close_checkout(session.id) == closed


def test_closing_a_paid_page_says_that_it_is_paid(sandbox):
    gateway = sandbox.gateway()
    session = gateway.open_checkout(order())
    sandbox.pay(session.id)
    assert gateway.close_checkout(session.id).is_paid is True


def test_refunds_never_exceed_what_was_paid(sandbox):
    gateway, intent = sandbox.gateway(), paid(sandbox)
    first = gateway.refund(refund_of(intent, "32.50"))
    assert (first.status, first.amount) == (RefundStatus.SUCCEEDED, Decimal("32.50"))
    with pytest.raises(GatewayRefused):
        gateway.refund(refund_of(intent, "32.51"))
    second = gateway.refund(refund_of(intent, "32.50"))
    with pytest.raises(GatewayRefused) as caught:
        gateway.refund(refund_of(intent, "0.01"))
    assert caught.value.code == "charge_already_refunded"
    assert [row.id for row in gateway.refunds_of(intent.id)] == [second.id, first.id]
    assert gateway.find_intent(intent.id).amount_refunded == Decimal("65.00")


def test_the_same_key_refunds_once(sandbox):
    gateway, intent = sandbox.gateway(), paid(sandbox)
    wanted = refund_of(intent, "10.00")
    assert gateway.refund(wanted) == gateway.refund(wanted)
    assert gateway.find_intent(intent.id).amount_refunded == Decimal("10.00")


def test_what_was_not_paid_cannot_be_refunded(sandbox):
    gateway = sandbox.gateway()
    session = gateway.open_checkout(order())
    sandbox.pay(session.id, "4000000000000002")
    intent = gateway.find_checkout(session.id).intent
    with pytest.raises(GatewayRefused):
        gateway.refund(refund_of(intent))


@pytest.mark.parametrize(
    ("card", "at_first", "later"),
    [
        ("4000000000007726", "pending", "succeeded"),
        ("4000000000005126", "succeeded", "failed"),
    ],
)
def test_a_refund_may_take_its_time(sandbox, card, at_first, later):
    gateway = sandbox.gateway()
    intent = paid(sandbox, card)
    refund = gateway.refund(refund_of(intent))
    assert refund.status == at_first
    wait_for(lambda: gateway.find_refund(refund.id).status == later)


def test_all_pages_of_a_list_are_read(sandbox):
    for number in range(103):
        sandbox.ask("charge", amount=1000 + number)
    since = datetime.now(UTC) - timedelta(hours=1)
    amounts = [row.amount for row in sandbox.gateway().intents_since(since)]
    assert amounts == [Decimal(1000 + n) / 100 for n in reversed(range(103))]
    later = datetime.now(UTC) + timedelta(hours=1)
    assert list(sandbox.gateway().intents_since(later)) == []


def test_notices_name_the_object_and_its_intent(sandbox):
    intent = paid(sandbox)
    since = datetime.now(UTC) - timedelta(hours=1)
    rows = list(sandbox.gateway().notices_since(since))
    assert {(row.type, row.intent_id) for row in rows} == {
        ("payment_intent.created", intent.id),
        ("charge.succeeded", intent.id),
        ("payment_intent.succeeded", intent.id),
        ("checkout.session.completed", intent.id),
    }
    assert {row.metadata["payment"] for row in rows} == {"b7d1"}
    assert {row.live for row in rows} == {False}
