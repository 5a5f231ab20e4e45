"""The shapes of the API's answers, and where their rows come from."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from ninja import Schema

from accounts.users.models import Role, User
from accounts.users.permissions import roles_of
from booking.appointments.models import Appointment, AppointmentQuerySet, Status
from booking.openings.queries import openings
from clinic.doctors.models import Doctor
from clinic.visit_types.queries import on_offer
from foundation.formats import local


class Me(Schema):
    """The person in whose name the program acts, and what it may do for them."""

    id: UUID
    email: str
    first_name: str
    last_name: str
    roles: list[Role]
    scopes: list[str]


class Named(Schema):
    """Something of the clinic's, by the word in its addresses and its name."""

    slug: str
    name: str


class Person(Schema):
    """A patient, as far as a list of visits names them."""

    id: UUID
    name: str


class Visit(Schema):
    """An appointment. Times are in UTC; `time_zone` is where it takes place. Why
    somebody comes is never told here."""

    id: UUID
    reference: str
    status: Status
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    mode: str
    doctor: Named
    visit_type: Named
    location: Named
    patient: Person | None


class Visits(Schema):
    """A page of appointments, soonest first; `next` is the `after` of the next page."""

    items: list[Visit]
    next: UUID | None


class FreeTime(Schema):
    """A time that can be booked at this moment."""

    starts_at: datetime
    ends_at: datetime
    time_zone: str
    visit_type: Named
    location: Named


class FreeTimes(Schema):
    """Free times of one doctor, soonest first."""

    doctor: Named
    items: list[FreeTime]


class Problem(Schema):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str


class UnknownRow(Exception):
    """`after` names no row of this list."""


def me(user: User, scopes: Sequence[str]) -> Me:
    """`user` as they see themselves."""
    return Me(
        id=user.public_id,
        email=user.email,
        first_name=user.first_name,
        last_name=user.last_name,
        roles=sorted({Role(role) for role, _ in roles_of(user)}),
        scopes=list(scopes),
    )


def page_of_visits(
    rows: AppointmentQuerySet,
    *,
    limit: int,
    after: UUID | None,
    since: date | None,
    until: date | None,
    status: str | None,
) -> Visits:
    """One page of `rows`, which hold no more than the caller may see.

    Raises UnknownRow. Two queries at most.
    """
    if since is not None:
        rows = rows.filter(starts_at__gte=_midnight(since))
    if until is not None:
        rows = rows.filter(starts_at__lt=_midnight(until) + timedelta(days=1))
    if status is not None:
        rows = rows.filter(status=status)
    if after is not None:
        rows = rows.filter(_later(rows, after))
    found = list(
        rows.select_related("doctor", "visit_type", "location", "patient")
        .defer("reason")
        .order_by("starts_at", "pk")[: limit + 1]
    )
    more = len(found) > limit
    items = [_visit(row) for row in found[:limit]]
    return Visits(items=items, next=items[-1].id if more else None)


def _later(rows: AppointmentQuerySet, after: UUID) -> Q:
    last = rows.filter(public_id=after).values_list("starts_at", "pk").first()
    if last is None:
        raise UnknownRow
    return Q(starts_at__gt=last[0]) | Q(starts_at=last[0], pk__gt=last[1])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _visit(row: Appointment) -> Visit:
    patient = row.patient
    return Visit(
        id=row.public_id,
        reference=row.reference,
        status=Status(row.status),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        time_zone=row.location.time_zone,
        mode=row.visit_type.mode,
        doctor=_doctor(row.doctor),
        visit_type=_named(row.visit_type),
        location=_named(row.location),
        patient=Person(id=patient.public_id, name=str(patient)) if patient else None,
    )


def _doctor(doctor: Doctor) -> Named:
    return Named(slug=doctor.slug, name=str(doctor))


def _named(thing: Any) -> Named:
    return Named(slug=thing.slug, name=thing.name)


def free_times(
    doctor: Doctor,
    *,
    since: date | None,
    days: int,
    visit_type: str | None,
    location: str | None,
    limit: int,
    at: datetime,
) -> FreeTimes:
    """The free times of a listed doctor, from the day `since`, where each takes place,
    for `days` days."""
    offered = on_offer(at.date()).filter(doctor=doctor)
    if visit_type is not None:
        offered = offered.filter(visit_type__slug=visit_type)
    if location is not None:
        offered = offered.filter(location__slug=location)
    begin = max(at, _midnight(since) - timedelta(days=1)) if since else at
    found = openings(
        offered, after=begin, until=begin + timedelta(days=days + 2), at=at
    )
    items = []
    for one in found:
        first = since or local(at, one.zone).date()
        if first <= one.date < first + timedelta(days=days):
            items.append(
                FreeTime(
                    starts_at=one.starts_at,
                    ends_at=one.ends_at,
                    time_zone=one.zone,
                    visit_type=_named(one.offering.visit_type),
                    location=_named(one.offering.location),
                )
            )
    return FreeTimes(doctor=_doctor(doctor), items=items[:limit])
