"""Who works where in the demo: its desks, the nurse's stock hours, the payments."""

from collections.abc import Sequence
from datetime import date, time, timedelta

from accounts.models import User
from clinic.rota.services import add_days_off, plan_shifts, skip_day
from portal.demo.people import DOMAIN, doctor_email
from portal.demo.world import World

_ADMIN = f"martin.keogh@{DOMAIN}"
_WORKDAYS, _SATURDAY = (0, 1, 2, 3, 4), (5,)
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
# Who, where, on which weekdays, from when to when, and what it is about. Sundays, and
# Ben's late afternoons but for Tuesday, have nobody at the desk: that is said.
_HABITS: tuple[tuple[str, str, Sequence[int], time, time, str], ...] = (
    ("rosa.delgado", "canal-street", _WORKDAYS, time(8), time(14), "phones"),
    ("rosa.delgado", "northgate", (1,), time(15), time(19), ""),
    ("ella.brandt", "canal-street", _WORKDAYS, time(14), time(20), ""),
    ("ella.brandt", "canal-street", _SATURDAY, time(8), time(13), ""),
    ("ben.hartley", "northgate", _WORKDAYS, time(8), time(16), ""),
    ("chloe.martin", "port-clair", _WORKDAYS, time(8, 30), time(16, 30), ""),
    ("nisha.patel", "canal-street", (0, 1, 2, 3), time(9), time(17), "payments"),
)


def load_rota(world: World) -> None:
    """Habits since four weeks ago, one Saturday more, and two who are away."""
    actor = world.users[_ADMIN]
    monday = world.today - timedelta(days=world.today.weekday())
    for name, slug, weekdays, starts, ends, note in _HABITS:
        user = world.users[f"{name}@{DOMAIN}"]
        _plan(world, actor, user, slug, weekdays, (starts, ends), note, monday)
    nurse = world.users[doctor_email(world.facts("gareth-ojo"))]
    hours = (time(7), time(7, 45))
    _plan(world, actor, nurse, "canal-street", (2,), hours, "stock, fridges", monday)
    saturday = monday + 12 * _DAY
    plan_shifts(
        actor=actor,
        user=world.users[f"rosa.delgado@{DOMAIN}"],
        location=world.locations["northgate"],
        weekdays=_SATURDAY,
        starts_time=time(9),
        ends_time=time(14),
        valid_from=saturday,
        valid_until=saturday + _DAY,
        note="vaccination day",
        at=world.at,
    )
    add_days_off(
        actor=actor,
        user=world.users[f"chloe.martin@{DOMAIN}"],
        starts_date=monday + 2 * _WEEK,
        ends_date=monday + 3 * _WEEK,
    )
    ben = world.users[f"ben.hartley@{DOMAIN}"].shifts.get(weekday=4)
    skip_day(actor=actor, shift=ben, day=monday + _WEEK + 4 * _DAY, at=world.at)


def _plan(
    world: World,
    actor: User,
    user: User,
    slug: str,
    weekdays: Sequence[int],
    hours: tuple[time, time],
    note: str,
    monday: date,
) -> None:
    begins = monday - 4 * _WEEK
    plan_shifts(
        actor=actor,
        user=user,
        location=world.locations[slug],
        weekdays=weekdays,
        starts_time=hours[0],
        ends_time=hours[1],
        valid_from=begins,
        valid_until=None,
        note=note,
        at=world.moment(begins, time(6), slug),
    )
