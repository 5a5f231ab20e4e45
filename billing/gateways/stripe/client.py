"""Stripe, through its own library, pinned to one version of the API.

The same code talks to Stripe and to `billing.gateways.sandbox`: only the address and
the key differ. Nothing here reads or writes our database.
"""

import json
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from urllib.parse import urlsplit

import requests
import stripe

from billing.gateways.base import (
    CheckoutRequest,
    CheckoutSession,
    GatewayRefused,
    GatewayUnavailable,
    IntentState,
    ProviderNotice,
    RefundRequest,
    RefundResult,
    SignatureRefused,
)
from billing.gateways.stripe.reading import (
    read_checkout,
    read_intent,
    read_notice,
    read_refund,
)
from foundation.money import minor_units

# The library is tied to the version it was generated from, and so are the fields read
# below. From endive on, sessions take `allowed_payment_method_types` and refuse
# `payment_method_types`. Source: Stripe changelog, 2026-09-30.endive.
API_VERSION = "2026-10-28.endive"
# A signed webhook older than this is a replay. Source: Stripe, "Verify webhooks".
TOLERANCE_SECONDS = 300
# Cards and their wallets answer at once. A method that settles days later could never
# keep a time that is held for minutes.
METHODS = ["card"]


class StripeGateway:
    """One Stripe account. Safe to share between threads."""

    name = "stripe"

    def __init__(
        self,
        *,
        secret_key: str,
        webhook_secrets: Sequence[str],
        api_base: str = "",
        timeout: tuple[float, float] = (3.0, 10.0),
        retries: int = 1,
    ) -> None:
        """`timeout` is for connecting and for reading, in seconds, per try.

        Several `webhook_secrets` are all valid, so that one can be rolled over.
        """
        self.live = secret_key.startswith(("sk_live_", "rk_live_"))
        self._webhook_secrets = [secret for secret in webhook_secrets if secret.strip()]
        self._client = stripe.StripeClient(
            secret_key,
            stripe_version=API_VERSION,
            base_addresses={"api": api_base} if api_base else None,
            max_network_retries=retries,
            http_client=stripe.RequestsClient(
                timeout=timeout, session=_loopback_session(api_base)
            ),
        )

    def open_checkout(self, request: CheckoutRequest) -> CheckoutSession:
        amount = minor_units(request.amount, request.currency)
        with _translated():
            session = self._client.v1.checkout.sessions.create(
                {
                    "mode": "payment",
                    "allowed_payment_method_types": METHODS,
                    "line_items": [
                        {
                            "quantity": 1,
                            "price_data": {
                                "currency": request.currency.lower(),
                                "unit_amount": amount,
                                "product_data": {"name": request.description},
                            },
                        }
                    ],
                    "client_reference_id": request.reference,
                    "customer_email": request.email,
                    "success_url": request.success_url,
                    "cancel_url": request.cancel_url,
                    "expires_at": int(request.expires_at.timestamp()),
                    "metadata": request.metadata,
                    "payment_intent_data": {
                        "description": request.description,
                        "metadata": request.metadata,
                    },
                    "expand": ["payment_intent.latest_charge"],
                },
                {"idempotency_key": request.idempotency_key},
            )
            return read_checkout(session)

    def find_checkout(self, session_id: str) -> CheckoutSession:
        with _translated():
            session = self._client.v1.checkout.sessions.retrieve(
                session_id, {"expand": ["payment_intent.latest_charge"]}
            )
            return read_checkout(session)

    def find_checkout_of(self, intent_id: str) -> CheckoutSession | None:
        with _translated():
            page = self._client.v1.checkout.sessions.list(
                {
                    "payment_intent": intent_id,
                    "limit": 1,
                    "expand": ["data.payment_intent.latest_charge"],
                }
            )
            return read_checkout(page.data[0]) if page.data else None

    def close_checkout(self, session_id: str) -> CheckoutSession:
        try:
            with _translated():
                session = self._client.v1.checkout.sessions.expire(
                    session_id, {"expand": ["payment_intent.latest_charge"]}
                )
                return read_checkout(session)
        except GatewayRefused:
            # Only an open session can be expired. Somebody was quicker: the payer,
            # the clock, or an earlier run of the same job.
            return self.find_checkout(session_id)

    def find_intent(self, intent_id: str) -> IntentState:
        with _translated():
            intent = self._client.v1.payment_intents.retrieve(
                intent_id, {"expand": ["latest_charge"]}
            )
            return read_intent(intent)

    def intents_since(self, since: datetime) -> Iterator[IntentState]:
        with _translated():
            page = self._client.v1.payment_intents.list(
                {
                    "created": {"gte": int(since.timestamp())},
                    "limit": 100,
                    "expand": ["data.latest_charge"],
                }
            )
            yield from map(read_intent, page.auto_paging_iter())

    def notices_since(self, since: datetime) -> Iterator[ProviderNotice]:
        with _translated():
            page = self._client.v1.events.list(
                {"created": {"gte": int(since.timestamp())}, "limit": 100}
            )
            yield from map(read_notice, page.auto_paging_iter())

    def refund(self, request: RefundRequest) -> RefundResult:
        with _translated():
            refund = self._client.v1.refunds.create(
                {
                    "payment_intent": request.intent_id,
                    "amount": minor_units(request.amount, request.currency),
                    "reason": "requested_by_customer",
                    "metadata": request.metadata,
                },
                {"idempotency_key": request.idempotency_key},
            )
            return read_refund(refund)

    def find_refund(self, refund_id: str) -> RefundResult:
        with _translated():
            refund = self._client.v1.refunds.retrieve(refund_id)
            return read_refund(refund)

    def refunds_of(self, intent_id: str) -> Iterator[RefundResult]:
        with _translated():
            page = self._client.v1.refunds.list(
                {"payment_intent": intent_id, "limit": 100}
            )
            yield from map(read_refund, page.auto_paging_iter())

    def read_webhook(self, body: bytes, signature: str) -> ProviderNotice:
        _refuse_unlikely(signature)
        for secret in self._webhook_secrets:
            try:
                event = stripe.Webhook.construct_event(
                    body, signature, secret, tolerance=TOLERANCE_SECONDS
                )
            except stripe.SignatureVerificationError:
                continue
            except (ValueError, AttributeError, RecursionError) as error:
                raise SignatureRefused("The body is not an event.") from error
            return _notice_or_refused(event)
        raise SignatureRefused("No secret of ours made this signature.")


