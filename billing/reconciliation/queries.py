"""The clinic's payments, and those that somebody has to look at."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from billing.payments.models import Payment
from billing.payments.permissions import visible_to as payments_seen
from billing.reconciliation.models import Finding
from billing.reconciliation.permissions import visible_to
from billing.refunds.models import COUNTED, Refund
from billing.refunds.permissions import visible_to as refunds_seen
from billing.settlements.models import ProviderEvent
from billing.settlements.permissions import visible_to as events_seen

# A list for people; who has more than this has another problem.
MOST = 100


@dataclass(frozen=True)
class FollowUp:
    """What people have to look at. The last two are empty for the desk."""

    flagged: list[Payment]
    failed: list[Refund]
    dead: list[ProviderEvent]
    findings: list[Finding]

    @property
    def count(self) -> int:
        ours = len(self.flagged) + len(self.failed)
        return ours + len(self.dead) + len(self.findings)


def follow_up_for(user: Any) -> FollowUp:
    """Everything stuck that `user` may see, newest first; at most 100 of a kind."""
    payments = payments_seen(user).select_related("appointment__location", "patient")
    refunds = refunds_seen(user).select_related(
        "payment__appointment__location", "payment__patient"
    )
    events = events_seen(user).select_related("payment__appointment")
    findings = visible_to(user).select_related("payment__appointment")
    return FollowUp(
        flagged=list(
            payments.filter(status=Payment.Status.FLAGGED).order_by("-pk")[:MOST]
        ),
        failed=list(refunds.filter(status=Refund.Status.FAILED).order_by("-pk")[:MOST]),
        dead=list(
            events.filter(status=ProviderEvent.Status.DEAD).order_by("-pk")[:MOST]
        ),
        findings=list(findings.filter(settled_at=None).order_by("-pk")[:MOST]),
    )


def ledger(user: Any, *, words: str = "", state: str = "") -> QuerySet[Payment]:
    """The payments that `user` may see, newest first, with what a list shows.

    `words` are looked for in the visit's reference, the patient's names and number.
    `state` is paid, due or refunded. Tries that came to nothing are left out.
    """
    rows = payments_seen(user).exclude(
        status__in=[Payment.Status.EXPIRED, Payment.Status.FAILED]
    )
    if state in _STATES:
        rows = rows.filter(_STATES[state])
    for word in words.split():
        rows = rows.filter(
            Q(appointment__reference__istartswith=word)
            | Q(patient__first_name__istartswith=word)
            | Q(patient__last_name__istartswith=word)
            | Q(patient__number__iexact=word)
        )
    return (
        rows.select_related("appointment__location", "appointment__doctor", "patient")
        .prefetch_related("refunds")
        .order_by("-pk")
    )


_REFUNDED = Exists(Refund.objects.filter(payment=OuterRef("pk"), status__in=COUNTED))
_STATES = {
    "paid": Q(status=Payment.Status.SUCCEEDED),
    "due": Q(status__in=[Payment.Status.OPEN, Payment.Status.PROCESSING]),
    "refunded": Q(_REFUNDED),
}
