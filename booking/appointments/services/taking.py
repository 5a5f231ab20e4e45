"""Taking time without taking it twice.

It goes: lock the calendars (doctor, room, patient: `lock_calendars`), read, write.
Exclusion constraints stand behind the locks; a hold that has lapsed still counts for
them, so it is expired in the same transaction as soon as it is in the way
(`state.expire_beside`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import OperationalError, transaction
from django.db.models import QuerySet

from booking.appointments.queries import nearest_slots
from booking.appointments.services.refusals import Busy, SlotTaken
from clinic.visit_types.models import Offering

P = ParamSpec("P")
R = TypeVar("R")

# PostgreSQL's names for what a race may end in.
_DEADLOCK, _LOCK_TIMEOUT = "40P01", "55P03"
# Whether a service that takes time is at work here already.
_taking: ContextVar[bool] = ContextVar("taking", default=False)


def sqlstate(error: Exception) -> str:
    """PostgreSQL's five characters for what went wrong."""
    return getattr(error.__cause__, "sqlstate", None) or ""


def takes_time(service: Callable[P, R]) -> Callable[P, R]:
    """Run a service in a transaction; a deadlock is tried once more, then refused.

    The fixed order of locks leaves none between bookings; others may hold rows. One
    inside another is part of it: no transaction of its own, and a refusal ends both.
    """

    @wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if _taking.get():
            with transaction.atomic(savepoint=False):
                return service(*args, **kwargs)
        token = _taking.set(True)
        try:
            return _run_twice(lambda: service(*args, **kwargs))
        finally:
            _taking.reset(token)

    return run


def _run_twice(act: Callable[[], R]) -> R:
    try:
        with transaction.atomic():
            return act()
    except OperationalError as error:
        if sqlstate(error) == _LOCK_TIMEOUT:
            raise Busy from error
        if sqlstate(error) != _DEADLOCK:
            raise
    try:
        with transaction.atomic():
            return act()
    except OperationalError as error:
        if sqlstate(error) in (_DEADLOCK, _LOCK_TIMEOUT):
            raise Busy from error
        raise


@contextmanager
def offering_nearest(
    offering: Offering | QuerySet[Offering], starts_at: datetime, **conditions: Any
) -> Iterator[None]:
    """Put the nearest free times into a SlotTaken that passes through.

    Stands outside the transaction, so that nobody waits for a lock meanwhile.
    """
    try:
        yield
    except SlotTaken as taken:
        same = offering.first() if isinstance(offering, QuerySet) else offering
        if same is not None:
            taken.nearest = nearest_slots(same, starts_at, **conditions)
        raise
