"""What stands under somebody's bell."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.patients.models import Patient
from foundation.sql import fetch
from notifications.deliveries.models import Delivery
from notifications.preferences.models import Channel

# With every page of whoever is signed in: kept prepared, and by two indexes, whoever
# else has notes.
_UNREAD = f"""
SELECT count(*)
  FROM notifications_delivery d
 WHERE (d.user_id = %(user)s
        OR d.patient_id = ANY(ARRAY(SELECT p.id FROM accounts_patient p
                                     WHERE p.user_id = %(user)s)))
   AND d.channel = '{Channel.IN_APP}'
   AND d.status = '{Delivery.Status.DELIVERED}'
   AND d.read_at IS NULL
"""  # noqa: S608 words of ours  # nosec B608


def notices_for(user: Any) -> QuerySet[Delivery]:
    """The notes in the portal to `user`, newest first; nobody else's, whatever the
    role."""
    return Delivery.objects.filter(
        Q(user=user) | Q(patient__user=user),
        channel=Channel.IN_APP,
        status=Delivery.Status.DELIVERED,
    ).order_by("-created_at", "-pk")


def notices_of(patient: Patient) -> QuerySet[Delivery]:
    """The notes about a patient, newest first, for who acts for them: none about who
    else does or asks to."""
    return (
        Delivery.objects.filter(
            patient=patient,
            channel=Channel.IN_APP,
            status=Delivery.Status.DELIVERED,
        )
        .exclude(event__startswith="proxy_")
        .order_by("-created_at", "-pk")
    )


def unread_count(user: Any) -> int:
    """How many of `notices_for` are new; 0 for visitors. One query."""
    if not user.is_authenticated:
        return 0
    [[count]] = fetch(_UNREAD, {"user": user.pk})
    return int(count)
