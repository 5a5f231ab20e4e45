"""Free times: open periods less what holds time. Computed, never stored."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from accounts.patients.models import Patient
from booking.appointments.queries.calendar import (
    INSTANT,
    Calendar,
    calendar_of,
    load_calendar,
)
from booking.appointments.queries.fits import Facts, Fit
from clinic.visit_types.models import Offering
from foundation import periods
from foundation.periods import MINUTE, Period, moment, seconds

# Longer visits would leave most of a day's starts unoffered.
LONGEST_STEP = 60 * MINUTE
# The first look for the next free time. Whoever has none gets a second, longer one.
FIRST_LOOK = timedelta(days=10)
# How far to look for the nearest times, at first and when that finds too few.
NEAR, FAR = timedelta(days=3), timedelta(days=14)


class Slot(NamedTuple):
    """A time at which an offering can be booked; aware UTC, end exclusive.

    A tuple, because a page makes thousands.
    """

    starts_at: datetime
    ends_at: datetime
    offering_id: int
    doctor_id: int
    location_id: int


def _starts(
    calendar: Calendar,
    facts: Facts,
    window: Period,
    now: int,
    for_desk: bool,
    limit: int | None,
) -> list[int]:
    """The seconds at which a visit of this offering can start in `window`."""
    first, last = window
    if for_desk:
        # Whoever stands at the desk may take a time that has just begun.
        first = max(first, now - facts.length + 1)
    elif facts.by_phone_only:
        return []
    else:
        first = max(first, now + facts.notice)
        last = min(last, now + facts.horizon)
    full, mine = calendar.full_for(facts), calendar.patient
    is_all = not full and not mine and not facts.has_choice
    found = periods.starts(
        calendar.open_for(facts),
        calendar.busy_for(facts),
        length=facts.length,
        step=min(facts.before + facts.length + facts.after, LONGEST_STEP),
        before=facts.before,
        after=facts.after,
        window=(first, last),
        limit=limit if is_all else None,
    )
    if is_all:
        return found
    if full:
        found = [s for s in found if not periods.overlaps(full, (s, s + 1))]
    if mine:
        # Buffers are the doctor's: a patient may walk from one visit into the next.
        length = facts.length
        found = [s for s in found if not periods.overlaps(mine, (s, s + length))]
    if facts.has_choice:
        # The dear question last, and not of more than is wanted.
        fitting = (s for s in found if calendar.fit(facts, s) is not None)
        return list(islice(fitting, limit))
    return found[:limit]


def _ids(offerings: Iterable[Offering | int]) -> list[int]:
    return [
        offering if isinstance(offering, int) else offering.pk for offering in offerings
    ]


def free_slots(
    offerings: Iterable[Offering | int],
    *,
    after: datetime,
    until: datetime,
    at: datetime,
    limit: int | None = None,
    patient: Patient | None = None,
    for_desk: bool = False,
    besides: int | None = None,
) -> dict[int, list[Slot]]:
    """The times that can be booked from `after` until before `until`, by offering id.

    Offerings are rows or ids; each has a key, with an empty list where nothing is free.
    `at` is now: it decides on notice, horizon and lapsed holds. With `limit` only the
    first so many of each; with `patient` nothing during their other visits; `for_desk`
    lifts notice, horizon and "by phone only". A day that has as many visits of an
    offering as its doctor sees is full for everybody; `besides` is the key of a visit
    that does not count, because it moves. One query.
    """
    ids = _ids(offerings)
    found: dict[int, list[Slot]] = {pk: [] for pk in ids}
    if not ids or after >= until:
        return found
    calendar = load_calendar(
        ids, after=after, until=until, at=at, patient=patient, besides=besides
    )
    window, now = (seconds(after), seconds(until)), whole_seconds(at)
    for facts in calendar.facts:
        begun = _starts(calendar, facts, window, now, for_desk, limit)
        found[facts.offering] = _slots(facts, begun)
    return found


def _slots(facts: Facts, begun: Iterable[int]) -> list[Slot]:
    length, rest = facts.length, (facts.offering, facts.doctor, facts.location)
    return [Slot(moment(start), moment(start + length), *rest) for start in begun]


def whole_seconds(at: datetime) -> int:
    """`at` in seconds, rounded up: a time that has begun is not in the future."""
    return -int(-at.timestamp() // 1)


def next_free(
    offerings: Iterable[Offering | int],
    *,
    at: datetime,
    patient: Patient | None = None,
    for_desk: bool = False,
) -> dict[int, Slot]:
    """Each doctor's first free time over the given offerings, by doctor id.

    Doctors without any up to their horizon are left out. One query, and a second one
    if somebody has nothing within ten days.
    """
    ids = _ids(offerings)
    found: dict[int, Slot] = {}
    if not ids:
        return found
    until = at + FIRST_LOOK
    calendar = load_calendar(ids, after=at, until=until, at=at, patient=patient)
    _take_first(
        calendar, (seconds(at), seconds(until)), whole_seconds(at), for_desk, found
    )
    late = [facts for facts in calendar.facts if facts.doctor not in found]
    horizon = max((facts.horizon for facts in late), default=0)
    last = at + timedelta(seconds=horizon)
    if last > until:
        rest = [facts.offering for facts in late]
        calendar = load_calendar(rest, after=until, until=last, at=at, patient=patient)
        window = (seconds(until), seconds(last))
        _take_first(calendar, window, whole_seconds(at), for_desk, found)
    return found


def _take_first(
    calendar: Calendar,
    window: Period,
    now: int,
    for_desk: bool,
    found: dict[int, Slot],
) -> None:
    """Put each doctor's first start in `window` into `found`."""
    best: dict[int, tuple[int, int, Facts]] = {}
    for facts in calendar.facts:
        for start in _starts(calendar, facts, window, now, for_desk, 1):
            mine = (start, facts.offering, facts)
            best[facts.doctor] = min(best.get(facts.doctor, mine), mine)
    for doctor, (start, offering, facts) in best.items():
        ends_at = moment(start + facts.length)
        found[doctor] = Slot(moment(start), ends_at, offering, doctor, facts.location)


