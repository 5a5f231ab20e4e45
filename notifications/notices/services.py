"""Reading what stands under the bell."""

from datetime import datetime

from accounts.models import User
from notifications.deliveries.models import Delivery
from notifications.notices.queries import notices_for


def read_notice(*, notice: Delivery, at: datetime) -> None:
    """Mark one as read; the first time counts."""
    Delivery.objects.filter(pk=notice.pk, read_at=None).update(read_at=at)


def read_all_notices(*, actor: User, at: datetime) -> int:
    """Mark all as read; how many were new."""
    return notices_for(actor).filter(read_at=None).update(read_at=at)
