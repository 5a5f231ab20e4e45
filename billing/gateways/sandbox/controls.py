"""What tests ask of the sandbox: POST /sandbox/<control>, JSON in, JSON out.

Guarded by the same key as the API, so that no page in a browser can reach them.
"""

import dataclasses
from collections.abc import Callable

from billing.gateways.sandbox import intents, sessions
from billing.gateways.sandbox.cards import card_for
from billing.gateways.sandbox.engine import Fault, Sandbox
from billing.gateways.sandbox.wire import ApiError, Object, new_id, shown

Control = Callable[[Sandbox, Object], Object]
FAULT_MODES = {"unavailable", "broken", "limited", "lost", "slow"}


def pay(sandbox: Sandbox, params: Object) -> Object:
    """{session, card, confirm}: what a payer would do on the hosted page."""
    session = sandbox.find("checkout.session", params["session"])
    card = card_for(params.get("card", "4242424242424242"))
    if card is None or session["status"] != "open":
        raise ApiError("Nothing can be paid like this.")
    intent = sessions.pay(sandbox, session, card)
    if intent["status"] == "requires_action" and "confirm" in params:
        is_confirmed = bool(params["confirm"])
        intents.answer_challenge(sandbox, intent, card, is_confirmed=is_confirmed)
        sessions.follow(sandbox, session, intent)
    return dict(shown(intent))


def charge(sandbox: Sandbox, params: Object) -> Object:
    """{amount, currency, metadata}: money taken by another system on this account."""
    intent = intents.open_intent(
        sandbox,
        amount=int(params["amount"]),
        currency=params.get("currency", "gbp").lower(),
        metadata=params.get("metadata", {}),
        description=params.get("description"),
    )
    card = card_for(params.get("card", "4242424242424242"))
    if card is None:
        raise ApiError("Not a test card.")
    return dict(shown(intents.present_card(sandbox, intent, card)))


def change(sandbox: Sandbox, params: Object) -> Object:
    """{id, fields}: rewrite an object, to see whether anybody checks it."""
    found = sandbox.store.get(params["id"])
    if found is None:
        raise ApiError("No such object.", status=404)
    return dict(shown(sandbox.store.put(found | params["fields"])))


def event(sandbox: Sandbox, params: Object) -> Object:
    """{type, id | object}: an event about a known object, or about anything."""
    if "id" in params:
        subject = sandbox.store.get(params["id"])
        if subject is None:
            raise ApiError("No such object.", status=404)
    else:
        subject = {"id": new_id("obj"), "object": "thing", **params.get("object", {})}
    return sandbox.emit(params["type"], subject)


def resend(sandbox: Sandbox, params: Object) -> Object:
    """{event, times}: deliver an event again, as often as asked, all at once."""
    found = sandbox.find("event", params["event"])
    sandbox.courier.queue(found["id"], times=int(params.get("times", 1)))
    return found


def webhooks(sandbox: Sandbox, params: Object) -> Object:
    """{drop, delay, held}: lose the next events (-1: all), send late, or not yet."""
    switches = sandbox.courier.switches
    switches.drop = int(params.get("drop", switches.drop))
    switches.delay = float(params.get("delay", switches.delay))
    switches.is_held = bool(params.get("held", switches.is_held))
    sandbox.wake()
    return dataclasses.asdict(switches)


def faults(sandbox: Sandbox, params: Object) -> Object:
    """{mode, count, path, method, seconds}: what goes wrong next. {} forgets all."""
    if not params:
        sandbox.faults.clear()
        return {"faults": []}
    fault = Fault(**params)
    if fault.mode not in FAULT_MODES:
        raise ApiError(f"Unknown mode: {fault.mode}.", param="mode")
    sandbox.faults.append(fault)
    return {"faults": [dataclasses.asdict(known) for known in sandbox.faults]}


def clock(sandbox: Sandbox, params: Object) -> Object:
    """{advance}: let seconds pass."""
    sandbox.move_clock(int(params["advance"]))
    return {"now": sandbox.now()}


def state(sandbox: Sandbox, params: Object) -> Object:
    """Everything, for a test's questions."""
    kinds = ["checkout.session", "payment_intent", "charge", "refund", "event"]
    found: Object = {kind: shown(sandbox.store.every(kind)) for kind in kinds}
    rows = sandbox.store.deliveries()
    return found | {"deliveries": [dataclasses.asdict(row) for row in rows]}


def reset(sandbox: Sandbox, params: Object) -> Object:
    """Forget everything."""
    sandbox.store.clear()
    sandbox.faults.clear()
    sandbox.reset_clock()
    switches = sandbox.courier.switches
    switches.drop, switches.delay, switches.is_held = 0, 0.0, False
    return {}


CONTROLS: dict[str, Control] = {
    control.__name__: control
    for control in (
        pay,
        charge,
        change,
        event,
        resend,
        webhooks,
        faults,
        clock,
        state,
        reset,
    )
}


def run(sandbox: Sandbox, name: str, params: Object) -> Object:
    """Do what the control called `name` says, all of it or nothing."""
    control = CONTROLS.get(name)
    if control is None:
        raise ApiError(f"No such control: {name}.", status=404)
    sandbox.run_plans()
    try:
        with sandbox.store.transaction():
            return control(sandbox, params)
    except (KeyError, TypeError, ValueError) as error:
        raise ApiError(f"{name} does not take this: {error!r}") from error
