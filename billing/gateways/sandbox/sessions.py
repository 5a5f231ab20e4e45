"""Checkout sessions: one hosted page for one payment."""

import re
from typing import Any

from billing.gateways.sandbox import intents
from billing.gateways.sandbox.cards import TestCard
from billing.gateways.sandbox.engine import Sandbox
from billing.gateways.sandbox.wire import (
    ApiError,
    Object,
    missing,
    new_id,
    read_metadata,
    refuse_unknown,
    web_address,
    whole_number,
)

KNOWN = {
    "allowed_payment_method_types",
    "cancel_url",
    "client_reference_id",
    "currency",
    "customer_email",
    "expand",
    "expires_at",
    "line_items",
    "locale",
    "metadata",
    "mode",
    "payment_intent_data",
    "submit_type",
    "success_url",
}
KNOWN_ITEM = {"price_data", "quantity"}
KNOWN_PRICE = {"currency", "product_data", "tax_behavior", "unit_amount"}
KNOWN_PRODUCT = {"description", "metadata", "name"}
KNOWN_INTENT = {"description", "metadata", "receipt_email", "statement_descriptor"}
SHORTEST_SECONDS, LONGEST_SECONDS = 30 * 60, 24 * 60 * 60
# The least a card can be charged. Source: Stripe, "Minimum and maximum charge amounts".
LEAST = {"gbp": 30, "usd": 50, "eur": 50}
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def create(sandbox: Sandbox, params: Object) -> Object:
    refuse_unknown(params, KNOWN)
    if params.get("mode") != "payment":
        raise ApiError("Invalid mode: this sandbox knows only payment.", param="mode")
    items = _read_items(params.get("line_items"))
    currency = items[0]["currency"]
    total = sum(item["amount_total"] for item in items)
    if total < LEAST.get(currency, 1):
        raise ApiError(
            "The Checkout Session's total amount due must add up to at least "
            f"{LEAST[currency]} of the smallest unit of {currency}.",
            code="amount_too_small",
        )
    session_id = new_id("cs_test")
    session: Object = {
        "id": session_id,
        "object": "checkout.session",
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "status": None},
        "cancel_url": _optional_address(params, "cancel_url"),
        "client_reference_id": _short(params, "client_reference_id"),
        "created": sandbox.now(),
        "currency": currency,
        "custom_fields": [],
        "customer": None,
        "customer_details": None,
        "customer_email": _email(params.get("customer_email")),
        "expires_at": _expiry(sandbox, params.get("expires_at")),
        "livemode": False,
        "locale": params.get("locale"),
        "metadata": read_metadata(params.get("metadata")),
        "mode": "payment",
        # Made when somebody tries to pay, not before.
        "payment_intent": None,
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "shipping_options": [],
        "status": "open",
        "submit_type": params.get("submit_type"),
        "success_url": web_address(params.get("success_url"), "success_url"),
        "ui_mode": "hosted_page",
        "url": f"{sandbox.config.public_url}/c/pay/{session_id}",
        "_line_items": {
            "object": "list",
            "data": items,
            "has_more": False,
            "url": f"/v1/checkout/sessions/{session_id}/line_items",
        },
        "_intent_data": _read_intent_data(params.get("payment_intent_data") or {}),
    }
    sandbox.store.put(session)
    sandbox.store.plan(session["expires_at"], "expire_session", session_id)
    sandbox.wake()
    return session


def expire(sandbox: Sandbox, session: Object) -> Object:
    """The API's call: only an open session can be expired."""
    if session["status"] != "open":
        raise ApiError(
            'Only Checkout Sessions with a status in ["open"] can be expired. This '
            f"Checkout Session has a status of {session['status']}.",
            is_remembered=True,
        )
    return _close(sandbox, session)


def expire_in_time(sandbox: Sandbox, session: Object) -> None:
    """The plan made at creation."""
    if session["status"] == "open" and session["expires_at"] <= sandbox.now():
        _close(sandbox, session)


def pay(sandbox: Sandbox, session: Object, card: TestCard) -> Object:
    """Try to pay with a card; returns the intent as the bank left it."""
    intent_id = session["payment_intent"]
    if intent_id is None:
        data = session["_intent_data"]
        intent = intents.open_intent(
            sandbox,
            amount=session["amount_total"],
            currency=session["currency"],
            metadata=data["metadata"],
            description=data["description"],
            session_id=session["id"],
        )
        session["payment_intent"] = intent["id"]
        sandbox.store.put(session)
    else:
        intent = sandbox.find("payment_intent", intent_id)
    return follow(sandbox, session, intents.present_card(sandbox, intent, card))


