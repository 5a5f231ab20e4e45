"""A doctor's day: who is here, who comes, what waits for an answer."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, QuerySet, Subquery

from accounts.models import Patient
from accounts.users.models import Role
from accounts.users.permissions import has_role
from booking.appointments.models import Appointment, Status, StatusChange
from booking.appointments.permissions import visible_to
from booking.appointments.queries import shared_ids
from booking.disruptions.models import Disruption
from booking.disruptions.queries import delays_of
from booking.moves.models import MoveQuerySet
from booking.moves.queries import moves_to_answer
from booking.queue.models import State
from booking.queue.queries import RuleBook, rule_book, state_of, turn_of
from booking.strays.queries import strays_of
from clinic.doctors.models import Doctor
from portal.dashboards.my_day.queries.grid import Grid, grid_of
from portal.dashboards.schedule.queries import calendar_of
from portal.dashboards.visits.queries import Step, moves
from records.models import Prescription
from records.prescriptions.queries import known_allergies

# From then on somebody has waited too long.
LONG_WAIT = timedelta(minutes=15)
# Which days can be asked for.
FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True)
class Row:
    """One visit in the queue. `waited` is in whole minutes, None when nobody waits."""

    appointment: Appointment
    moves: list[Step]
    state: State
    waited: int | None
    is_long: bool
    is_next: bool = False
    is_shared: bool = False


@dataclass(frozen=True)
class Group:
    """A part of the queue, with its heading."""

    title: str
    rows: list[Row]


@dataclass(frozen=True)
class Ahead:
    """Whom the doctor sees next. `last_visit` is the one before, with anybody here."""

    appointment: Appointment
    patient: Patient
    allergies: str
    last_visit: Appointment | None


@dataclass(frozen=True)
class Day:
    """A doctor's day at a glance. `late` is in whole minutes."""

    groups: list[Group]
    grid: Grid
    ahead: Ahead | None
    seen: int
    waiting: int
    coming: int
    late: int
    delays: list[Disruption]
    requests: int
    drafts: int
    outside: int


GROUPS = (
    ("With you", (Status.IN_CONSULTATION,)),
    ("Ready now", (Status.ARRIVED,)),
    ("Coming up", (Status.CONFIRMED,)),
    ("Waiting for an answer or a payment", (Status.REQUESTED, Status.HELD)),
    ("Done", (Status.COMPLETED,)),
    ("Missed or cancelled", (Status.MISSED, Status.CANCELLED)),
)


