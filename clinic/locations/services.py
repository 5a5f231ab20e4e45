"""Closing, and opening again."""

from datetime import date

from django.db import transaction

from accounts.users.models import User
from audit.services import record
from clinic.locations.models import Closure, Location
from foundation.errors import Refused


class EndsBeforeStart(Refused):
    sentence = "The last day is before the first."


@transaction.atomic
def add_closure(
    *,
    actor: User,
    location: Location | None,
    starts_date: date,
    ends_date: date,
    reason: str,
) -> Closure:
    """Shut a location, or (None) the whole clinic, from `starts_date` until the day
    before `ends_date`. Visits booked in it stay: see booking's conflicts.

    Raises EndsBeforeStart.
    """
    if ends_date <= starts_date:
        raise EndsBeforeStart
    closure = Closure.objects.create(
        location=location, starts_date=starts_date, ends_date=ends_date, reason=reason
    )
    record(actor=actor, verb="closure.added", subject=closure)
    return closure


@transaction.atomic
def remove_closure(*, actor: User, closure: Closure) -> None:
    """Open as usual again."""
    record(actor=actor, verb="closure.removed", subject=closure)
    closure.delete()
