"""The payment sandbox and a visit to pay for, for every test of the money."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from billing.gateways.base import CheckoutSession
from billing.gateways.sandbox.courier import signature
from billing.gateways.stripe import gateway
from billing.payments.models import Payment
from billing.payments.queries import checkout_request
from billing.payments.services import attach_session, open_payment
from booking.appointments.models import HOLD, Status
from booking.models import Appointment
from foundation.outages import ask_again
from tests.factories.booking import AppointmentFactory, WorkingHoursFactory
from tests.factories.payment_sandbox import KEY, SECRET, RunningSandbox

SITE = "http://testserver"


@pytest.fixture(scope="session")
def _running_sandbox() -> Iterator[RunningSandbox]:
    running = RunningSandbox()
    yield running
    running.stop()


@pytest.fixture
def sandbox(_running_sandbox: RunningSandbox) -> RunningSandbox:
    """A real sandbox that has forgotten everything, and sends webhooks to nobody."""
    _running_sandbox.ask("reset")
    return _running_sandbox


@pytest.fixture
def provider(sandbox: RunningSandbox, settings: Any) -> RunningSandbox:
    """The sandbox as the provider that the settings name."""
    settings.STRIPE_SECRET_KEY = KEY
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    settings.STRIPE_API_BASE = sandbox.url
    ask_again()
    return sandbox


def next_monday() -> datetime:
    """10:20 in UTC on a Monday that is at least a week ahead."""
    today = (
        timezone.now()
        .astimezone(UTC)
        .replace(hour=10, minute=20, second=0, microsecond=0)
    )
    return today + timedelta(days=14 - today.weekday())


@pytest.fixture
def held(ann: Any) -> Any:
    """Ann's visit, held for its payment of £65.00, in the doctor's working hours."""
    visit = AppointmentFactory(
        patient=ann.patient,
        status=Status.HELD,
        starts_at=next_monday(),
        hold_expires_at=timezone.now() + HOLD,
        price=Decimal("65.00"),
        payment_policy="BEFORE",
    )
    WorkingHoursFactory(doctor=visit.doctor, location=visit.location)
    return visit


@pytest.fixture
def begin(provider: RunningSandbox) -> Callable[..., Payment]:
    """Open a payment with its page, as the pay button does."""

    def run(visit: Appointment, return_path: str = "/pay/") -> Payment:
        payment = open_payment(
            actor=None,
            appointment=visit,
            return_path=return_path,
            is_live=False,
            at=timezone.now(),
            idempotency_key=uuid.uuid4(),
        )
        session = page_of(payment)
        return attach_session(payment=payment, session=session)

    return run


def page_of(payment: Payment) -> CheckoutSession:
    return gateway().open_checkout(checkout_request(payment, site=SITE))


@pytest.fixture
def deliver(client: Client) -> Callable[..., Any]:
    """Post an event to our webhook, signed as the provider signs it."""

    def run(event: dict[str, Any], **changes: Any) -> Any:
        body = json.dumps(event).encode()
        at = int(time.time()) - changes.get("age", 0)
        header = changes.get("header", signature(body, [SECRET], at=at))
        return client.post(
            "/webhooks/stripe/",
            data=body,
            content_type="application/json",
            headers={"Stripe-Signature": header},
        )

    return run


@pytest.fixture
def deliver_all(
    provider: RunningSandbox, deliver: Callable[..., Any]
) -> Callable[..., list[str]]:
    """Deliver every event that the provider has made, in the order wanted."""

    def run(order: Callable[[list[Any]], list[Any]] = list) -> list[str]:
        events = provider.ask("state")["event"][::-1]
        for event in order(events):
            assert deliver(event).status_code == 200
        return [event["type"] for event in events]

    return run