def follow(sandbox: Sandbox, session: Object, intent: Object) -> Object:
    """Bring the session up to what happened to its intent."""
    if session["status"] == "open" and intent["status"] in {"succeeded", "processing"}:
        session |= {
            "status": "complete",
            "url": None,
            "customer_details": {"email": session["customer_email"]},
        }
        if intent["status"] == "succeeded":
            session["payment_status"] = "paid"
        sandbox.emit("checkout.session.completed", sandbox.store.put(session))
    return intent


def follow_late(sandbox: Sandbox, intent: Object) -> None:
    """A delayed payment has its answer."""
    intents.settle(sandbox, intent)
    session = sandbox.store.get(intent["_session"])
    if session is None or session["payment_status"] == "paid":
        return
    is_paid = intent["status"] == "succeeded"
    if is_paid:
        session["payment_status"] = "paid"
        sandbox.store.put(session)
    word = "succeeded" if is_paid else "failed"
    sandbox.emit(f"checkout.session.async_payment_{word}", session)


def _close(sandbox: Sandbox, session: Object) -> Object:
    session |= {"status": "expired", "url": None}
    intent = sandbox.store.get(session["payment_intent"] or "")
    if intent and intent["status"] not in intents.UNPAYABLE:
        intents.cancel_unpaid(sandbox, intent, "automatic")
    sandbox.emit("checkout.session.expired", sandbox.store.put(session))
    return session


def _read_items(value: Any) -> list[Object]:
    if not value or not isinstance(value, list):
        raise missing("line_items")
    items = [_read_item(item, position) for position, item in enumerate(value)]
    if len({item["currency"] for item in items}) > 1:
        raise ApiError(
            "All prices on a Checkout Session must have the same currency.",
            param="line_items",
        )
    return items


def _read_item(item: Any, position: int) -> Object:
    where = f"line_items[{position}]"
    if not isinstance(item, dict) or not isinstance(item.get("price_data"), dict):
        raise missing(f"{where}[price_data]")
    price = item["price_data"]
    product = price.get("product_data")
    if not isinstance(product, dict) or not product.get("name"):
        raise missing(f"{where}[price_data][product_data][name]")
    refuse_unknown(item, KNOWN_ITEM)
    refuse_unknown(price, KNOWN_PRICE)
    refuse_unknown(product, KNOWN_PRODUCT)
    currency = price.get("currency", "")
    if not re.fullmatch(r"[a-zA-Z]{3}", currency):
        raise ApiError(
            f"Invalid currency: {currency}", param=f"{where}[price_data][currency]"
        )
    unit = whole_number(price.get("unit_amount"), f"{where}[price_data][unit_amount]")
    quantity = whole_number(item.get("quantity"), f"{where}[quantity]", at_least=1)
    return {
        "id": new_id("li"),
        "object": "item",
        "amount_subtotal": unit * quantity,
        "amount_total": unit * quantity,
        "currency": currency.lower(),
        "description": product["name"],
        "quantity": quantity,
    }


def _read_intent_data(value: Any) -> Object:
    refuse_unknown(value, KNOWN_INTENT)
    return {
        "description": value.get("description"),
        "metadata": read_metadata(value.get("metadata")),
    }


def _expiry(sandbox: Sandbox, value: Any) -> int:
    if value is None:
        return sandbox.now() + LONGEST_SECONDS
    expires_at = whole_number(value, "expires_at")
    ahead = expires_at - sandbox.now()
    if ahead < SHORTEST_SECONDS:
        raise ApiError(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout "
            "Session creation.",
            param="expires_at",
        )
    if ahead > LONGEST_SECONDS:
        raise ApiError(
            "The `expires_at` timestamp must be less than 24 hours from Checkout "
            "Session creation.",
            param="expires_at",
        )
    return expires_at


def _email(value: Any) -> str | None:
    if value in (None, ""):
        return None
    if not isinstance(value, str) or not EMAIL.fullmatch(value):
        raise ApiError(
            f"Invalid email address: {value}",
            code="email_invalid",
            param="customer_email",
        )
    return value


def _short(params: Object, param: str) -> str | None:
    value = params.get(param) or None
    if value is not None and len(value) > 200:
        raise ApiError("This value can have up to 200 characters.", param=param)
    return value


def _optional_address(params: Object, param: str) -> str | None:
    value = params.get(param)
    return web_address(value, param) if value else None
