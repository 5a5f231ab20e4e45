"""The sandbox's wire format and manners, beyond what our gateway uses."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
import requests
import stripe

from billing.gateways.sandbox.__main__ import reason_not_to_run
from billing.gateways.sandbox.cards import CARDS
from billing.gateways.sandbox.wire import ApiError, parse_form
from tests.factories.payment_sandbox import KEY, free_port


@pytest.fixture
def client(sandbox):
    return stripe.StripeClient(KEY, base_addresses={"api": sandbox.url})


def page(**changes):
    price = {
        "currency": "gbp",
        "unit_amount": 6500,
        "product_data": {"name": "Visit"},
    }
    return {
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "success_url": "https://clinic.example/",
        **changes,
    }


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a=1&b=", {"a": "1", "b": ""}),
        ("a[b][c]=1&a[d]=2", {"a": {"b": {"c": "1"}, "d": "2"}}),
        ("a[0]=x&a[1]=y", {"a": ["x", "y"]}),
        ("a[10]=z&a[9]=y", {"a": ["y", "z"]}),
        ("a[0][b]=1&a[1][b]=2", {"a": [{"b": "1"}, {"b": "2"}]}),
        ("a[]=x&a[]=y", {"a": ["x", "y"]}),
        ("m%5Bk%5D=%26%3D+%C3%A9", {"m": {"k": "&= é"}}),
        ("", {}),
    ],
)
def test_nested_forms_become_trees(text, tree):
    assert parse_form(text) == tree


def test_a_form_that_contradicts_itself_is_refused():
    with pytest.raises(ApiError):
        parse_form("a=1&a[b]=2")


def test_every_test_card_has_a_valid_check_digit():
    def digits(number):
        for position, sign in enumerate(reversed(number)):
            value = int(sign) * (1 + position % 2)
            yield value - 9 if value > 9 else value

    assert {number for number in CARDS if sum(digits(number)) % 10} == set()


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"mode": "subscription"}, None, "mode"),
        ({"line_items": []}, "parameter_missing", "line_items"),
        ({"success_url": "clinic"}, "url_invalid", "success_url"),
        ({"customer_email": "ann"}, "email_invalid", "customer_email"),
        ({"sucess_url": "x"}, "parameter_unknown", "sucess_url"),
        (
            {"payment_method_types": ["card"]},
            "payment_method_types_no_longer_supported",
            "payment_method_types",
        ),
        ({"expires_at": 1}, None, "expires_at"),
        ({"expires_at": "soon"}, "parameter_invalid_integer", "expires_at"),
        ({"metadata": {"k" * 41: "v"}}, None, "k" * 41),
        ({"metadata": {"k": "v" * 501}}, None, "k"),
    ],
)
def test_what_stripe_refuses_is_refused(client, changes, code, param):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.checkout.sessions.create(page(**changes))
    assert (caught.value.code, caught.value.param) == (code, param)
    assert caught.value.request_id.startswith("req_")


def test_a_page_lives_from_half_an_hour_to_a_day(client):
    now = datetime.now(UTC)
    for ahead in (timedelta(minutes=29), timedelta(hours=25)):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.checkout.sessions.create(
                page(expires_at=int((now + ahead).timestamp()))
            )


def test_too_small_an_amount_is_refused(client):
    price = {"currency": "gbp", "unit_amount": 29, "product_data": {"name": "V"}}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.checkout.sessions.create(
            page(line_items=[{"quantity": 1, "price_data": price}])
        )
    assert caught.value.code == "amount_too_small"


def test_quantities_multiply_and_items_expand(client):
    price = {"currency": "gbp", "unit_amount": 1000, "product_data": {"name": "V"}}
    session = client.v1.checkout.sessions.create(
        page(
            line_items=[{"quantity": 3, "price_data": price}],
            expand=["line_items", "payment_intent.latest_charge"],
        )
    )
    assert session.amount_total == 3000
    assert [item.quantity for item in session.line_items.data] == [3]
    plain = client.v1.checkout.sessions.retrieve(session.id)
    assert "line_items" not in plain.to_dict()


def test_what_cannot_be_expanded_is_refused(client):
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.create(page(expand=["doctor"]))


def test_nothing_private_is_shown(client, sandbox):
    session = client.v1.checkout.sessions.create(page())
    sandbox.pay(session.id)
    found = client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge"]}
    )
    names = {*found.to_dict(), *found.payment_intent.to_dict()}
    names |= {*found.payment_intent.latest_charge.to_dict()}
    assert {name for name in names if name.startswith("_")} == set()


def test_a_page_expires_by_itself(client, sandbox):
    session = client.v1.checkout.sessions.create(page())
    sandbox.ask("clock", advance=24 * 3600 + 1)
    found = client.v1.checkout.sessions.retrieve(session.id)
    assert (found.status, found.url) == ("expired", None)
    assert requests.get(session.url, timeout=5).status_code == 410
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.expire(session.id)


def test_lists_are_filtered_and_cut_into_pages(client, sandbox):
    ids = [client.v1.checkout.sessions.create(page()).id for _ in range(3)]
    first = client.v1.checkout.sessions.list({"limit": 2})
    assert ([row.id for row in first.data], first.has_more) == ([ids[2], ids[1]], True)
    rest = client.v1.checkout.sessions.list({"starting_after": ids[1]})
    assert ([row.id for row in rest.data], rest.has_more) == ([ids[0]], False)
    back = client.v1.checkout.sessions.list({"ending_before": ids[0], "limit": 1})
    assert ([row.id for row in back.data], back.has_more) == ([ids[1]], True)
    sandbox.pay(ids[0])
    paid = client.v1.checkout.sessions.list({"status": "complete"})
    assert [row.id for row in paid.data] == [ids[0]]
    kinds = client.v1.events.list({"types": ["charge.succeeded", "charge.failed"]})
    assert [row.type for row in kinds.data] == ["charge.succeeded"]
    assert client.v1.events.retrieve(kinds.data[0].id).data.object.paid is True


def test_an_intent_of_checkout_cannot_be_cancelled_apart(client, sandbox):
    session = client.v1.checkout.sessions.create(page())
    intent = sandbox.pay(session.id, "4000000000000002")
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.cancel(intent["id"])


def test_the_balance_is_what_was_paid_less_what_went_back(client, sandbox):
    intent = sandbox.ask("charge", amount=5000)
    client.v1.refunds.create({"payment_intent": intent["id"], "amount": 1500})
    available = client.v1.balance.retrieve().available
    assert [(row.amount, row.currency) for row in available] == [(3500, "gbp")]


def test_missing_objects_and_addresses_are_404(client, sandbox):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.retrieve("pi_none")
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")
    answer = requests.get(
        f"{sandbox.url}/v1/customers",
        headers={"Authorization": f"Bearer {KEY}"},
        timeout=5,
    )
    assert answer.status_code == 404


def test_another_version_of_the_api_is_refused(sandbox):
    old = stripe.StripeClient(
        KEY, base_addresses={"api": sandbox.url}, stripe_version="2024-06-20"
    )
    with pytest.raises(stripe.InvalidRequestError):
        old.v1.balance.retrieve()


@pytest.mark.parametrize("key", ["", "sk_test_wrong", "sk_live_anything"])
def test_only_the_sandboxs_own_key_opens_it(sandbox, key):
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    answer = requests.get(f"{sandbox.url}/v1/balance", headers=headers, timeout=5)
    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "invalid_request_error"
    control = requests.post(f"{sandbox.url}/sandbox/state", headers=headers, timeout=5)
    assert control.status_code == 401


@pytest.mark.parametrize(
    ("environment", "key", "is_fine"),
    [
        ({}, KEY, True),
        ({"DJANGO_SETTINGS_MODULE": "portal.settings.dev"}, KEY, True),
        ({"DJANGO_SETTINGS_MODULE": "portal.settings.production"}, KEY, False),
        ({"STRIPE_SECRET_KEY": "sk_test_1"}, KEY, True),
        ({"STRIPE_SECRET_KEY": "sk_live_1"}, KEY, False),
        ({"STRIPE_SECRET_KEY": " rk_live_1"}, KEY, False),
        ({}, "sk_live_1", False),
    ],
)
def test_the_sandbox_stays_away_from_real_money(environment, key, is_fine):
    assert (reason_not_to_run(environment, key) == "") is is_fine


def test_a_live_key_in_a_file_is_seen(tmp_path):
    file = tmp_path / "key"
    file.write_text("sk_live_1\n")
    assert reason_not_to_run({"STRIPE_SECRET_KEY_FILE": str(file)}, KEY) != ""


def run_sandbox(*arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-m", "billing.gateways.sandbox", *arguments],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "", **environment},
        stderr=subprocess.PIPE,
        text=True,
    )


def test_as_a_program_it_serves_until_it_is_told_to_stop():
    port = free_port()
    program = run_sandbox("--port", str(port))
    try:
        until = time.monotonic() + 10
        while True:
            try:
                answer = requests.get(f"http://127.0.0.1:{port}/healthz", timeout=1)
                break
            except requests.ConnectionError:
                assert time.monotonic() < until
                time.sleep(0.05)
        assert answer.json() == {"ok": True}
    finally:
        program.send_signal(signal.SIGTERM)
    assert program.wait(timeout=5) == 0


def test_as_a_program_it_refuses_production_in_one_sentence():
    program = run_sandbox(
        "--port", "0", DJANGO_SETTINGS_MODULE="portal.settings.production"
    )
    _, said = program.communicate(timeout=10)
    assert (program.returncode, said) == (
        2,
        "The payment sandbox does not run with production settings.\n",
    )
