"""Whose uploads one may go on with: one's own, while they wait.

Whether one may add to the patient's record is asked anew with every part, by
`records.add_document`.
"""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from records.uploads.models import Upload


def visible_to(user: Any, *, at: datetime) -> QuerySet[Upload]:
    """The uploads that `user` began and that have not expired."""
    if not user.is_authenticated or not user.is_active:
        return Upload.objects.none()
    return Upload.objects.filter(uploaded_by=user, expires_at__gt=at)
