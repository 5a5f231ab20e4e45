"""Who can check in by themselves, and what they are told afterwards."""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from booking.appointments.models import Appointment, AppointmentQuerySet, Status
from booking.appointments.queries import find_booking
from booking.queue.models import State, Turn
from booking.queue.queries.ruling import rules_at
from booking.queue.queries.states import can_check_in, state_of, turn_of
from booking.queue.queries.waits import waits_of
from clinic.locations.models import Location
from foundation.formats import local


class Standing(NamedTuple):
    """Where one patient stands. `wait` is in whole minutes, None where nothing can be
    said; `can_check_in` is about them, by themselves, now."""

    state: State
    turn: Turn | None
    wait: int | None
    can_check_in: bool
    opens_at: datetime


def day_of(at: datetime, zone: str) -> tuple[datetime, datetime]:
    """The first instant of the day in the IANA zone, and that of the next."""
    day = local(at, zone).date()
    midnight = datetime.combine(day, time(), tzinfo=ZoneInfo(zone))
    after = datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(zone))
    return midnight, after


def standing_of(appointment: Appointment, *, at: datetime) -> Standing:
    """Where the patient of a visit stands at `at`."""
    rule, turn = rules_at(appointment.location_id), turn_of(appointment)
    state = state_of(appointment, turn)
    wait = None
    if state == State.WAITING:
        first, after = day_of(at, appointment.location.time_zone)
        found = waits_of([appointment.doctor_id], first=first, after=after, at=at)
        begins = found.get(appointment.pk)
        wait = None if begins is None else minutes_until(begins, at)
    return Standing(
        state=state,
        turn=turn,
        wait=wait,
        can_check_in=can_check_in(appointment, rule, at=at),
        opens_at=appointment.starts_at - timedelta(minutes=rule.opens_minutes),
    )


def minutes_until(moment: datetime, at: datetime) -> int:
    """Whole minutes, not below none."""
    return max(int((moment - at).total_seconds() // 60), 0)


def visit_here(
    location: Location, *, reference: str, birth_date: date, at: datetime
) -> Appointment | None:
    """The visit at the location with this reference, of somebody born that day, who can
    check in to it now or has. None otherwise, for whatever reason: what is told must be
    the same for a wrong reference, a wrong date, another place and another day."""
    visit = find_booking(reference=reference, birth_date=birth_date)
    if visit is None or visit.location_id != location.pk:
        return None
    is_here = visit.status == Status.ARRIVED and turn_of(visit) is not None
    may = can_check_in(visit, rules_at(location.pk), at=at)
    return visit if is_here or may else None


def visits_here(
    visits: AppointmentQuerySet, location: Location, *, at: datetime
) -> list[tuple[Appointment, bool]]:
    """Of `visits`, those booked at the location today, in order, each with whether one
    can check in to it now."""
    rule = rules_at(location.pk)
    first, after = day_of(at, location.time_zone)
    rows = visits.filter(
        location=location,
        status=Status.CONFIRMED,
        starts_at__gte=first,
        starts_at__lt=after,
    ).select_related("visit_type", "doctor", "location", "patient")
    return [
        (visit, can_check_in(visit, rule, at=at))
        for visit in rows.order_by("starts_at", "pk")
    ]
