"""The day of a place: a column for each doctor, in the order in which people go in."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.users.models import Role
from accounts.users.permissions import has_role
from billing.payments.queries import PaymentState, payment_states
from booking.appointments.models import LIVE, Appointment, Status
from booking.appointments.permissions import DESK_ROLES, visible_at_work
from booking.appointments.queries import Names, against, fits_at, stay_of
from booking.queue.models import State, Turn
from booking.queue.queries import (
    day_of,
    in_order,
    minutes_until,
    rule_book,
    state_of,
    turn_of,
    waits_of,
)
from clinic.doctors.models import Doctor
from clinic.locations.models import Location
from clinic.resources.models import Room
from portal.dashboards.front_desk.queries import locations_of
from portal.dashboards.visits.queries import Step, moves
from records.responses.queries import open_forms

SHOWN = (
    Status.CONFIRMED,
    Status.ARRIVED,
    Status.IN_CONSULTATION,
    Status.COMPLETED,
    Status.MISSED,
)
# In which order a column goes on.
ORDER = (
    State.WITH_DOCTOR,
    State.IN_ROOM,
    State.WAITING,
    State.EXPECTED,
    State.DONE,
    State.MISSED,
)
OVER = (State.DONE, State.MISSED)
# From then on somebody has waited too long, in minutes.
LONG = 15


@dataclass(frozen=True)
class Line:
    """One patient. `waited` and `wait` (what is still to come, by what visits really
    take) are in whole minutes, None where nobody waits."""

    appointment: Appointment
    state: State
    turn: Turn | None
    moves: list[Step]
    payment: PaymentState
    waited: int | None = None
    wait: int | None = None
    has_open_forms: bool = False

    @property
    def is_long(self) -> bool:
        return self.waited is not None and self.waited >= LONG


@dataclass(frozen=True)
class Column:
    """One doctor's day. `next` is who is called in next."""

    doctor: Doctor
    lines: list[Line] = field(default_factory=list)
    over: list[Line] = field(default_factory=list)

    @property
    def next(self) -> Line | None:
        return next((one for one in self.lines if one.state == State.WAITING), None)

    @property
    def waiting(self) -> int:
        return sum(one.state == State.WAITING for one in self.lines)


def visits_today(
    user: Any, location: Location, *, at: datetime, doctor: Doctor | None = None
) -> QuerySet[Appointment]:
    """The visits of today at the location that `user` sees by what they do here; of one
    doctor only, where that is who looks."""
    first, after = day_of(at, location.time_zone)
    rows = visible_at_work(user).filter(
        location=location,
        patient__isnull=False,
        status__in=SHOWN,
        starts_at__gte=first,
        starts_at__lt=after,
    )
    if doctor is not None:
        rows = rows.filter(doctor=doctor)
    return rows.select_related(
        "patient", "doctor", "visit_type", "location", "room", "turn"
    ).order_by("starts_at", "pk")


def columns_of(
    user: Any, visits: Iterable[Appointment], location: Location, *, at: datetime
) -> list[Column]:
    """The visits in columns, by the doctors' names. A fixed number of queries."""
    found = list(visits)
    payments, book = payment_states(found), rule_book()
    forms = open_forms(found)
    first, after = day_of(at, location.time_zone)
    waits = waits_of((v.doctor_id for v in found), first=first, after=after, at=at)
    by_doctor: dict[int, Column] = {}
    for visit in found:
        may = user.has_perm("booking.move_appointment", visit)
        line = _line(
            visit,
            steps=moves(visit, at=at, book=book) if may else [],
            payment=payments[visit.pk],
            begins=waits.get(visit.pk),
            has_open_forms=visit.pk in forms,
            at=at,
        )
        column = by_doctor.setdefault(visit.doctor_id, Column(visit.doctor))
        (column.over if line.state in OVER else column.lines).append(line)
    for column in by_doctor.values():
        column.lines.sort(key=_place)
    return sorted(
        by_doctor.values(),
        key=lambda one: (one.doctor.last_name, one.doctor.first_name, one.doctor.pk),
    )


def _line(
    visit: Appointment,
    *,
    steps: list[Step],
    payment: PaymentState,
    begins: datetime | None,
    has_open_forms: bool,
    at: datetime,
) -> Line:
    turn = turn_of(visit)
    state = state_of(visit, turn)
    waits = state == State.WAITING
    waited = None
    if waits and turn is not None:
        # Coming early is no waiting.
        waited = minutes_until(at, in_order(turn.checked_in_at, visit.starts_at))
    return Line(
        appointment=visit,
        state=state,
        turn=turn,
        moves=steps,
        payment=payment,
        waited=waited,
        wait=minutes_until(begins, at) if waits and begins is not None else None,
        has_open_forms=has_open_forms,
    )


def _place(line: Line) -> tuple[int, datetime]:
    visit, turn = line.appointment, line.turn
    is_here = line.state == State.WAITING and turn is not None
    moment = visit.starts_at
    if is_here and turn is not None:
        moment = in_order(turn.checked_in_at, visit.starts_at)
    return ORDER.index(line.state), moment


def own_doctor(user: Any) -> Doctor | None:
    """Whose column alone somebody sees: their own, where they do not work at a desk."""
    if has_role(user, *DESK_ROLES) or not has_role(user, Role.DOCTOR, Role.NURSE):
        return None
    return Doctor.objects.filter(user=user).first()


def places_of_queue(user: Any) -> QuerySet[Location]:
    """Where `user` keeps a queue: the places of their desk; for a doctor those where
    they see patients."""
    rows = Location.objects.filter(is_active=True).order_by("name")
    doctor = own_doctor(user)
    if doctor is None:
        return locations_of(user)
    return rows.filter(
        pk__in=doctor.offerings.filter(is_active=True).values("location_id")
    )


@dataclass(frozen=True)
class Choice:
    """A room that a visit could go to; `taken_by` is who has it at that time, `reasons`
    what is against it, in sentences."""

    room: Room
    is_own: bool
    taken_by: Appointment | None
    reasons: list[str]


def rooms_for(visit: Appointment, *, at: datetime) -> list[Choice]:
    """The rooms of the visit's place, who has each at its time, and whether it does:
    those that do first. A fixed number of queries."""
    rooms = Room.objects.filter(location=visit.location_id, is_active=True)
    others = Appointment.objects.filter(
        status__in=LIVE,
        room__isnull=False,
        location=visit.location_id,
        busy_starts_at__lt=visit.busy_ends_at,
        busy_ends_at__gt=visit.busy_starts_at,
    ).exclude(pk=visit.pk)
    taken = {one.room_id: one for one in others.select_related("doctor")}
    fits = fits_at(
        [visit.location_id],
        starts_at=visit.busy_starts_at,
        ends_at=visit.busy_ends_at,
        at=at,
    )
    names, stay = Names([visit.location_id]), stay_of(visit)
    found = [
        Choice(
            room,
            room.pk == visit.room_id,
            taken.get(room.pk),
            against(stay, room.pk, fits, names).reasons,
        )
        for room in rooms.order_by("name")
    ]
    return sorted(found, key=lambda one: bool(one.reasons))