def slot_at(
    offering: Offering,
    starts_at: datetime,
    *,
    at: datetime,
    patient: Patient | None = None,
    for_desk: bool = False,
    besides: int | None = None,
) -> Slot | None:
    """The free time of `offering` that starts exactly at `starts_at`, or None."""
    calendar = calendar_of(
        offering, after=starts_at, at=at, patient=patient, besides=besides
    )
    for facts in _offered_at(calendar, starts_at, at=at, for_desk=for_desk):
        return _slots(facts, [seconds(starts_at)])[0]
    return None


def fit_at(
    offering: Offering,
    starts_at: datetime,
    *,
    at: datetime,
    patient: Patient | None = None,
    for_desk: bool = False,
    besides: int | None = None,
) -> Fit | None:
    """The room and the equipment that a visit gets from exactly `starts_at` on, where
    `slot_at` has that time; else None. One query."""
    calendar = calendar_of(
        offering, after=starts_at, at=at, patient=patient, besides=besides
    )
    for facts in _offered_at(calendar, starts_at, at=at, for_desk=for_desk):
        return calendar.fit(facts, seconds(starts_at))
    return None


def _offered_at(
    calendar: Calendar, starts_at: datetime, *, at: datetime, for_desk: bool
) -> Iterator[Facts]:
    """The offerings of the calendar that can begin exactly then."""
    window, now = (seconds(starts_at), seconds(starts_at + INSTANT)), whole_seconds(at)
    for facts in calendar.facts:
        begun = _starts(calendar, facts, window, now, for_desk, 1)
        if starts_at in map(moment, begun):
            yield facts


def nearest_slots(
    offering: Offering,
    starts_at: datetime,
    *,
    at: datetime,
    limit: int = 5,
    patient: Patient | None = None,
    for_desk: bool = False,
    besides: int | None = None,
) -> list[Slot]:
    """The free times nearest to `starts_at`, in order of time; two weeks either way.
    One query; two where there are few near it."""
    found: list[Slot] = []
    for reach in (NEAR, FAR):
        after, until = max(at, starts_at - reach), max(at, starts_at) + reach
        calendar = calendar_of(
            offering, after=after, until=until, at=at, patient=patient, besides=besides
        )
        window, now = (seconds(after), seconds(until)), whole_seconds(at)
        found = [
            slot
            for facts in calendar.facts
            for slot in _slots(
                facts, _starts(calendar, facts, window, now, for_desk, None)
            )
        ]
        if len(found) >= limit:
            break
    near = sorted(found, key=lambda slot: abs(slot.starts_at - starts_at))[:limit]
    return sorted(near)
