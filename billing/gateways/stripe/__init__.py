"""The payment provider that the settings name."""

from functools import lru_cache

from django.conf import settings

from billing.gateways.base import Gateway
from billing.gateways.stripe.client import StripeGateway


def gateway() -> Gateway:
    """The provider that the settings name, with time enough for a job."""
    return _configured(
        settings.STRIPE_SECRET_KEY,
        tuple(settings.STRIPE_WEBHOOK_SECRETS),
        settings.STRIPE_API_BASE,
        timeout=(3.0, 20.0),
        retries=2,
    )


def hurried_gateway() -> Gateway:
    """The same provider for somebody who waits at a page: one try, a few seconds."""
    return _configured(
        settings.STRIPE_SECRET_KEY,
        tuple(settings.STRIPE_WEBHOOK_SECRETS),
        settings.STRIPE_API_BASE,
        timeout=(1.0, 4.0),
        retries=0,
    )


@lru_cache(maxsize=8)
def _configured(
    secret_key: str,
    webhook_secrets: tuple[str, ...],
    api_base: str,
    *,
    timeout: tuple[float, float],
    retries: int,
) -> StripeGateway:
    # Kept, because a client keeps its connection to the provider open.
    return StripeGateway(
        secret_key=secret_key,
        webhook_secrets=webhook_secrets,
        api_base=api_base,
        timeout=timeout,
        retries=retries,
    )
