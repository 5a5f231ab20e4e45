"""Jobs: hold the provider's books against ours."""

import logging
from datetime import datetime, timedelta

from django.utils import timezone

from billing.gateways.base import GatewayError, ProviderNotice
from billing.gateways.stripe import gateway
from billing.reconciliation.services import compare_books, note_dropped_event
from billing.settlements.queries import is_known
from billing.settlements.services import record_event
from foundation.jobs import enqueue

log = logging.getLogger(__name__)

# Longer than the provider repeats its webhooks for, which is three days.
WINDOW = timedelta(days=4)
# Younger events may still be on their way.
GRACE = timedelta(minutes=10)


def reconcile_payments() -> None:
    """Find dropped events, doubled and foreign charges of the last days.

    What we were not told is taken in as if the webhook had come, so the same rules
    settle it. Findings are for people; running it again finds nothing twice.
    """
    at = timezone.now()
    try:
        compare_with_provider(at=at, until=at - GRACE)
    except GatewayError as error:
        log.warning("the provider's books cannot be read: %s", error.code)


def compare_with_provider(*, at: datetime, until: datetime) -> int:
    """Read the provider's books of the last days and hold what happened before `until`
    against ours; how many of its payments and events that were.

    Raises GatewayError where they cannot be read; then nothing is written.
    """
    intents = list(gateway().intents_since(at - WINDOW))
    notices = list(gateway().notices_since(at - WINDOW))
    settled = [row for row in intents if row.created_at <= until]
    told = [notice for notice in notices if notice.created_at <= until]
    for payment in compare_books(intents=settled):
        enqueue("billing.settlements.tasks.ask_provider", payment_id=payment.pk)
    for notice in told:
        _take_in(notice)
    return len(settled) + len(told)


def _take_in(notice: ProviderNotice) -> None:
    if is_known(gateway().name, notice.id):
        return
    event = record_event(notice=notice, provider=gateway().name)
    if event.status == event.Status.RECEIVED:
        note_dropped_event(
            event_id=event.provider_event_id, kind=event.kind, payment=event.payment
        )