def read_day(text: str) -> date | None:
    """An ISO date of these days, None for anything else (and for year 1, say)."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """The first instant of the day in the IANA zone, and that of the next (UTC)."""
    first = datetime.combine(day, time(), tzinfo=ZoneInfo(zone))
    after = datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(zone))
    return first, after


def visits_of(
    user: Any, doctor: Doctor, first: datetime, after: datetime, *, at: datetime
) -> QuerySet[Appointment]:
    """A doctor's visits that begin in a span, as far as `user` may see them, each with
    `arrived_at`. Times that are just being booked have no patient yet."""
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
        .exclude(status__in=[Status.EXPIRED, Status.DECLINED])
        .exclude(status=Status.HELD, hold_expires_at__lte=at)
        .select_related("patient", "visit_type", "location", "room", "doctor", "turn")
        .annotate(arrived_at=Subquery(arrived))
        .order_by("starts_at", "pk")
    )


def day_of(user: Any, doctor: Doctor, *, day: date, zone: str, at: datetime) -> Day:
    """The day of `doctor` in the IANA zone. A fixed number of queries."""
    window = bounds(day, zone)
    found = list(visits_of(user, doctor, *window, at=at))
    visits = [visit for visit in found if visit.patient is not None]
    # Nobody need look for who is next on a day that is not today.
    ahead = _next(visits) if window[0] <= at < window[1] else None
    shared, book = shared_ids(visits), rule_book()
    rows = {
        visit.pk: _row(
            visit,
            at,
            book=book,
            is_next=visit is ahead,
            is_shared=visit.pk in shared,
        )
        for visit in visits
    }
    groups = [
        Group(title, [rows[v.pk] for v in visits if v.status in statuses])
        for title, statuses in GROUPS
    ]
    count = dict.fromkeys(Status, 0)
    for visit in visits:
        count[Status(visit.status)] += 1
    return Day(
        groups=[group for group in groups if group.rows],
        grid=grid_of(
            calendar_of(doctor, *window, zone=zone),
            [visit for visit in found if visit.status != Status.CANCELLED],
            zone=zone,
            at=at,
            window=window,
        ),
        ahead=_ahead(ahead) if ahead is not None else None,
        seen=count[Status.COMPLETED],
        waiting=count[Status.ARRIVED],
        coming=count[Status.CONFIRMED],
        late=_late(visits, at),
        requests=requests_to(user, at=at).count() + moves_to(user, at=at).count(),
        drafts=drafts_of(doctor).count(),
        outside=strays_of([doctor], at=at).unsettled,
        delays=list(delays_of([doctor.pk], at=at).values()),
    )


def _next(visits: list[Appointment]) -> Appointment | None:
    """Who comes in next: the first who waits, else the first who is expected."""
    for status in (Status.ARRIVED, Status.CONFIRMED):
        for visit in visits:
            if visit.status == status:
                return visit
    return None


def _ahead(visit: Appointment) -> Ahead:
    patient = visit.patient
    if patient is None:
        raise ValueError("Whom nobody knows cannot be next.")
    before = Appointment.objects.filter(
        patient=patient, status=Status.COMPLETED, starts_at__lt=visit.starts_at
    )
    return Ahead(
        appointment=visit,
        patient=patient,
        allergies=known_allergies(patient),
        last_visit=before.select_related("doctor", "location")
        .order_by("-starts_at")
        .first(),
    )


def _late(visits: list[Appointment], at: datetime) -> int:
    """By how much the day runs late: whoever is here should be in, whoever is in
    should be out."""
    delays = [
        at - (visit.starts_at if visit.status == Status.ARRIVED else visit.ends_at)
        for visit in visits
        if visit.status in (Status.ARRIVED, Status.IN_CONSULTATION)
    ]
    longest = max(delays, default=timedelta())
    return max(int(longest.total_seconds() // 60), 0)


def _row(
    visit: Any, at: datetime, *, book: RuleBook, is_next: bool, is_shared: bool
) -> Row:
    waited = None
    if visit.status == Status.ARRIVED and visit.arrived_at is not None:
        # Coming early is no waiting.
        waited = max(at - max(visit.arrived_at, visit.starts_at), timedelta())
    return Row(
        appointment=visit,
        moves=moves(visit, at=at, book=book),
        state=state_of(visit, turn_of(visit)),
        waited=None if waited is None else int(waited.total_seconds() // 60),
        is_long=waited is not None and waited >= LONG_WAIT,
        is_next=is_next,
        is_shared=is_shared,
    )


def requests_to(user: Any, *, at: datetime) -> QuerySet[Appointment]:
    """The requests that `user` answers, the oldest first: a doctor's own, all at the
    places of medical administration."""
    rows = visible_to(user).filter(status=Status.REQUESTED, starts_at__gt=at)
    if not has_role(user, Role.MEDICAL_ADMIN):
        rows = rows.filter(doctor__user=user)
    return rows.select_related(
        "patient", "visit_type", "location", "doctor__user"
    ).order_by("created_at", "pk")


def moves_to(user: Any, *, at: datetime) -> MoveQuerySet:
    """The same for other times that patients asked for."""
    rows = moves_to_answer(user, at=at)
    if not has_role(user, Role.MEDICAL_ADMIN):
        rows = rows.filter(appointment__doctor__user=user)
    return rows


def drafts_of(doctor: Doctor) -> QuerySet[Prescription]:
    """Prescriptions begun and not signed, the oldest first."""
    return (
        Prescription.objects.filter(doctor=doctor, status=Prescription.Status.DRAFT)
        .select_related("patient")
        .order_by("created_at")
    )
