"""A doctor's day drawn as a grid of five-minute rows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from booking.appointments.models import LIVE, Appointment, Status
from clinic.visit_types.models import VisitType
from foundation import periods
from foundation.formats import clock, local
from foundation.periods import Period, moment, seconds
from portal.dashboards.schedule.queries import HOUR, Calendar, Shut

# A row of the grid. Visits begin on it; what does not is rounded to it.
ROW = 5 * 60
# Below this the words do not fit.
LEAST_ROWS = 2


@dataclass(frozen=True)
class Block:
    """Something in the grid. `kind` is the look's: person, video, done, request, block
    or open; `lane` a or b where two stand side by side."""

    kind: str
    starts_at: datetime
    ends_at: datetime
    row: int
    span: int
    words: str = ""
    visit: Appointment | None = None
    lane: str = ""
    is_now: bool = False


@dataclass(frozen=True)
class Grid:
    """A day in rows of five minutes. `hours` are pairs of clock time and row; `now` is
    the row of this moment, None on another day; `free` counts the visits of the
    shortest length that still fit in; `opened` are the open hours as row and span."""

    rows: int = 0
    hours: list[tuple[str, int]] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    now: int | None = None
    free: int = 0
    opened: list[tuple[int, int]] = field(default_factory=list)


def grid_of(
    calendar: Calendar,
    visits: Sequence[Appointment],
    *,
    zone: str,
    at: datetime,
    window: tuple[datetime, datetime],
    frame: Period | None = None,
    kind: Callable[[Appointment], str] | None = None,
) -> Grid:
    """Draw a day (its first instant and the next day's) in the IANA zone. No query.

    From the first to the last hour in which something is, or in `frame`, which then
    holds all of it. `kind` names the look of a visit, if not `kind_of`. `visits` hold
    their time or were there; cancelled ones are none. Open times lie ahead of `at`,
    each long enough for the doctor's shortest visit.
    """
    gaps = _gaps(calendar, visits, at)
    spans = [
        *((shut.starts_at, shut.ends_at) for shut in calendar.shut),
        *((visit.starts_at, visit.ends_at) for visit in visits),
        *((moment(starts), moment(ends)) for starts, ends in calendar.opened),
    ]
    if frame is not None:
        first, last = frame
    elif spans:
        first = _hour(min(starts for starts, _ in spans), zone)
        last = _hour(max(ends for _, ends in spans), zone, up=True)
    else:
        return Grid()

    def place(starts_at: datetime, ends_at: datetime) -> tuple[int, int]:
        top = (max(seconds(starts_at), first) - first) // ROW
        rows = -(-(min(seconds(ends_at), last) - first) // ROW) - top
        return top + 1, max(rows, LEAST_ROWS)

    shut = periods.subtract(
        periods.union(
            (seconds(s.starts_at), seconds(s.ends_at)) for s in calendar.shut
        ),
        [(seconds(v.starts_at), seconds(v.ends_at)) for v in visits],
    )
    blocks = [
        *(
            Block("block", starts, ends, *place(starts, ends), words=words)
            for starts, ends, words in _named(shut, calendar.shut)
        ),
        *(
            Block("open", starts, ends, *place(starts, ends), words="Open")
            for starts, ends in gaps
        ),
        *(
            Block(
                (kind or kind_of)(visit),
                visit.starts_at,
                visit.ends_at,
                *place(visit.starts_at, visit.ends_at),
                words=str(visit.patient or "Being booked"),
                visit=visit,
                lane=lane,
                is_now=visit.status == Status.IN_CONSULTATION,
            )
            for visit, lane in _lanes(visits)
        ),
    ]
    is_today = window[0] <= at < window[1]
    now = (seconds(at) - first) // ROW + 1 if is_today else None
    rows = (last - first) // ROW
    return Grid(
        rows=rows,
        hours=[
            (clock(moment(second), zone, staff=True), (second - first) // ROW + 1)
            for second in range(first, last, HOUR)
        ],
        blocks=sorted(blocks, key=lambda block: (block.starts_at, block.ends_at)),
        now=now if now is not None and 1 <= now <= rows else None,
        free=_free(calendar, gaps),
        opened=[
            place(moment(starts), moment(ends)) for starts, ends in calendar.opened
        ],
    )


def _gaps(
    calendar: Calendar, visits: Iterable[Appointment], at: datetime
) -> list[tuple[datetime, datetime]]:
    if calendar.shortest is None:
        return []
    busy = [
        (seconds(visit.busy_starts_at), seconds(visit.busy_ends_at))
        for visit in visits
        if visit.status in LIVE
    ]
    ahead = periods.subtract(calendar.opened, [*busy, (0, seconds(at))])
    return [
        (moment(starts), moment(ends))
        for starts, ends in ahead
        if ends - starts >= calendar.shortest * 60
    ]


def _free(calendar: Calendar, gaps: list[tuple[datetime, datetime]]) -> int:
    if calendar.shortest is None:
        return 0
    lengths = (int((ends - starts).total_seconds()) for starts, ends in gaps)
    return sum(length // (calendar.shortest * 60) for length in lengths)


def _hour(at: datetime, zone: str, *, up: bool = False) -> int:
    """The full hour of the wall clock at or before `at`, with `up` at or after."""
    wall = local(at, zone)
    past = wall.minute * 60 + wall.second
    second = seconds(at) - past
    return second + HOUR if up and past else second


def _named(
    pieces: list[Period], shut: list[Shut]
) -> Iterable[tuple[datetime, datetime, str]]:
    for one in shut:
        for starts, ends in periods.clip(
            pieces, (seconds(one.starts_at), seconds(one.ends_at))
        ):
            yield moment(starts), moment(ends), one.words


def kind_of(visit: Appointment) -> str:
    """How the look draws a visit: done, request, video or person."""
    if visit.status in (Status.COMPLETED, Status.MISSED):
        return "done"
    if visit.status in (Status.REQUESTED, Status.HELD):
        return "request"
    is_video = visit.visit_type.mode == VisitType.Mode.VIDEO
    return "video" if is_video else "person"


def _lanes(visits: Sequence[Appointment]) -> list[tuple[Appointment, str]]:
    """Each visit with its lane. Only what is over can overlap, and then by twos."""
    lanes = dict.fromkeys((visit.pk for visit in visits), "")
    for one, other in pairwise(visits):
        if other.starts_at < one.ends_at:
            lanes[one.pk] = lanes[one.pk] or "a"
            lanes[other.pk] = "b" if lanes[one.pk] == "a" else "a"
    return [(visit, lanes[visit.pk]) for visit in visits]
