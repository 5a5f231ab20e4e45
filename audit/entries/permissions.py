"""Who may read the log. Only those it concerns; the trust topics widen it."""

from typing import Any

from django.db.models import QuerySet

from audit.entries.models import Entry
from foundation.permissions import predicate


@predicate("audit.view_entry")
def can_view(user: Any, entry: Entry) -> bool:
    """A person sees what they themselves did."""
    return bool(user.is_active and entry.actor_id == user.pk)


def visible_to(user: Any) -> QuerySet[Entry]:
    """The entries that `user` may see."""
    if not user.is_authenticated:
        return Entry.objects.none()
    return Entry.objects.filter(actor_id=user.pk)
