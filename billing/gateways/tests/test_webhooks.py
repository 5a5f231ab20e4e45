"""Signatures: ours to check, the sandbox's to make. And deliveries that insist."""

import json
import time
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from billing.gateways.base import SignatureRefused
from billing.gateways.sandbox.courier import signature
from billing.gateways.stripe.client import StripeGateway
from billing.gateways.tests.test_stripe import order, wait_for
from tests.factories.payment_sandbox import SECRET, RunningSandbox
from tests.servers import serving

EVENT = {
    "id": "evt_1",
    "object": "event",
    "api_version": "2026-10-28.endive",
    "created": 1_790_000_000,
    "type": "payment_intent.succeeded",
    "livemode": False,
    "pending_webhooks": 1,
    "request": {"id": None, "idempotency_key": None},
    "data": {"object": {"id": "pi_1", "object": "payment_intent", "metadata": {}}},
}
BODY = json.dumps(EVENT).encode()


def gateway(*secrets):
    return StripeGateway(secret_key="sk_test_x", webhook_secrets=secrets or [SECRET])


def signed(body=BODY, *secrets, age=0):
    return signature(body, secrets or [SECRET], at=int(time.time()) - age)


def test_a_signed_event_is_read():
    notice = gateway().read_webhook(BODY, signed())
    assert (notice.id, notice.type, notice.object_id, notice.intent_id) == (
        "evt_1",
        "payment_intent.succeeded",
        "pi_1",
        "pi_1",
    )


def test_while_secrets_roll_over_either_will_do():
    both = gateway("whsec_new", "whsec_old")
    assert both.read_webhook(BODY, signed(BODY, "whsec_old")).id == "evt_1"
    assert both.read_webhook(BODY, signed(BODY, "whsec_new")).id == "evt_1"
    with pytest.raises(SignatureRefused):
        gateway("whsec_new").read_webhook(BODY, signed(BODY, "whsec_old"))


@pytest.mark.parametrize("age", [0, 299, -299])
def test_a_signature_holds_for_five_minutes(age):
    assert gateway().read_webhook(BODY, signed(age=age)).id == "evt_1"


@pytest.mark.parametrize("age", [302, 86_400, -302, -86_400])
def test_a_signature_from_another_time_is_refused(age):
    with pytest.raises(SignatureRefused):
        gateway().read_webhook(BODY, signed(age=age))


@pytest.mark.parametrize("body", [b"[]", b"1", b"{}", b"not json", b"\xff\xfe", b""])
def test_a_signed_body_that_is_no_event_is_refused(body):
    with pytest.raises(SignatureRefused):
        gateway().read_webhook(body, signed(body))


@pytest.mark.parametrize(
    "change",
    [
        {"created": 10**20},
        {"created": "soon"},
        {"id": "evt_\ud800"},
        {"data": {"object": {"id": "pi_1", "metadata": {"payment": "\ud800"}}}},
        {"data": {"object": {"id": "pi_1", "metadata": "none"}}},
    ],
)
def test_nor_is_one_that_could_not_be_kept(change):
    body = json.dumps(EVENT | change).encode()
    with pytest.raises(SignatureRefused):
        gateway().read_webhook(body, signed(body))


def test_without_a_secret_nothing_is_believed():
    unset = StripeGateway(secret_key="sk_test_x", webhook_secrets=["", " "])
    with pytest.raises(SignatureRefused):
        unset.read_webhook(BODY, signed(BODY, ""))


class Listener:
    """A webhook endpoint that answers as told, and remembers what it was sent."""

    def __init__(self, *statuses):
        self.statuses = list(statuses)
        self.received = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.received.append((body, self.headers["Stripe-Signature"]))
                self.send_response(
                    listener.statuses.pop(0) if listener.statuses else 200
                )
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        self.served = ExitStack()
        self.served.enter_context(serving(self.server))

    def types(self):
        return [json.loads(body)["type"] for body, _ in self.received]


@pytest.fixture
def listening():
    """Start a sandbox whose webhooks reach a listener that answers as told."""
    started = []

    def start(*statuses, **config):
        listener = Listener(*statuses)
        sandbox = RunningSandbox(webhook_url=listener.url, **config)
        started.extend([sandbox.stop, listener.served.close])
        return sandbox, listener

    yield start
    for stop in started:
        stop()


def pay_one(sandbox):
    session = sandbox.gateway().open_checkout(order())
    sandbox.pay(session.id)
    return session


def all_delivered(sandbox):
    rows = sandbox.ask("state")["deliveries"]
    return rows and all(row["state"] == "done" for row in rows)


def test_what_the_sandbox_sends_our_gateway_believes(listening):
    sandbox, listener = listening(webhook_secrets=("whsec_new", SECRET))
    pay_one(sandbox)
    wait_for(lambda: all_delivered(sandbox))
    notices = {gateway().read_webhook(*sent).type for sent in listener.received}
    assert notices == {
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    }


def test_a_webhook_is_repeated_until_it_is_taken(listening):
    sandbox, listener = listening(500, 404, 302)
    sandbox.ask("event", type="thing.happened", object={})
    wait_for(lambda: all_delivered(sandbox))
    assert listener.types() == ["thing.happened"] * 4
    assert [row["attempts"] for row in sandbox.ask("state")["deliveries"]] == [4]


def test_events_of_one_payment_arrive_in_no_particular_order(listening):
    sandbox, listener = listening()
    orders = set()
    for _ in range(12):
        listener.received.clear()
        sandbox.ask("reset")
        sandbox.ask("webhooks", held=True)
        pay_one(sandbox)
        sandbox.ask("webhooks", held=False)
        wait_for(lambda: all_delivered(sandbox))
        orders.add(tuple(listener.types()))
    assert len(orders) > 1


def test_webhooks_can_be_lost_and_sent_again(listening):
    sandbox, listener = listening()
    sandbox.ask("webhooks", drop=1)
    lost = sandbox.ask("event", type="lost.event", object={})
    sandbox.ask("event", type="other.event", object={})
    wait_for(lambda: listener.types() == ["other.event"])
    sandbox.ask("resend", event=lost["id"], times=3)
    wait_for(lambda: listener.types().count("lost.event") == 3)


def test_a_restart_keeps_pages_and_undelivered_webhooks(listening, tmp_path):
    state = str(tmp_path / "sandbox.sqlite3")
    before = RunningSandbox(state_file=state, webhook_url="http://127.0.0.1:9/")
    session = pay_one(before)
    before.stop()
    after, listener = listening(state_file=state)
    assert after.gateway().find_checkout(session.id).is_paid is True
    wait_for(lambda: len(listener.received) == 4)