def _loopback_session(api_base: str) -> requests.Session | None:
    """A session that ignores proxies, for a server on this very machine."""
    if urlsplit(api_base).hostname not in {"127.0.0.1", "localhost", "::1"}:
        return None
    session = requests.Session()
    session.trust_env = False
    return session


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the library's errors into ours, without the body of the answer."""
    try:
        yield
    except stripe.StripeError as error:
        code = _code(error)
        message = error.user_message or "The payment provider gave no reason."
        if _outcome_unknown(error):
            replayed = str((error.headers or {}).get("Idempotent-Replayed", ""))
            raise GatewayUnavailable(
                message, code=code, is_final=replayed.lower() == "true"
            ) from error
        raise GatewayRefused(message, code=code) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # It said something, and nobody knows what: it may have done it.
        raise GatewayUnavailable(
            "The payment provider's answer cannot be read.", code="unreadable"
        ) from error


def _code(error: stripe.StripeError) -> str:
    """The provider's word. The library itself sets it on some errors only."""
    body = error.json_body if isinstance(error.json_body, dict) else {}
    details = body.get("error")
    inner = details.get("code") if isinstance(details, dict) else ""
    return error.code or inner or type(error).__name__


def _outcome_unknown(error: stripe.StripeError) -> bool:
    if isinstance(error, stripe.APIConnectionError | stripe.RateLimitError):
        return True
    # 409: the same key is being worked on at this moment. Below 400 it did not refuse,
    # but what it said is no answer.
    status = error.http_status or 500
    return status < 400 or status == 409 or status >= 500


def _refuse_unlikely(signature: str) -> None:
    """What the library lets through or stumbles over: other signs, a later time."""
    # Signatures are hex; comparing anything else would raise TypeError.
    if not signature.isascii():
        raise SignatureRefused("The signature has signs that none has.")
    stamp = re.search(r"(?:^|,)\s*t=(\d{1,12})", signature)
    if stamp is None or int(stamp.group(1)) > time.time() + TOLERANCE_SECONDS:
        raise SignatureRefused("The signature has no time that can be right.")


def _notice_or_refused(event: stripe.Event) -> ProviderNotice:
    try:
        notice = read_notice(event)
        # Half of a pair of letters is no text: the database could not keep it.
        json.dumps(asdict(notice), default=str, ensure_ascii=False).encode()
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise SignatureRefused("The body is not an event.") from error
    return notice
