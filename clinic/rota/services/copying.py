"""A week as the one before it."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction

from accounts.models import User
from clinic.locations.models import Location
from clinic.rota.models import ONE_DAY, Shift
from clinic.rota.queries import concerns
from clinic.rota.queries.duties import weeks_from
from clinic.rota.services.planning import plan_shifts
from foundation.errors import Refused
from foundation.formats import day_date

WEEK = timedelta(days=7)


@dataclass
class Copied:
    """What copying a week made, and what it left out, with the reason in words."""

    made: list[Shift] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


@transaction.atomic
def copy_week(*, actor: User, location: Location, monday: date, at: datetime) -> Copied:
    """Plan in the week after that of `monday` what was planned for single days in it.
    What comes each week comes by itself, and days off are nobody's habit.

    What is there already is left alone, and so is what cannot be, or would fall on a
    closed day or outside the opening hours; that is told.
    """
    copied = Copied()
    rows = Shift.objects.filter(
        location=location, valid_from__in=weeks_from(monday, 1)
    ).select_related("user", "location")
    for shift in rows.order_by("valid_from", "starts_time", "pk"):
        if not shift.is_single:
            continue
        day = shift.valid_from + WEEK
        as_next = Shift(
            user=shift.user,
            location=location,
            weekday=shift.weekday,
            starts_time=shift.starts_time,
            ends_time=shift.ends_time,
            valid_from=day,
            valid_until=day + ONE_DAY,
        )
        if _is_there(as_next):
            continue
        why = " ".join(concerns(as_next))
        if not why:
            try:
                copied.made += plan_shifts(
                    actor=actor,
                    user=shift.user,
                    location=location,
                    weekdays=[shift.weekday],
                    starts_time=shift.starts_time,
                    ends_time=shift.ends_time,
                    valid_from=day,
                    valid_until=day + ONE_DAY,
                    note=shift.note,
                    at=at,
                )
            except Refused as refusal:
                why = str(refusal)
        if why:
            copied.left.append(f"{shift.user}, {day_date(day)}: {why}")
    return copied


def _is_there(shift: Shift) -> bool:
    same = Shift.objects.filter(
        user=shift.user,
        location=shift.location,
        starts_time=shift.starts_time,
        ends_time=shift.ends_time,
    )
    return any(row.falls_on(shift.valid_from) for row in same)
