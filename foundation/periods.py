"""Half-open periods of time, pure: no Django, no clock, no database.

A period is a pair (start, end) of whole seconds since 1970 in UTC, end exclusive. They
are integers, not datetimes, because thousands are compared and sliced to draw one
page. `seconds` and `moment` translate. Lists of periods are sorted and disjoint unless
a function says that it takes them as they come.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

Period = tuple[int, int]

MINUTE = 60
DAY = 24 * 60 * 60

_EPOCH = date(1970, 1, 1).toordinal()
# 1 January 1970 was a Thursday.
_EPOCH_WEEKDAY = 3
# How finely a day is searched for a change of the clocks. Real ones are months apart.
_PROBE = 3 * 60 * 60


def seconds(at: datetime) -> int:
    """The whole second in which the aware `at` lies. ValueError for a naive one."""
    if at.tzinfo is None:
        raise ValueError("An instant needs a time zone.")
    return int(at.timestamp() // 1)


def day_number(day: date) -> int:
    """Days since 1 January 1970, the calendar's own count."""
    return day.toordinal() - _EPOCH


@lru_cache(maxsize=1 << 17)
def moment(second: int) -> datetime:
    """The aware UTC datetime of a second. Remembered: calendars repeat themselves."""
    return datetime.fromtimestamp(second, UTC)


def union(periods: Iterable[Period], *, keep_seams: bool = False) -> list[Period]:
    """What any of `periods` covers; they may overlap and come in any order.

    Periods that only touch become one, unless seams are kept. Empty ones vanish.
    """
    seam = 1 if keep_seams else 0
    merged: list[Period] = []
    for start, end in sorted(periods):
        if start >= end:
            continue
        if merged and start + seam <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def subtract(periods: Sequence[Period], holes: Iterable[Period]) -> list[Period]:
    """What `periods` cover and `holes` do not. Holes may come as they like."""
    left: list[Period] = []
    rest = union(holes)
    first = 0
    for start, end in periods:
        while first < len(rest) and rest[first][1] <= start:
            first += 1
        position = first
        while position < len(rest) and rest[position][0] < end:
            hole_start, hole_end = rest[position]
            if start < hole_start:
                left.append((start, hole_start))
            start = max(start, hole_end)
            position += 1
        if start < end:
            left.append((start, end))
    return left


def intersect(periods: Sequence[Period], others: Sequence[Period]) -> list[Period]:
    """What both cover."""
    shared: list[Period] = []
    mine = theirs = 0
    while mine < len(periods) and theirs < len(others):
        start = max(periods[mine][0], others[theirs][0])
        end = min(periods[mine][1], others[theirs][1])
        if start < end:
            shared.append((start, end))
        if periods[mine][1] < others[theirs][1]:
            mine += 1
        else:
            theirs += 1
    return shared


def clip(periods: Iterable[Period], window: Period) -> list[Period]:
    """The parts of `periods` that lie in `window`."""
    first, last = window
    return [
        (max(start, first), min(end, last))
        for start, end in periods
        if start < last and end > first and start < end
    ]


def covers(periods: Iterable[Period], wanted: Period) -> bool:
    """Whether one of `periods` holds the whole of `wanted`."""
    return any(start <= wanted[0] and wanted[1] <= end for start, end in periods)


def holds(periods: Sequence[Period], wanted: Period) -> bool:
    """As `covers`, of periods that are sorted and disjoint: looks at one of them."""
    last = bisect_right(periods, (wanted[0], 1 << 62)) - 1
    return last >= 0 and wanted[1] <= periods[last][1]


def overlaps(periods: Iterable[Period], wanted: Period) -> bool:
    """Whether one of `periods` shares a moment with `wanted`."""
    return any(start < wanted[1] and wanted[0] < end for start, end in periods)


