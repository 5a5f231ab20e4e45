"""Refunds: never more than was paid."""

from billing.gateways.sandbox.cards import Refunding
from billing.gateways.sandbox.engine import Sandbox
from billing.gateways.sandbox.wire import (
    ApiError,
    Object,
    missing,
    new_id,
    read_metadata,
    refuse_unknown,
    whole_number,
)

KNOWN = {"amount", "charge", "payment_intent", "reason", "metadata", "expand"}
REASONS = {None, "duplicate", "fraudulent", "requested_by_customer"}


def create(sandbox: Sandbox, params: Object) -> Object:
    refuse_unknown(params, KNOWN)
    reason = params.get("reason")
    if reason not in REASONS:
        raise ApiError("Invalid reason.", param="reason")
    metadata = read_metadata(params.get("metadata"))
    asked = params.get("amount")
    amount = whole_number(asked, "amount", at_least=1) if asked is not None else None
    charge = _charge_of(sandbox, params)
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise ApiError(
            f"Charge {charge['id']} has already been refunded.",
            code="charge_already_refunded",
            is_remembered=True,
        )
    if amount is not None and amount > left:
        raise ApiError(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge "
            f"({left})",
            param="amount",
            is_remembered=True,
        )
    return _give_back(sandbox, charge, amount or left, reason, metadata)


def settle(sandbox: Sandbox, refund: Object) -> None:
    """What becomes of a refund that took its time."""
    charge = sandbox.find("charge", refund["charge"])
    if charge["_refunding"] == Refunding.LATER:
        refund["status"] = "succeeded"
        sandbox.emit("refund.updated", sandbox.store.put(refund))
        return
    refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    sandbox.store.put(charge)
    sandbox.emit("refund.failed", sandbox.store.put(refund))


def _charge_of(sandbox: Sandbox, params: Object) -> Object:
    if charge_id := params.get("charge"):
        charge = sandbox.find("charge", charge_id, "charge")
    elif intent_id := params.get("payment_intent"):
        intent = sandbox.find("payment_intent", intent_id, "payment_intent")
        charge = sandbox.store.get(intent["latest_charge"] or "") or {}
    else:
        raise missing("payment_intent")
    if not charge.get("paid"):
        raise ApiError(
            "This PaymentIntent does not have a successful charge to refund.",
            code="payment_intent_unexpected_state",
            param="payment_intent",
            is_remembered=True,
        )
    return charge


def _give_back(
    sandbox: Sandbox,
    charge: Object,
    amount: int,
    reason: str | None,
    metadata: dict[str, str],
) -> Object:
    is_later = charge["_refunding"] == Refunding.LATER
    refund = sandbox.store.put(
        {
            "id": new_id("re"),
            "object": "refund",
            "amount": amount,
            "charge": charge["id"],
            "created": sandbox.now(),
            "currency": charge["currency"],
            "failure_reason": None,
            "metadata": metadata,
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "receipt_number": None,
            "status": "pending" if is_later else "succeeded",
        }
    )
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    sandbox.store.put(charge)
    sandbox.emit("refund.created", refund)
    sandbox.emit("charge.refunded", charge)
    if charge["_refunding"] != Refunding.AT_ONCE:
        due = sandbox.now() + sandbox.config.late_seconds
        sandbox.store.plan(due, "settle_refund", refund["id"])
    return refund
