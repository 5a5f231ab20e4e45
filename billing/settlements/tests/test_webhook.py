"""Who may tell us anything, and how often."""

import json
import time
from copy import deepcopy

import pytest
from django.test import Client

from billing.gateways.sandbox.courier import signature
from billing.models import Payment, ProviderEvent
from billing.settlements.services import KINDS
from tests.factories.billing import PaymentFactory
from tests.factories.payment_sandbox import SECRET
from tests.jobs import queued_jobs

pytestmark = pytest.mark.django_db
URL = "/webhooks/stripe/"
EVENT = {
    "id": "evt_test_1",
    "object": "event",
    "api_version": "2026-10-28.endive",
    "created": 1_790_000_000,
    "type": "checkout.session.completed",
    "livemode": False,
    "pending_webhooks": 1,
    "request": {"id": None, "idempotency_key": None},
    "data": {
        "object": {
            "id": "cs_test_1",
            "object": "checkout.session",
            "payment_intent": "pi_1",
            "metadata": {},
        }
    },
}


@pytest.fixture
def payment(provider):
    return PaymentFactory(session_id="cs_test_1")


def about(payment, **changes):
    event = deepcopy(EVENT) | changes
    event["data"]["object"]["metadata"] = {"payment": str(payment.public_id)}
    return event


def now(age=0):
    return int(time.time()) - age


def v1(body, secret=SECRET, age=0):
    """The bare hex of a right signature."""
    header = signature(body, [secret], at=now(age))
    return header.split("v1=")[1].split(",")[0]


def right(body):
    return signature(body, [SECRET], at=now())


WRONG = {
    "no header": lambda body: None,
    "empty": lambda body: "",
    "words": lambda body: "let me in",
    "no time": lambda body: f"v1={v1(body)}",
    "no signature": lambda body: f"t={now()}",
    "time is no number": lambda body: f"t=now,v1={v1(body)}",
    "too old": lambda body: signature(body, [SECRET], at=now(302)),
    "a day old": lambda body: signature(body, [SECRET], at=now(86_400)),
    "from the future": lambda body: signature(body, [SECRET], at=now(-302)),
    "another secret": lambda body: signature(body, ["whsec_other"], at=now()),
    "another body": lambda body: signature(body + b" ", [SECRET], at=now()),
    "another time": lambda body: f"t={now() - 5},v1={v1(body)}",
    "only v0": lambda body: f"t={now()},v0={v1(body)}",
    "only v2": lambda body: f"t={now()},v2={v1(body)}",
    "cut short": lambda body: f"t={now()},v1={v1(body)[:-1]}",
    "capitals": lambda body: f"t={now()},v1={v1(body).upper()}",
    "empty v1": lambda body: f"t={now()},v1=",
    "time twice, the wrong one first": lambda body: (
        f"t={now(900)},t={now()},v1={v1(body)}"
    ),
    "not ASCII": lambda body: f"t={now()},v1=\xe9",
}


def test_there_are_at_least_18_ways_to_be_wrong():
    assert len(WRONG) >= 18


@pytest.mark.parametrize("way", WRONG)
def test_a_wrong_signature_changes_nothing(client, payment, way):
    body = json.dumps(about(payment)).encode()
    header = WRONG[way](body)
    headers = {} if header is None else {"Stripe-Signature": header}
    before = list(Payment.objects.values())
    answer = client.post(
        URL, data=body, content_type="application/json", headers=headers
    )
    assert answer.status_code == 400
    assert ProviderEvent.objects.count() == 0
    assert list(Payment.objects.values()) == before
    assert queued_jobs() == []


def test_a_right_signature_is_stored_and_queued(client, payment, deliver):
    assert deliver(about(payment)).status_code == 200
    event = ProviderEvent.objects.get()
    assert (event.provider_event_id, event.kind, event.object_id, event.payment) == (
        "evt_test_1",
        "checkout.session.completed",
        "cs_test_1",
        payment,
    )
    assert queued_jobs() == [
        ("billing.settlements.tasks.settle_event", {"event_id": event.pk})
    ]


def test_the_same_event_four_times_in_a_row_is_one(client, payment, deliver):
    answers = {deliver(about(payment)).status_code for _ in range(4)}
    assert answers == {200}
    assert ProviderEvent.objects.count() == 1
    assert len(queued_jobs()) == 1


def test_no_cookie_and_no_csrf_token_are_needed(payment):
    strict = Client(enforce_csrf_checks=True)
    body = json.dumps(about(payment)).encode()
    answer = strict.post(
        URL,
        data=body,
        content_type="application/json",
        headers={"Stripe-Signature": right(body)},
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_post_is_known(client, provider, method):
    assert getattr(client, method)(URL).status_code == 405


def test_a_body_that_is_too_large_is_not_read(client, payment, deliver):
    event = about(payment)
    event["padding"] = "x" * (256 * 1024)
    assert deliver(event).status_code == 413
    assert ProviderEvent.objects.count() == 0


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"id": 5}', b"[" * 50_000])
def test_a_signed_body_that_is_no_event_is_refused(client, provider, body):
    answer = client.post(
        URL,
        data=body,
        content_type="application/json",
        headers={"Stripe-Signature": right(body)},
    )
    assert answer.status_code == 400
    assert ProviderEvent.objects.count() == 0


def test_events_that_name_no_payment_of_ours_are_kept_and_ignored(
    client, provider, deliver
):
    for number, metadata in enumerate(
        [
            {},
            {"order": "17"},
            {"payment": "17"},
            {"payment": "2f2bd3a7-0000-4000-8000-000000000000"},
        ]
    ):
        event = deepcopy(EVENT) | {"id": f"evt_{number}"}
        event["data"]["object"]["metadata"] = metadata
        assert deliver(event).status_code == 200
    assert set(ProviderEvent.objects.values_list("status", flat=True)) == {"IGNORED"}
    assert queued_jobs() == []


@pytest.mark.parametrize("kind", ["invoice.paid", "customer.created", "a.new.thing"])
def test_kinds_that_we_do_not_know_are_ignored(client, payment, deliver, kind):
    assert kind not in KINDS
    assert deliver(about(payment, type=kind)).status_code == 200
    assert ProviderEvent.objects.get().status == "IGNORED"
    assert queued_jobs() == []


def test_events_of_another_account_are_ignored(client, payment, deliver):
    assert deliver(about(payment, account="acct_other")).status_code == 200
    assert ProviderEvent.objects.get().status == "IGNORED"


def test_the_answer_does_not_wait_for_the_provider(client, payment, deliver, provider):
    provider.ask("faults", mode="slow", seconds=2.0, count=9)
    before = time.monotonic()
    assert deliver(about(payment)).status_code == 200
    assert time.monotonic() - before < 1.0


def test_without_secrets_nobody_is_believed(client, payment, settings, deliver):
    settings.STRIPE_WEBHOOK_SECRETS = []
    assert deliver(about(payment)).status_code == 400


def test_while_a_secret_rolls_over_both_hold(client, payment, settings, deliver):
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", SECRET]
    body = json.dumps(about(payment)).encode()
    assert deliver(about(payment)).status_code == 200
    new = signature(body, ["whsec_new"], at=now())
    assert deliver(about(payment), header=new).status_code == 200
