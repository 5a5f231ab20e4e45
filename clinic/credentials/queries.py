"""What do people hold, and what of it ends?"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from accounts.models import User
from clinic.credentials.models import Credential
from clinic.identity.queries import current
from foundation.formats import local

# Days before the last day on which people are told, the longest first.
WARNED = (60, 14, 0)


def clinic_today(at: datetime) -> date:
    """The day it is at the clinic."""
    return local(at, current().time_zone).date()


def held_by(user: User) -> QuerySet[Credential]:
    """What somebody holds, the first to end first."""
    return Credential.objects.filter(user=user, ended_at=None).order_by(
        "valid_until", "pk"
    )


def expired_holders(users: Iterable[User], *, today: date) -> set[int]:
    """Ids of those among `users` whom a licence or insurance of is expired and not
    replaced by another of its kind that still holds. One query."""
    rows = Credential.objects.filter(user__in=list(users), ended_at=None).exclude(
        kind=Credential.Kind.CERTIFICATE
    )
    held: dict[tuple[int, str], bool] = {}
    for row in rows:
        key = (row.user_id, row.kind)
        held[key] = held.get(key, False) or not row.is_expired(today)
    return {user_id for (user_id, _), holds in held.items() if not holds}


def ending(*, today: date) -> list[tuple[Credential, int]]:
    """Credentials to tell about today, each with the nearest of WARNED days that has
    come. A worker that was away makes up for the latest one only."""
    soon = today + timedelta(days=max(WARNED))
    rows = Credential.objects.filter(
        ended_at=None,
        user__is_active=True,
        valid_until__lte=soon,
        valid_until__gte=today - timedelta(days=30),
    )
    found = []
    for row in rows.prefetch_related("warnings"):
        if row.valid_until is None:
            continue
        left = (row.valid_until - today).days
        days = min(day for day in WARNED if left <= day)
        told = {(w.days, w.valid_until) for w in row.warnings.all()}
        if (days, row.valid_until) not in told:
            found.append((row, days))
    return found
