"""Payment intents and charges: where the (invented) money moves."""

from billing.gateways.sandbox.cards import Outcome, TestCard
from billing.gateways.sandbox.engine import Sandbox
from billing.gateways.sandbox.wire import ApiError, Object, new_id

UNPAYABLE = {"succeeded", "canceled", "processing"}


def open_intent(
    sandbox: Sandbox,
    *,
    amount: int,
    currency: str,
    metadata: dict[str, str],
    description: str | None,
    session_id: str = "",
) -> Object:
    intent_id = new_id("pi")
    intent = sandbox.store.put(
        {
            "id": intent_id,
            "object": "payment_intent",
            "amount": amount,
            "amount_capturable": 0,
            "amount_received": 0,
            "allowed_payment_method_types": ["card"],
            "canceled_at": None,
            "cancellation_reason": None,
            "capture_method": "automatic_async",
            "client_secret": f"{intent_id}_secret_{new_id('s')}",
            "confirmation_method": "automatic",
            "created": sandbox.now(),
            "currency": currency,
            "customer": None,
            "description": description,
            "last_payment_error": None,
            "latest_charge": None,
            "livemode": False,
            "metadata": metadata,
            "next_action": None,
            "payment_method": None,
            "payment_method_types": ["card"],
            "processing": None,
            "receipt_email": None,
            "status": "requires_payment_method",
            "_session": session_id,
            "_card": "",
        }
    )
    sandbox.emit("payment_intent.created", intent)
    return intent


def present_card(sandbox: Sandbox, intent: Object, card: TestCard) -> Object:
    """What the bank says to this card. Paying twice changes nothing."""
    if intent["status"] in UNPAYABLE:
        return intent
    intent |= {"_card": card.number, "last_payment_error": None}
    if card.outcome is Outcome.CHALLENGE:
        intent |= {
            "status": "requires_action",
            "next_action": {"type": "redirect_to_url"},
        }
        sandbox.emit("payment_intent.requires_action", sandbox.store.put(intent))
        return intent
    return _decide(sandbox, intent, card, card.outcome)


def answer_challenge(
    sandbox: Sandbox, intent: Object, card: TestCard, *, is_confirmed: bool
) -> Object:
    """The payer confirmed, or failed to, at their bank."""
    if intent["status"] != "requires_action":
        return intent
    intent["next_action"] = None
    if is_confirmed:
        return _decide(sandbox, intent, card, card.after_challenge)
    error = {
        "type": "invalid_request_error",
        "code": "payment_intent_authentication_failure",
        "message": "Your bank could not confirm that it is you. You were not charged.",
    }
    return _fail(sandbox, intent, error)


def settle(sandbox: Sandbox, intent: Object) -> None:
    """The late answer to a delayed payment."""
    if intent["status"] != "processing":
        return
    charge = sandbox.find("charge", intent["latest_charge"])
    if charge["_outcome"] == Outcome.DELAYED_SUCCESS:
        _receive(sandbox, intent, charge)
        return
    charge |= {"status": "failed", "paid": False, "captured": False}
    sandbox.emit("charge.failed", sandbox.store.put(charge))
    _fail(sandbox, intent, charge["_error"])


def cancel(sandbox: Sandbox, intent: Object, reason: str) -> Object:
    if intent["_session"]:
        raise ApiError(
            "You cannot cancel a PaymentIntent that was created by Checkout. Expire "
            "the Checkout Session instead.",
            code="payment_intent_unexpected_state",
            is_remembered=True,
        )
    if intent["status"] in UNPAYABLE:
        raise ApiError(
            "You cannot cancel this PaymentIntent because it has a status of "
            f"{intent['status']}.",
            code="payment_intent_unexpected_state",
            is_remembered=True,
        )
    return cancel_unpaid(sandbox, intent, reason)


def cancel_unpaid(sandbox: Sandbox, intent: Object, reason: str) -> Object:
    intent |= {
        "status": "canceled",
        "canceled_at": sandbox.now(),
        "cancellation_reason": reason,
        "next_action": None,
    }
    sandbox.emit("payment_intent.canceled", sandbox.store.put(intent))
    return intent


def balance(sandbox: Sandbox) -> Object:
    sums: dict[str, int] = {}
    for charge in sandbox.store.every("charge"):
        if charge["paid"]:
            left = charge["amount"] - charge["amount_refunded"]
            sums[charge["currency"]] = sums.get(charge["currency"], 0) + left
    entries = [{"amount": v, "currency": k} for k, v in sorted(sums.items())]
    return {
        "object": "balance",
        "available": entries,
        "pending": [],
        "livemode": False,
    }


def _decide(
    sandbox: Sandbox, intent: Object, card: TestCard, outcome: Outcome
) -> Object:
    charge = _new_charge(sandbox, intent, card, outcome)
    intent |= {
        "latest_charge": charge["id"],
        "payment_method": charge["payment_method"],
    }
    if outcome is Outcome.SUCCESS:
        return _receive(sandbox, intent, charge)
    if outcome is Outcome.DECLINE:
        sandbox.emit("charge.failed", sandbox.store.put(charge))
        return _fail(sandbox, intent, charge["_error"])
    sandbox.emit("charge.pending", sandbox.store.put(charge))
    intent["status"] = "processing"
    sandbox.emit("payment_intent.processing", sandbox.store.put(intent))
    due = sandbox.now() + sandbox.config.late_seconds
    sandbox.store.plan(due, "settle_intent", intent["id"])
    return intent


def _receive(sandbox: Sandbox, intent: Object, charge: Object) -> Object:
    charge |= {
        "status": "succeeded",
        "paid": True,
        "captured": True,
        "amount_captured": charge["amount"],
    }
    intent |= {
        "status": "succeeded",
        "amount_received": intent["amount"],
        "last_payment_error": None,
    }
    sandbox.emit("charge.succeeded", sandbox.store.put(charge))
    sandbox.emit("payment_intent.succeeded", sandbox.store.put(intent))
    return intent


def _fail(sandbox: Sandbox, intent: Object, error: Object) -> Object:
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "last_payment_error": error,
    }
    sandbox.emit("payment_intent.payment_failed", sandbox.store.put(intent))
    return intent


def _new_charge(
    sandbox: Sandbox, intent: Object, card: TestCard, outcome: Outcome
) -> Object:
    error = {
        "type": "card_error",
        "code": card.code,
        "decline_code": card.decline_code,
        "message": card.message,
    }
    is_declined = outcome is Outcome.DECLINE
    return {
        "id": new_id("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "captured": False,
        "created": sandbox.now(),
        "currency": intent["currency"],
        "description": intent["description"],
        "disputed": False,
        "failure_code": card.code if is_declined else None,
        "failure_message": card.message if is_declined else None,
        "livemode": False,
        "metadata": intent["metadata"],
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": new_id("pm"),
        "payment_method_details": {
            "type": "card",
            "card": {"brand": "visa", "last4": card.last4, "funding": "credit"},
        },
        "refunded": False,
        "status": "failed" if is_declined else "pending",
        "_outcome": outcome,
        "_error": error,
        "_refunding": card.refunding,
    }
