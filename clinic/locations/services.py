"""Locations and their opening hours; closing days, and opening again."""

from collections.abc import Sequence
from datetime import date, time
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Model

from accounts.models import Place
from accounts.users.models import User
from audit.services import record
from clinic.locations.models import Closure, Location, OpeningHours
from foundation.errors import Refused
from foundation.slugs import free_slug


class EndsBeforeStart(Refused):
    sentence = "The last day is before the first."


class HoursWrong(Refused):
    sentence = "Hours must end after they begin, and not overlap on one day."


class OpenSpan(NamedTuple):
    """The doors are open, or a room or equipment can be had, on a weekday (0 is Monday)
    in the location's wall time."""

    weekday: int
    opens_at: time
    closes_at: time


@transaction.atomic
def save_location(
    *,
    actor: User | None,
    location: Location | None,
    hours: Sequence[OpenSpan],
    **fields: Any,
) -> Location:
    """Add a location with its place (`location` None) or change one, and set its week.

    The slug is made of the first name and stays, because links and pages lead there.
    A new time zone leaves booked visits at their instants and takes the doctors' hours
    along. Locks a location that is there. Raises HoursWrong.
    """
    added = location is None
    if location is None:
        place = Place.objects.create(name=fields["name"])
        slug = free_slug(Location.objects.all(), fields["name"], "clinic")
        location = Location(place=place, slug=slug)
    else:
        location = (
            Location.objects.select_for_update(of=("self",))
            .select_related("place")
            .get(pk=location.pk)
        )
    for name, value in fields.items():
        setattr(location, name, value)
    location.save()
    if location.place.name != location.name:
        location.place.name = location.name
        location.place.save(update_fields=["name"])
    set_week(OpeningHours, hours, location=location)
    record(
        actor=actor,
        verb="location.added" if added else "location.changed",
        subject=location,
    )
    return location


def set_week(rows: type[Model], hours: Sequence[OpenSpan], **owner: Model) -> None:
    """Put `hours` in the place of the `rows` (weekday, opens_at, closes_at) of `owner`,
    as a part of a larger act. What is the same is left alone. Raises HoursWrong."""
    _check(hours)
    kept = rows._default_manager.filter(**owner)
    names = ("weekday", "opens_at", "closes_at")
    if sorted(kept.values_list(*names)) == sorted(tuple(span) for span in hours):
        return
    kept.delete()
    rows._default_manager.bulk_create(rows(**owner, **span._asdict()) for span in hours)


def _check(hours: Sequence[OpenSpan]) -> None:
    ends: dict[int, time] = {}
    for span in sorted(hours):
        if span.closes_at <= span.opens_at:
            raise HoursWrong
        if span.weekday in ends and span.opens_at < ends[span.weekday]:
            raise HoursWrong
        ends[span.weekday] = span.closes_at


@transaction.atomic
def close_location(*, actor: User, location: Location) -> None:
    """Show it no more and offer nothing there. Hours, offerings and roles are kept.

    Asks nothing: booking's `close_unbooked_location` sees to the visits first.
    """
    location.is_active = False
    location.save(update_fields=["is_active", "updated_at"])
    record(actor=actor, verb="location.closed", subject=location)


@transaction.atomic
def reopen_location(*, actor: User, location: Location) -> None:
    """Show it again, with the hours and offerings that it had."""
    location.is_active = True
    location.save(update_fields=["is_active", "updated_at"])
    record(actor=actor, verb="location.reopened", subject=location)


@transaction.atomic
def add_closure(
    *,
    actor: User,
    location: Location | None,
    starts_date: date,
    ends_date: date,
    reason: str,
) -> Closure:
    """Shut a location, or (None) the whole clinic, from `starts_date` until the day
    before `ends_date`. Visits booked in it stay: see booking's conflicts.

    Raises EndsBeforeStart.
    """
    if ends_date <= starts_date:
        raise EndsBeforeStart
    closure = Closure.objects.create(
        location=location, starts_date=starts_date, ends_date=ends_date, reason=reason
    )
    record(actor=actor, verb="closure.added", subject=closure)
    return closure


@transaction.atomic
def remove_closure(*, actor: User, closure: Closure) -> None:
    """Open as usual again."""
    record(actor=actor, verb="closure.removed", subject=closure)
    closure.delete()
