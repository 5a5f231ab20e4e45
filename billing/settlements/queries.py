"""Provider events that wait, or were given up."""

from datetime import datetime

from django.db.models import QuerySet

from billing.settlements.models import ProviderEvent


def waiting(before: datetime) -> QuerySet[ProviderEvent]:
    """Events not handled since `before`: their job was lost, or put off."""
    return ProviderEvent.objects.filter(
        status=ProviderEvent.Status.RECEIVED, updated_at__lte=before
    ).order_by("created_at")


def is_known(provider: str, provider_event_id: str) -> bool:
    return ProviderEvent.objects.filter(
        provider=provider, provider_event_id=provider_event_id
    ).exists()
