"""What a payment provider must be able to do, in our own words.

Adapters (`billing.gateways.stripe`) translate between these and the provider's API.
Amounts are Decimals with an ISO 4217 code in capitals, times are aware UTC.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol


class GatewayError(Exception):
    """Anything that went wrong at or on the way to the provider.

    `code` is the provider's own word for it; never contains card data.
    """

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class GatewayUnavailable(GatewayError):
    """No usable answer: unreachable, too slow, overloaded or failing.

    The request may or may not have taken effect: repeat it with the same
    idempotency key to learn which, never with a new one. Unless `is_final`: then the
    provider remembers a failure under this key and will give no other answer.
    """

    def __init__(self, message: str, *, code: str = "", is_final: bool = False) -> None:
        super().__init__(message, code=code)
        self.is_final = is_final


class GatewayRefused(GatewayError):
    """The provider answered and said no. Repeating the request changes nothing."""


class SignatureRefused(GatewayError):
    """A webhook that the provider did not sign, or signed too long ago."""


class CheckoutStatus(StrEnum):
    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


class IntentStatus(StrEnum):
    """Whether the money has moved."""

    WAITING = "waiting"  # for the payer: a card, another card, a challenge
    PROCESSING = "processing"  # the payer is done, the bank is not
    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"


class RefundStatus(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class CheckoutRequest:
    """One hosted payment page for one amount.

    `metadata` travels with the session, the intent and the charge, so that each of
    them says which of our rows it belongs to. It holds ids only.
    """

    idempotency_key: str
    amount: Decimal
    currency: str
    description: str
    reference: str
    email: str
    success_url: str
    cancel_url: str
    expires_at: datetime
    metadata: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class IntentState:
    """One attempt to move money, as the provider knows it now."""

    id: str
    status: IntentStatus
    amount: Decimal
    amount_received: Decimal
    currency: str
    live: bool
    metadata: dict[str, str]
    created_at: datetime
    charge_id: str = ""
    amount_refunded: Decimal = Decimal("0.00")
    error_code: str = ""


@dataclass(frozen=True, kw_only=True)
class CheckoutSession:
    """A hosted payment page. `url` is empty once nobody can pay there any more."""

    id: str
    status: CheckoutStatus
    is_paid: bool
    url: str
    amount: Decimal
    currency: str
    live: bool
    expires_at: datetime
    metadata: dict[str, str]
    intent: IntentState | None = None


@dataclass(frozen=True, kw_only=True)
class RefundRequest:
    """Give back part or all of what one intent took."""

    idempotency_key: str
    intent_id: str
    amount: Decimal
    currency: str
    metadata: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class RefundResult:
    id: str
    status: RefundStatus
    amount: Decimal
    currency: str
    intent_id: str
    created_at: datetime
    metadata: dict[str, str] = field(default_factory=dict)
    failure_code: str = ""


@dataclass(frozen=True, kw_only=True)
class ProviderNotice:
    """An event of the provider: something happened to the object named here.

    Notices come repeated and in any order. They say where to look, never what is
    true: read the object before acting.
    """

    id: str
    type: str
    object_type: str
    object_id: str
    intent_id: str
    account: str
    live: bool
    created_at: datetime
    metadata: dict[str, str]


class Gateway(Protocol):
    """A payment provider.

    Every method may raise GatewayUnavailable or GatewayRefused. None may be called
    inside a database transaction: they wait for the network.
    """

    name: str
    live: bool

    def open_checkout(self, request: CheckoutRequest) -> CheckoutSession:
        """Make a hosted payment page; the same key gives the same page."""

    def find_checkout(self, session_id: str) -> CheckoutSession:
        """The page with its intent, as they are now."""

    def find_checkout_of(self, intent_id: str) -> CheckoutSession | None:
        """The page that an intent belongs to; None for money taken in another way."""

    def close_checkout(self, session_id: str) -> CheckoutSession:
        """Stop the page from taking money. One already complete stays complete."""

    def find_intent(self, intent_id: str) -> IntentState:
        """The intent, as it is now."""

    def intents_since(self, since: datetime) -> Iterator[IntentState]:
        """Every intent made at or after `since`, newest first."""

    def notices_since(self, since: datetime) -> Iterator[ProviderNotice]:
        """Every event made at or after `since`, newest first."""

    def refund(self, request: RefundRequest) -> RefundResult:
        """Give money back; the same key gives it back once."""

    def find_refund(self, refund_id: str) -> RefundResult:
        """The refund, as it is now."""

    def refunds_of(self, intent_id: str) -> Iterator[RefundResult]:
        """Every refund of one intent, newest first."""

    def read_webhook(self, body: bytes, signature: str) -> ProviderNotice:
        """The notice in a webhook's raw body, once its signature is proven.

        Raises SignatureRefused for a wrong, missing or old signature and for a body
        that is no event.
        """
