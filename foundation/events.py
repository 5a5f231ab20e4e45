"""Telling the rest of the house that something happened."""

from django.conf import settings

from foundation.jobs import enqueue


def publish(event: str, **ids: int) -> None:
    """Queue every subscriber of `event` in the caller's transaction.

    Subscribers are dotted job paths in `settings.EVENT_SUBSCRIPTIONS`; each runs apart
    from the others and is retried by itself. Raises KeyError for an unknown event.
    """
    for path in settings.EVENT_SUBSCRIPTIONS[event]:
        enqueue(path, **ids)
