"""What do people hold, and what of it ends?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from accounts.models import User
from clinic.credentials.models import Credential, LicenceRule
from clinic.doctors.models import Doctor
from clinic.identity.queries import current
from foundation.formats import local

# Days before the last day on which people are told, the longest first.
WARNED = (60, 30, 7, 0)


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


def stops_bookings() -> bool:
    """Whether a doctor whose licence is over gets no new bookings. Yes, until somebody
    says otherwise."""
    rule = LicenceRule.objects.first()
    return rule is None or rule.stops_bookings


def licences_end(users: Iterable[int]) -> dict[int, date]:
    """The last day on which a licence of theirs holds, by user id. Who has one without
    an end, or none on the list, is not in it. One query."""
    rows = Credential.objects.filter(
        user__in=list(users), kind=Credential.Kind.LICENCE, ended_at=None
    )
    ends: dict[int, date] = {}
    endless = set()
    for row in rows:
        if row.valid_until is None:
            endless.add(row.user_id)
        else:
            ends[row.user_id] = max(ends.get(row.user_id, date.min), row.valid_until)
    return {user: last for user, last in ends.items() if user not in endless}


@dataclass(frozen=True)
class Licensed:
    """A doctor whose licence ends soon or is over; `until` is its last day."""

    doctor: Doctor
    until: date
    is_over: bool


def ending_licences(*, today: date) -> list[Licensed]:
    """The doctors here whose licence is over or ends within the longest warning, the
    first to end first."""
    doctors = {
        doctor.user_id: doctor
        for doctor in Doctor.objects.working(today)
        if doctor.user_id is not None
    }
    soon = today + timedelta(days=max(WARNED))
    found = [
        Licensed(doctors[user], until, is_over=until < today)
        for user, until in licences_end(doctors).items()
        if until <= soon
    ]
    return sorted(found, key=lambda one: (one.until, one.doctor.pk))
