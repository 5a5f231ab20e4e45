"""The payer's way through the hosted pages: card, perhaps the bank, and back."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from billing.gateways.sandbox import intents, pages, sessions
from billing.gateways.sandbox.cards import TestCard, card_for
from billing.gateways.sandbox.engine import Sandbox
from billing.gateways.sandbox.wire import ApiError, Object


@dataclass
class Page:
    """`leads_to` is where forms on it may end up: browsers check that."""

    status: int
    html: str = ""
    location: str = ""
    leads_to: list[str] = field(default_factory=list)


def show_pay(sandbox: Sandbox, session_id: str, query: Object) -> Page:
    sandbox.run_plans()
    session = sandbox.find("checkout.session", session_id)
    if session["status"] != "open":
        return _closed(sandbox, session)
    card = card_for(str(query.get("card", "")))
    values = _filled_in(card) if card else {}
    return _form(sandbox, session, values=values, errors={})


def take_pay(sandbox: Sandbox, session_id: str, typed: Object) -> Page:
    """One try to pay. A second press of the button finds the session complete."""
    sandbox.run_plans()
    values = {name: str(typed.get(name, "")).strip() for name in FIELDS}
    card, errors = _check(values)
    with sandbox.store.transaction():
        session = sandbox.find("checkout.session", session_id)
        if session["status"] == "complete":
            return _back_to_merchant(session)
        if session["status"] != "open":
            return _closed(sandbox, session)
        if card is None or errors:
            # Whatever was typed may be somebody's real card: do not send it back.
            kept = values | ({} if card else {"number": ""}) | {"cvc": ""}
            return _form(sandbox, session, values=kept, errors=errors, status=422)
        intent = sessions.pay(sandbox, session, card)
    return _after(sandbox, session, intent, values)


def show_challenge(sandbox: Sandbox, intent_id: str) -> Page:
    sandbox.run_plans()
    intent = sandbox.find("payment_intent", intent_id)
    session = sandbox.find("checkout.session", intent["_session"])
    card = card_for(intent["_card"])
    if card is None or intent["status"] != "requires_action":
        return _closed(sandbox, session)
    html = pages.challenge_page(sandbox, intent, card)
    return Page(200, html, leads_to=_origins(session))


def take_challenge(sandbox: Sandbox, intent_id: str, typed: Object) -> Page:
    sandbox.run_plans()
    with sandbox.store.transaction():
        intent = sandbox.find("payment_intent", intent_id)
        session = sandbox.find("checkout.session", intent["_session"])
        card = card_for(intent["_card"])
        if card is None or intent["status"] != "requires_action":
            return _closed(sandbox, session)
        is_confirmed = typed.get("answer") == "confirm"
        intents.answer_challenge(sandbox, intent, card, is_confirmed=is_confirmed)
        sessions.follow(sandbox, session, intent)
    return _after(sandbox, session, intent, {})


FIELDS = ("number", "expiry", "cvc")


def _filled_in(card: TestCard) -> dict[str, str]:
    year = datetime.now(UTC).year % 100 + 4
    return {"number": card.spaced, "expiry": f"12/{year:02}", "cvc": "123"}


def _check(values: dict[str, str]) -> tuple[TestCard | None, dict[str, str]]:
    errors = {}
    card = card_for(values["number"])
    if not values["number"]:
        errors["number"] = "Enter a card number, for example 4242 4242 4242 4242"
    elif card is None:
        errors["number"] = "Use one of the test cards. Real cards do not work here"
    if not _is_future(values["expiry"]):
        errors["expiry"] = "Enter a month and a year in the future, for example 12/34"
    if not re.fullmatch(r"\d{3}", values["cvc"]):
        errors["cvc"] = "Enter a security code with 3 numbers, for example 123"
    return card, errors


def _is_future(expiry: str) -> bool:
    match = re.fullmatch(r"(0?[1-9]|1[0-2])\s*[/-]?\s*(?:20)?(\d{2})", expiry)
    if not match:
        return False
    today = datetime.now(UTC)
    month, year = int(match.group(1)), 2000 + int(match.group(2))
    return (year, month) >= (today.year, today.month)


def _form(
    sandbox: Sandbox,
    session: Object,
    *,
    values: dict[str, str],
    errors: dict[str, str],
    notice: str = "",
    status: int = 200,
) -> Page:
    html = pages.pay_page(sandbox, session, values=values, errors=errors, notice=notice)
    return Page(status, html, leads_to=_origins(session))


def _after(
    sandbox: Sandbox, session: Object, intent: Object, values: dict[str, str]
) -> Page:
    if session["status"] == "complete":
        return _back_to_merchant(session)
    if intent["status"] == "requires_action":
        return Page(303, location=f"/c/confirm/{intent['id']}")
    error = intent["last_payment_error"]
    notice = pages.declined_notice(error["message"])
    kept = values | {"cvc": ""}
    return _form(sandbox, session, values=kept, errors={}, notice=notice, status=402)


def _back_to_merchant(session: Object) -> Page:
    address = session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])
    return Page(303, location=address)


def _closed(sandbox: Sandbox, session: Object) -> Page:
    if session["status"] == "complete":
        address = session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])
        heading, text = "This payment is done", "There is nothing more to pay here."
        return Page(200, pages.message_page(sandbox, heading, text, address))
    if session["status"] == "open":
        return Page(303, location=f"/c/pay/{session['id']}")
    heading = "This payment page has closed"
    text = "The time to pay ran out, or the payment was called off. Nothing was taken."
    html = pages.message_page(sandbox, heading, text, session["cancel_url"])
    return Page(410, html)


def _origins(session: Object) -> list[str]:
    """Where this session may send the browser: a form's redirects count too."""
    addresses = [session["success_url"], session["cancel_url"]]
    parts = [urlsplit(address) for address in addresses if address]
    return sorted({f"{part.scheme}://{part.netloc}" for part in parts})


def not_found(sandbox: Sandbox, error: ApiError) -> Page:
    heading = "There is no such payment page"
    text = "The address may be cut short, or the sandbox has been reset."
    return Page(error.status, pages.message_page(sandbox, heading, text))
