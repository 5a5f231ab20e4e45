"""Which visits share their doctor's time, because one of them was overbooked?"""

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import combinations

from booking.appointments.models import LIVE, Appointment, AppointmentQuerySet, Status

# What is done was there all the same.
_THERE = (*LIVE, Status.COMPLETED)


def sharing(visit: Appointment) -> AppointmentQuerySet:
    """The visits that share time with this one: those over which it was booked, or the
    one that was booked over it. In order of time."""
    rows = Appointment.objects.filter(
        doctor=visit.doctor_id,
        status__in=_THERE,
        busy_starts_at__lt=visit.busy_ends_at,
        busy_ends_at__gt=visit.busy_starts_at,
    ).exclude(pk=visit.pk)
    if not visit.is_overbooked:
        rows = rows.filter(is_overbooked=True)
    return rows.order_by("starts_at", "pk")


def shared_ids(visits: Iterable[Appointment]) -> set[int]:
    """The keys of those of `visits` that share time with another of them. No query."""
    there = [visit for visit in visits if visit.status in _THERE]
    if not any(visit.is_overbooked for visit in there):
        return set()
    return {
        visit.pk for pair in combinations(there, 2) if _share(*pair) for visit in pair
    }


def _share(one: Appointment, other: Appointment) -> bool:
    return (
        one.doctor_id == other.doctor_id
        and (one.is_overbooked or other.is_overbooked)
        and one.busy_starts_at < other.busy_ends_at
        and other.busy_starts_at < one.busy_ends_at
    )


def taken_times(
    *, doctor_ids: Collection[int], first: datetime, after: datetime, at: datetime
) -> list[tuple[datetime, datetime, bool]]:
    """When these doctors are taken between two instants: from, until, and whether it is
    overbooked already. Says nothing of whose visits they are."""
    rows = (
        Appointment.objects.live(at)
        .filter(doctor__in=doctor_ids, starts_at__gte=first, starts_at__lt=after)
        .order_by("starts_at", "pk")
    )
    return list(rows.values_list("starts_at", "ends_at", "is_overbooked"))
