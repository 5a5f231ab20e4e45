"""A doctor's day: who is here, who comes, what waits for an answer."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, QuerySet, Subquery

from booking.appointments.models import Appointment, Status, StatusChange
from booking.appointments.permissions import visible_to
from clinic.doctors.models import Doctor
from portal.dashboards.visits.queries import Move, moves
from records.models import Prescription

# From then on somebody has waited too long.
LONG_WAIT = timedelta(minutes=15)


@dataclass(frozen=True)
class Row:
    """One visit in the queue. `waited` is in whole minutes, None when nobody waits."""

    appointment: Appointment
    moves: list[Move]
    waited: int | None
    is_long: bool


@dataclass(frozen=True)
class Group:
    """A part of the queue, with its heading."""

    title: str
    rows: list[Row]


@dataclass(frozen=True)
class Day:
    """A doctor's day at a glance."""

    groups: list[Group]
    visits: list[Appointment]
    seen: int
    waiting: int
    coming: int
    requests: int
    drafts: int


GROUPS = (
    ("With you", (Status.IN_CONSULTATION,)),
    ("Ready now", (Status.ARRIVED,)),
    ("Coming up", (Status.CONFIRMED,)),
    ("Waiting for an answer or a payment", (Status.REQUESTED, Status.HELD)),
    ("Done", (Status.COMPLETED,)),
    ("Missed or cancelled", (Status.MISSED, Status.CANCELLED)),
)


def bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """The first instant of the day in the IANA zone, and that of the next (UTC)."""
    first = datetime.combine(day, time(), tzinfo=ZoneInfo(zone))
    after = datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(zone))
    return first, after


def visits_of(
    user: Any, doctor: Doctor, first: datetime, after: datetime
) -> QuerySet[Appointment]:
    """A doctor's visits that begin in a span, as far as `user` may see them, each with
    `arrived_at`."""
    arrived = (
        StatusChange.objects.filter(
            appointment=OuterRef("pk"), to_status=Status.ARRIVED
        )
        .order_by("-at")
        .values("at")[:1]
    )
    return (
        visible_to(user)
        .filter(doctor=doctor, starts_at__gte=first, starts_at__lt=after)
        .filter(patient__isnull=False)
        .exclude(status__in=[Status.EXPIRED, Status.DECLINED])
        .select_related("patient", "visit_type", "location", "room", "doctor")
        .annotate(arrived_at=Subquery(arrived))
        .order_by("starts_at", "pk")
    )


def day_of(user: Any, doctor: Doctor, *, day: date, zone: str, at: datetime) -> Day:
    """The day of `doctor` in the IANA zone. Three queries."""
    visits = list(visits_of(user, doctor, *bounds(day, zone)))
    rows = {visit.pk: _row(visit, at) for visit in visits}
    groups = [
        Group(title, [rows[v.pk] for v in visits if v.status in statuses])
        for title, statuses in GROUPS
    ]
    count = dict.fromkeys(Status, 0)
    for visit in visits:
        count[Status(visit.status)] += 1
    return Day(
        groups=[group for group in groups if group.rows],
        visits=[v for v in visits if v.status != Status.CANCELLED],
        seen=count[Status.COMPLETED],
        waiting=count[Status.ARRIVED],
        coming=count[Status.CONFIRMED],
        requests=requests_to(user, doctor, at=at).count(),
        drafts=Prescription.objects.filter(
            doctor=doctor, status=Prescription.Status.DRAFT
        ).count(),
    )


def _row(visit: Any, at: datetime) -> Row:
    waited = None
    if visit.status == Status.ARRIVED and visit.arrived_at is not None:
        # Coming early is no waiting.
        waited = max(at - max(visit.arrived_at, visit.starts_at), timedelta())
    return Row(
        appointment=visit,
        moves=moves(visit, at=at),
        waited=None if waited is None else int(waited.total_seconds() // 60),
        is_long=waited is not None and waited >= LONG_WAIT,
    )


def requests_to(user: Any, doctor: Doctor, *, at: datetime) -> QuerySet[Appointment]:
    """The requests that wait for the doctor's answer, the oldest first."""
    return (
        visible_to(user)
        .filter(doctor=doctor, status=Status.REQUESTED, starts_at__gt=at)
        .select_related("patient", "visit_type", "location", "doctor")
        .order_by("created_at", "pk")
    )


def drafts_of(doctor: Doctor) -> QuerySet[Prescription]:
    """Prescriptions begun and not signed, the oldest first."""
    return (
        Prescription.objects.filter(doctor=doctor, status=Prescription.Status.DRAFT)
        .select_related("patient")
        .order_by("created_at")
    )
