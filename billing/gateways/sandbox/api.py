"""The routes under /v1/: keys, versions, idempotency, lists, expansion, faults."""

import hashlib
import hmac
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from billing.gateways.sandbox import intents, listing, refunds, sessions
from billing.gateways.sandbox.engine import ACCOUNT, Cause, Fault, Sandbox
from billing.gateways.sandbox.wire import (
    API_VERSION,
    ApiError,
    Object,
    expanded,
    new_id,
    shown,
)


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    params: Object
    body: str = ""
    key: str = ""
    secret: str = ""
    version: str = ""


@dataclass
class Response:
    status: int
    body: Object
    headers: dict[str, str] = field(default_factory=dict)


class AnswerLost(Exception):
    """A fault: the work is done, but the connection breaks before the answer."""


Route = Callable[[Sandbox, Object, str], Object]


def _retrieve(kind: str) -> Route:
    return lambda sandbox, params, object_id: sandbox.find(kind, object_id)


def _list(kind: str) -> Route:
    return lambda sandbox, params, object_id: listing.page_of(sandbox, kind, params)


def _expire_session(sandbox: Sandbox, params: Object, object_id: str) -> Object:
    return sessions.expire(sandbox, sandbox.find("checkout.session", object_id))


def _session_items(sandbox: Sandbox, params: Object, object_id: str) -> Object:
    items: Object = sandbox.find("checkout.session", object_id)["_line_items"]
    return items


def _cancel_intent(sandbox: Sandbox, params: Object, object_id: str) -> Object:
    intent = sandbox.find("payment_intent", object_id, "intent")
    return intents.cancel(
        sandbox, intent, params.get("cancellation_reason") or "requested_by_customer"
    )


ROUTES: list[tuple[str, re.Pattern[str], Route]] = [
    (method, re.compile(path.replace("ID", r"([\w-]+)")), route)
    for method, path, route in [
        ("POST", "/v1/checkout/sessions", lambda s, p, _: sessions.create(s, p)),
        ("GET", "/v1/checkout/sessions", _list("checkout.session")),
        ("GET", "/v1/checkout/sessions/ID", _retrieve("checkout.session")),
        ("GET", "/v1/checkout/sessions/ID/line_items", _session_items),
        ("POST", "/v1/checkout/sessions/ID/expire", _expire_session),
        ("GET", "/v1/payment_intents", _list("payment_intent")),
        ("GET", "/v1/payment_intents/ID", _retrieve("payment_intent")),
        ("POST", "/v1/payment_intents/ID/cancel", _cancel_intent),
        ("GET", "/v1/charges", _list("charge")),
        ("GET", "/v1/charges/ID", _retrieve("charge")),
        ("POST", "/v1/refunds", lambda s, p, _: refunds.create(s, p)),
        ("GET", "/v1/refunds", _list("refund")),
        ("GET", "/v1/refunds/ID", _retrieve("refund")),
        ("GET", "/v1/events", _list("event")),
        ("GET", "/v1/events/ID", _retrieve("event")),
        ("GET", "/v1/balance", lambda s, p, _: intents.balance(s)),
        (
            "GET",
            "/v1/account",
            lambda s, p, _: {"id": ACCOUNT, "object": "account", "country": "GB"},
        ),
    ]
]


def answer(sandbox: Sandbox, request: Request) -> Response:
    """Answer one API call. Raises AnswerLost when a fault says so."""
    request_id = new_id("req")
    headers = {"Request-Id": request_id, "Stripe-Version": API_VERSION}
    sandbox.cause.value = Cause(request_id, request.key)
    try:
        _check_key(sandbox, request.secret)
        _check_version(request.version)
        sandbox.run_plans()
        fault = _next_fault(sandbox, request)
        _refuse_at_once(fault)
        response = _once(sandbox, request, fault)
    except ApiError as error:
        response = Response(error.status, error.body())
    finally:
        sandbox.cause.value = Cause()
    if request.key:
        headers["Idempotency-Key"] = request.key
    response.headers = headers | response.headers
    return response


