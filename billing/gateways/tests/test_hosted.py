"""The payer's pages, without JavaScript: plain requests and redirects."""

import re

import pytest
import requests

from billing.gateways.tests.test_stripe import order


@pytest.fixture
def session(sandbox):
    return sandbox.gateway().open_checkout(
        order(description="Visit <b>& more</b>", email="ann@example.org")
    )


def get(address):
    return requests.get(address, timeout=5, allow_redirects=False)


def post(address, **fields):
    return requests.post(address, data=fields, timeout=5, allow_redirects=False)


def test_the_page_says_what_is_paid_and_that_it_is_a_sandbox(session):
    html = get(session.url).text
    assert "Payment sandbox." in html
    assert "Pay £65.00" in html
    assert "Visit &lt;b&gt;&amp; more&lt;/b&gt;" in html
    assert "ann@example.org" in html
    assert "<script" not in html
    assert " style=" not in html


def test_the_page_may_lead_back_to_the_clinic_and_nowhere_else(session):
    policy = get(session.url).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self' http://127.0.0.1:9" in policy


def test_a_link_fills_in_a_test_card(session):
    html = get(f"{session.url}?card=4000000000000002").text
    assert 'value="4000 0000 0000 0002"' in html


def test_paying_leads_back_to_the_clinic_with_the_page_id(sandbox, session):
    answer = sandbox.type_card(session.url)
    assert answer.status_code == 303
    assert answer.headers["Location"] == (f"http://127.0.0.1:9/return/?s={session.id}")
    again = sandbox.type_card(session.url)
    assert again.headers["Location"] == answer.headers["Location"]
    charges = sandbox.ask("state")["charge"]
    assert [charge["amount"] for charge in charges] == [6500]
    assert "This payment is done" in get(session.url).text


def test_a_declined_card_keeps_what_was_typed_but_the_code(sandbox, session):
    answer = sandbox.type_card(session.url, "4000000000009995")
    assert answer.status_code == 402
    assert "insufficient funds" in answer.text
    assert "You have not been charged" in answer.text
    assert 'value="4000000000009995"' in answer.text
    assert 'id="cvc" name="cvc" value=""' in answer.text
    assert sandbox.type_card(session.url).status_code == 303


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"number": "", "expiry": "12/34", "cvc": "123"}, {"number"}),
        ({"number": "4242424242424242", "expiry": "13/34", "cvc": "123"}, {"expiry"}),
        ({"number": "4242424242424242", "expiry": "12/20", "cvc": "123"}, {"expiry"}),
        ({"number": "4242424242424242", "expiry": "12/34", "cvc": "12"}, {"cvc"}),
        ({}, {"number", "expiry", "cvc"}),
    ],
)
def test_errors_stand_beside_their_fields(sandbox, session, fields, errors):
    answer = post(session.url, **fields)
    assert answer.status_code == 422
    assert set(re.findall(r'class="error" id="(\w+)-error"', answer.text)) == errors
    assert sandbox.ask("state")["payment_intent"] == []


def test_a_card_that_could_be_real_is_neither_taken_nor_repeated(sandbox, session):
    answer = post(session.url, number="4111 1111 1111 1111", expiry="12/34", cvc="987")
    assert answer.status_code == 422
    assert "4111 1111" not in answer.text
    assert 'value="987"' not in answer.text
    assert sandbox.ask("state")["charge"] == []


@pytest.mark.parametrize(
    ("said", "is_paid"), [("confirm", True), ("refuse", False), ("", False)]
)
def test_the_bank_asks_and_the_payer_answers(sandbox, session, said, is_paid):
    sent = sandbox.type_card(session.url, "4000000000003220")
    assert sent.status_code == 303
    address = f"{sandbox.url}{sent.headers['Location']}"
    asked = get(address).text
    assert "Confirm the payment" in asked
    assert "£65.00" in asked
    answer = post(address, answer=said)
    assert answer.status_code == (303 if is_paid else 402)
    assert sandbox.gateway().find_checkout(session.id).is_paid is is_paid
    assert post(address, answer="confirm").status_code == (200 if is_paid else 303)


def test_a_closed_page_takes_nothing(sandbox, session):
    sandbox.gateway().close_checkout(session.id)
    answer = sandbox.type_card(session.url)
    assert answer.status_code == 410
    assert "Nothing was taken" in answer.text
    assert sandbox.ask("state")["charge"] == []


def test_an_unknown_page_is_404(sandbox):
    assert get(f"{sandbox.url}/c/pay/cs_test_none").status_code == 404
    assert get(f"{sandbox.url}/nothing").status_code == 404


def test_the_front_page_lists_pages_and_events(sandbox, session):
    sandbox.pay(session.id)
    html = get(sandbox.url).text
    assert "checkout.session.completed" in html
    assert "complete, paid" in html
    assert "ann@example.org" not in html
