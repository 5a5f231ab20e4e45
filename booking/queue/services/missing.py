"""Visits that nobody came to: found each minute, marked once."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from booking.appointments.models import Appointment, Status
from booking.appointments.services import mark_missed
from booking.queue.queries import Rules, rule_book
from clinic.visit_types.models import VisitType

# How far back a worker that was down looks, and how many one sweep takes.
BACK, SWEEP = timedelta(days=1), 500


def mark_overdue(*, at: datetime) -> int:
    """Mark as missed what nobody checked in to within the grace time of its location,
    where that is wanted; returns how many.

    Visits in person only: by video and phone nobody comes to a desk. Each in a
    transaction of its own, passing by what somebody is working on. Whoever comes late
    after all is checked in at the desk, and why it was missed is said later there.
    """
    book = rule_book()
    done = _mark_at(~Q(location__in=book.places), book.clinic, at)
    for place, rule in book.places.items():
        done += _mark_at(Q(location=place), rule, at)
    return done


def _mark_at(where: Q, rule: Rules, at: datetime) -> int:
    """Mark those at locations with the same rules."""
    if not rule.marks_missed:
        return 0
    latest = at - timedelta(minutes=rule.missed_minutes)
    overdue = where & Q(
        status=Status.CONFIRMED,
        starts_at__lte=latest,
        starts_at__gt=at - BACK,
        visit_type__mode=VisitType.Mode.IN_PERSON,
    )
    rows = Appointment.objects.filter(overdue).order_by("pk")
    why = f"Nobody checked in within {rule.missed_minutes} minutes"
    return sum(
        _mark(pk, overdue, why, at) for pk in rows.values_list("pk", flat=True)[:SWEEP]
    )


@transaction.atomic
def _mark(pk: int, overdue: Q, why: str, at: datetime) -> bool:
    rows = Appointment.objects.select_for_update(skip_locked=True, of=("self",))
    row = rows.filter(overdue, pk=pk).first()
    if row is None:
        return False
    mark_missed(actor=None, appointment=row, at=at, reason=why)
    return True
