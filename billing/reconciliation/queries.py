"""What the provider's books and ours do not agree on."""

from django.db.models import QuerySet

from billing.reconciliation.models import Finding


def open_findings() -> QuerySet[Finding]:
    """Findings that nobody has dealt with, newest first."""
    return (
        Finding.objects.filter(settled_at=None)
        .select_related("payment__appointment__location")
        .order_by("-created_at")
    )
