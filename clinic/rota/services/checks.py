"""What every way of planning looks at, behind the lock of the person."""

from collections.abc import Sequence
from datetime import date, datetime, time

from accounts.models import User
from clinic.locations.models import Location
from clinic.rota.models import DaysOff, Shift
from clinic.rota.permissions import PLANNED_ROLES
from clinic.rota.queries import clash_among, hours_words
from clinic.rota.queries.duties import leaves_before, weeks_from, worked
from clinic.rota.services.refusals import (
    AtTwoPlaces,
    AwayThen,
    EndsBeforeStart,
    NeverComes,
    NoRoleHere,
    NotHere,
    Past,
)
from foundation.formats import day_date, local


def lock(user: User) -> User:
    """Behind this lock nobody plans the same person."""
    return User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)


def reloaded(shift: Shift) -> Shift:
    return Shift.objects.select_related("location", "user").get(pk=shift.pk)


def check_times(starts_time: time, ends_time: time) -> None:
    if ends_time <= starts_time:
        raise EndsBeforeStart


def check_day(day: date, location: Location, at: datetime) -> None:
    if day < local(at, location.time_zone).date():
        raise Past


def check_role(user: User, location: Location) -> None:
    held = user.role_assignments.filter(role__in=PLANNED_ROLES)
    places = set(held.values_list("place_id", flat=True))
    if not user.is_active:
        raise NotHere("They cannot sign in at the moment, so they cannot be planned.")
    if places.isdisjoint({None, location.place_id}):
        raise NoRoleHere


def check_days(shift: Shift) -> None:
    """That it falls on a day, that the person is still here then, and, where it is for
    one day, not away."""
    days = weeks_from(shift.valid_from, 1)
    first = next((day for day in days if shift.falls_on(day)), None)
    if first is None:
        raise NeverComes
    if leaves_before(shift, first):
        raise NotHere
    if shift.is_single:
        away = DaysOff.objects.filter(
            user=shift.user, shift=None, starts_date__lte=first, ends_date__gt=first
        )
        # Who is away for a part of it works the rest.
        if not worked(shift, first, away):
            raise AwayThen


def refuse_clash(made: Sequence[Shift]) -> None:
    first = min(shift.valid_from for shift in made)
    untils = [shift.valid_until for shift in made if shift.valid_until is not None]
    until = max(untils) if len(untils) == len(made) else None
    refuse_overlap(made[0].user, first, until, [shift.pk for shift in made])


def refuse_overlap(
    user: User, first: date, until: date | None, of: Sequence[int] | None = None
) -> None:
    found = clash_among(user.pk, first=first, until=until, of=of)
    if found is not None:
        other = found.other
        hours = hours_words(other.starts_time, other.ends_time)
        raise AtTwoPlaces(
            f"{user} works at {other.location.name} then: {day_date(found.day)},"
            f" {hours}. Take that off first, or choose other times."
        )
