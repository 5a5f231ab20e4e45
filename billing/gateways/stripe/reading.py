"""What Stripe's objects say, in the words of `billing.gateways.base`."""

import json
from datetime import UTC, datetime
from typing import Any, cast

import stripe

from billing.gateways.base import (
    CheckoutSession,
    CheckoutStatus,
    IntentState,
    IntentStatus,
    ProviderNotice,
    RefundResult,
    RefundStatus,
)
from foundation.money import from_minor_units

INTENT_STATUS = {
    "requires_payment_method": IntentStatus.WAITING,
    "requires_confirmation": IntentStatus.WAITING,
    "requires_action": IntentStatus.WAITING,
    "requires_capture": IntentStatus.PROCESSING,
    "processing": IntentStatus.PROCESSING,
    "succeeded": IntentStatus.SUCCEEDED,
    "canceled": IntentStatus.CANCELLED,
}
REFUND_STATUS = {
    "pending": RefundStatus.PENDING,
    "requires_action": RefundStatus.PENDING,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}


def _plain(value: Any) -> dict[str, Any]:
    """A StripeObject as nested dicts. It is no dict itself any more."""
    return cast(dict[str, Any], json.loads(json.dumps(value.to_dict(), default=str)))


def _time(epoch: int) -> datetime:
    return datetime.fromtimestamp(int(epoch), tz=UTC)


def read_checkout(session: stripe.checkout.Session) -> CheckoutSession:
    raw = _plain(session)
    intent = raw.get("payment_intent")
    currency = raw["currency"].upper()
    return CheckoutSession(
        id=raw["id"],
        status=CheckoutStatus(raw["status"]),
        is_paid=raw["payment_status"] == "paid",
        url=raw.get("url") or "",
        amount=from_minor_units(raw["amount_total"], currency),
        currency=currency,
        live=raw["livemode"],
        expires_at=_time(raw["expires_at"]),
        metadata=raw.get("metadata") or {},
        intent=_intent_of(intent) if isinstance(intent, dict) else None,
    )


def read_intent(intent: stripe.PaymentIntent) -> IntentState:
    return _intent_of(_plain(intent))


def _intent_of(raw: dict[str, Any]) -> IntentState:
    currency = raw["currency"].upper()
    charge = raw.get("latest_charge")
    details: dict[str, Any] = (
        charge if isinstance(charge, dict) else {"id": charge or ""}
    )
    error = raw.get("last_payment_error") or {}
    return IntentState(
        id=raw["id"],
        status=INTENT_STATUS[raw["status"]],
        amount=from_minor_units(raw["amount"], currency),
        amount_received=from_minor_units(raw["amount_received"], currency),
        currency=currency,
        live=raw["livemode"],
        metadata=raw.get("metadata") or {},
        created_at=_time(raw["created"]),
        charge_id=details["id"],
        amount_refunded=from_minor_units(details.get("amount_refunded", 0), currency),
        error_code=error.get("decline_code") or error.get("code") or "",
    )


def read_refund(refund: stripe.Refund) -> RefundResult:
    raw = _plain(refund)
    intent = raw.get("payment_intent") or ""
    currency = raw["currency"].upper()
    return RefundResult(
        id=raw["id"],
        status=REFUND_STATUS[raw["status"]],
        amount=from_minor_units(raw["amount"], currency),
        currency=currency,
        intent_id=intent["id"] if isinstance(intent, dict) else intent,
        created_at=_time(raw["created"]),
        metadata=raw.get("metadata") or {},
        failure_code=raw.get("failure_reason") or "",
    )


def read_notice(event: stripe.Event) -> ProviderNotice:
    raw = _plain(event)
    subject = raw["data"]["object"]
    return ProviderNotice(
        id=str(raw["id"]),
        type=str(raw["type"]),
        object_type=str(subject.get("object", "")),
        object_id=str(subject.get("id", "")),
        intent_id=_intent_id(subject),
        account=str(raw.get("account") or ""),
        live=bool(raw["livemode"]),
        created_at=_time(raw["created"]),
        metadata={str(k): str(v) for k, v in (subject.get("metadata") or {}).items()},
    )


def _intent_id(subject: dict[str, Any]) -> str:
    """The intent an object is, or belongs to."""
    if subject.get("object") == "payment_intent":
        return str(subject["id"])
    intent = subject.get("payment_intent") or ""
    return str(intent["id"] if isinstance(intent, dict) else intent)