def starts(
    periods: Iterable[Period],
    busy: Sequence[Period],
    *,
    length: int,
    step: int,
    before: int = 0,
    after: int = 0,
    window: Period | None = None,
    limit: int | None = None,
) -> list[int]:
    """The starts of visits of `length` seconds that fit into open `periods`.

    Starts stand on a grid of `step` seconds from each period's own start, so that what
    is offered does not shift when something is booked. A visit lies wholly inside its
    period; with its buffers of `before` and `after` seconds it keeps clear of `busy`
    (sorted and disjoint), but a buffer may reach over the period's edge. Only starts
    in `window` are given, and of those the first `limit`.
    """
    first, last = window or (-(1 << 62), 1 << 62)
    found: list[int] = []
    position, count = 0, len(busy)
    for start, end in periods:
        if limit is not None and len(found) >= limit:
            break
        stop = min(end - length + 1, last)
        here = start if first <= start else _next_on_grid(start, step, first)
        while here < stop:
            while position < count and busy[position][1] <= here - before:
                position += 1
            if position == count:
                found.extend(range(here, stop, step))
                break
            busy_start, busy_end = busy[position]
            clear = busy_start - length - after + 1
            if here < clear:
                reach = min(clear, stop)
                found.extend(range(here, reach, step))
                here = _next_on_grid(here, step, reach)
            else:
                here = _next_on_grid(start, step, busy_end + before)
    return found if limit is None else found[:limit]


def _next_on_grid(origin: int, step: int, least: int) -> int:
    """The first origin + n * step that is not before `least`."""
    return origin + -(-(least - origin) // step) * step


@lru_cache(maxsize=1 << 14)
def day_segments(zone: str, day: int) -> tuple[tuple[int, int, int], ...]:
    """The stretches of constant clock around one local day of the IANA `zone`.

    Each is (start, end, offset): from and until which second the local clock runs
    `offset` seconds ahead of UTC. Together they cover the local day wholly; nearly
    always there is one. `day` is a day number.
    """
    place = ZoneInfo(zone)
    # No clock on Earth is more than 16 hours from UTC.
    start = day * DAY - 16 * 60 * 60
    end = start + DAY + 32 * 60 * 60
    segments = []
    since, offset = start, _offset(place, start)
    for probe in range(start + _PROBE, end + _PROBE, _PROBE):
        if _offset(place, probe) != offset:
            change = _change(place, probe - _PROBE, probe)
            segments.append((since, change, offset))
            since, offset = change, _offset(place, change)
    segments.append((since, end, offset))
    return tuple(segments)


def _offset(zone: ZoneInfo, second: int) -> int:
    shift = datetime.fromtimestamp(second, zone).utcoffset() or timedelta()
    return int(shift.total_seconds())


def _change(zone: ZoneInfo, earlier: int, later: int) -> int:
    """The first second after `earlier` with another clock than there."""
    old = _offset(zone, earlier)
    while later - earlier > 1:
        middle = (earlier + later) // 2
        if _offset(zone, middle) == old:
            earlier = middle
        else:
            later = middle
    return later


def local_day(zone: str, second: int) -> int:
    """The day number of the local date on which `second` lies."""
    return (second + _offset(ZoneInfo(zone), second)) // DAY


def wall_periods(zone: str, day: int, start: int, end: int) -> list[Period]:
    """When the local clock shows a time in [start, end) on that day.

    `start` and `end` are seconds after midnight as a wall clock counts them, `end` up
    to 86400. An hour that the clocks skip is never in it; an hour that they show twice
    is in it twice, as different seconds.
    """
    midnight = day * DAY
    segments = day_segments(zone, day)
    if len(segments) == 1:
        shift = midnight - segments[0][2]
        return [(shift + start, shift + end)]
    pieces = []
    for since, until, offset in segments:
        shift = midnight - offset
        pieces.append((max(shift + start, since), min(shift + end, until)))
    return union(pieces)


def day_start(zone: str, day: int) -> int:
    """The first second of a local day, which need not be midnight."""
    return wall_periods(zone, day, 0, DAY)[0][0]


def closing(second: int) -> int:
    """The second of a day until which something is open. 23:59 is how a time of day
    says midnight."""
    return DAY if second >= DAY - MINUTE else second


@lru_cache(maxsize=1 << 12)
def weekly(
    zone: str,
    weekday: int,
    start: int,
    end: int,
    days: range,
    every: int = 1,
    anchor: int = 0,
) -> tuple[Period, ...]:
    """Wall times of one weekday (0 is Monday), expanded over local `days`.

    `days` is a range of day numbers. With `every` 2 they hold in every second week
    only, and in that of the Monday `anchor`, a day number, before or after it.
    Remembered: most doctors keep the same hours.
    """
    first = days.start + (weekday - days.start - _EPOCH_WEEKDAY) % 7
    if every > 1:
        first += 7 * (-((first - anchor) // 7) % every)
    return tuple(
        period
        for day in range(first, days.stop, 7 * every)
        for period in wall_periods(zone, day, start, end)
    )
