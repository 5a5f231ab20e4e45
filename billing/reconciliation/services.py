"""Writing down where the books differ, and that somebody dealt with it."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from audit.services import record
from billing.gateways.base import IntentState, IntentStatus
from billing.payments.models import RECEIVED, Payment
from billing.reconciliation.models import Finding
from foundation.formats import money


@transaction.atomic
def compare_books(*, intents: Iterable[IntentState]) -> list[Payment]:
    """Hold the provider's money against ours; returns payments to ask about anew.

    `intents` are all of a span of time, with what they say now. Writes a finding, once
    for each object, for money that we do not know of, money that is not ours, two
    charges for one payment, and sums that differ.
    """
    taken = [row for row in intents if row.status is IntentStatus.SUCCEEDED]
    ours = _ours(taken)
    by_payment: dict[int, list[IntentState]] = defaultdict(list)
    for intent in taken:
        payment = ours.get(intent.metadata.get("payment", ""))
        if payment is None:
            _find(Finding.Kind.FOREIGN, intent, None)
        else:
            by_payment[payment.pk].append(intent)
    unknown = []
    for payment in ours.values():
        if _compare(payment, by_payment[payment.pk]):
            unknown.append(payment)
    return unknown


def _compare(payment: Payment, intents: list[IntentState]) -> bool:
    """Whether the provider has money of this payment that we know nothing of."""
    first, *others = sorted(intents, key=lambda row: row.id != payment.intent_id)
    for other in others:
        _find(Finding.Kind.DOUBLE, other, payment)
    if payment.status not in RECEIVED:
        _find(Finding.Kind.DROPPED_EVENT, first, payment)
        return True
    is_same = (first.amount_received, first.currency) == (
        payment.amount,
        payment.currency,
    )
    if not is_same or payment.status == Payment.Status.FLAGGED:
        _find(Finding.Kind.AMOUNT, first, payment)
    if payment.returned == Payment.Returned.DOUBLE:
        _find(Finding.Kind.DOUBLE, first, payment)
    return False


@transaction.atomic
def note_dropped_event(*, event_id: str, kind: str, payment: Payment | None) -> None:
    """The provider made an event of which no webhook reached us."""
    Finding.objects.get_or_create(
        kind=Finding.Kind.DROPPED_EVENT,
        object_id=event_id[:120],
        defaults={"payment": payment, "detail": kind[:300]},
    )


@transaction.atomic
def settle_finding(*, actor: Any, finding: Finding, at: datetime) -> Finding:
    """Somebody dealt with it. Doing so twice changes nothing."""
    finding = Finding.objects.select_for_update(of=("self",)).get(pk=finding.pk)
    if finding.settled_at is None:
        finding.settled_at, finding.settled_by = at, actor
        finding.save(update_fields=["settled_at", "settled_by", "updated_at"])
        record(actor=actor, verb="finding.settled", subject=finding)
    return finding


def _ours(intents: list[IntentState]) -> dict[str, Payment]:
    """Our payments that the intents name, by public id. One query."""
    ids = set()
    for intent in intents:
        try:
            ids.add(UUID(intent.metadata.get("payment", "")))
        except ValueError:
            continue
    rows = Payment.objects.filter(public_id__in=ids).order_by("pk")
    return {str(row.public_id): row for row in rows}


def _find(kind: Finding.Kind, intent: IntentState, payment: Payment | None) -> None:
    words = money(intent.amount_received, intent.currency, exact=True)
    Finding.objects.get_or_create(
        kind=kind,
        object_id=intent.id[:120],
        defaults={"payment": payment, "detail": words},
    )