def _check_key(sandbox: Sandbox, secret: str) -> None:
    if not secret:
        raise ApiError(
            "You did not provide an API key. You need to provide your API key in the "
            "Authorization header, using Bearer auth.",
            status=401,
        )
    if secret.startswith(("sk_live_", "rk_live_")):
        raise ApiError("This is a sandbox: it takes no live keys.", status=401)
    if not hmac.compare_digest(secret.encode(), sandbox.config.secret_key.encode()):
        raise ApiError(f"Invalid API Key provided: {secret[:8]}{'*' * 12}", status=401)


def _check_version(version: str) -> None:
    if version and version != API_VERSION:
        raise ApiError(f"Invalid Stripe API version: {version}. Use {API_VERSION}.")


def _next_fault(sandbox: Sandbox, request: Request) -> Fault | None:
    with sandbox.store.lock:
        for fault in sandbox.faults:
            is_meant = request.path.startswith(fault.path) and fault.method in {
                "",
                request.method,
            }
            if fault.count > 0 and is_meant:
                fault.count -= 1
                return fault
    return None


def _refuse_at_once(fault: Fault | None) -> None:
    """The faults that leave no trace."""
    if fault and fault.mode == "unavailable":
        raise ApiError("Try again later.", status=503, kind="api_error")
    if fault and fault.mode == "limited":
        raise ApiError(
            "Too many requests hit the API too quickly.", status=429, code="rate_limit"
        )


def _once(sandbox: Sandbox, request: Request, fault: Fault | None) -> Response:
    """The same key gives the same answer; a different request under it gets none."""
    if request.method != "POST" or not request.key:
        return _perform(sandbox, request, fault)
    if len(request.key) > 255:
        raise ApiError("Idempotency keys can have up to 255 characters.")
    known = _known_answer(sandbox, request)
    if known is not None:
        return known
    try:
        return _perform(sandbox, request, fault)
    except ApiError as error:
        if error.is_remembered:
            sandbox.store.finish_answer(request.key, error.status, error.body())
        else:
            sandbox.store.forget_answer(request.key)
        raise


def _known_answer(sandbox: Sandbox, request: Request) -> Response | None:
    """The answer given before, or None after marking the key as being worked on."""
    fingerprint = hashlib.sha256(f"{request.path}\n{request.body}".encode()).hexdigest()
    with sandbox.store.transaction():
        known = sandbox.store.recall(request.key)
        if known is None:
            sandbox.store.begin_answer(request.key, fingerprint)
            return None
    if known.fingerprint != fingerprint:
        raise ApiError(
            "Keys for idempotent requests can only be used with the same parameters "
            "they were first used with.",
            kind="idempotency_error",
        )
    if known.status is None:
        raise ApiError(
            "There is currently another in-progress request using this Idempotent Key.",
            status=409,
            kind="idempotency_error",
            code="idempotency_key_in_use",
        )
    return Response(known.status, known.body, {"Idempotent-Replayed": "true"})


def _perform(sandbox: Sandbox, request: Request, fault: Fault | None) -> Response:
    if fault and fault.mode == "slow":
        time.sleep(fault.seconds)
    if fault and fault.mode == "broken":
        raise ApiError(
            "Something went wrong on our side.",
            status=500,
            kind="api_error",
            is_remembered=True,
        )
    # The effect and the remembered answer stand or fall together.
    with sandbox.store.transaction():
        body = _routed(sandbox, request)
        if request.method == "POST" and request.key:
            sandbox.store.finish_answer(request.key, 200, body)
    if fault and fault.mode == "lost":
        raise AnswerLost
    return Response(200, body)


def _routed(sandbox: Sandbox, request: Request) -> Object:
    for method, pattern, route in ROUTES:
        match = pattern.fullmatch(request.path)
        if match and method == request.method:
            object_id = match.group(1) if match.groups() else ""
            body = route(sandbox, request.params, object_id)
            paths = request.params.get("expand") or []
            return dict(shown(expanded(dict(body), list(paths), sandbox.store.get)))
    raise ApiError(
        f"Unrecognized request URL ({request.method}: {request.path}).", status=404
    )
