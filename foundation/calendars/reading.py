"""From the text of a calendar to periods in which its owner is taken.

Of each line only what decides on time is kept, so a title is gone before anything is
made of the file. What is over already goes with it: some providers send all the years
that there ever were.
"""

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar
from icalendar.parser import Contentline
from icalendar.prop import vPeriod

from foundation.calendars import NO_CALENDAR, TOO_MANY, digest_of
from foundation.periods import DAY, Period, clip, moment, seconds, union

# Series and single entries that lie ahead, and periods that come of them.
MOST_ENTRIES, MOST_PERIODS = 4000, 5000
# What decides on time. Nothing else of an entry is looked at.
KEPT = {
    "UID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID",
    "TRANSP", "STATUS", "SEQUENCE", "X-MICROSOFT-CDO-BUSYSTATUS",
}  # fmt: skip
# Whatever repeats is kept, however long ago it began.
REPEATS = ("RRULE", "RDATE", "RECURRENCE-ID", "DURATION")
# More often than hourly is nobody's calendar, and takes for ever to write out.
_FREQUENT = re.compile(r"FREQ=(SECOND|MINUTE)LY|BY(SECOND|MINUTE)=[^;]*,", re.I)
_STAMP = re.compile(r"(\d{8})(T\d{6}Z?)?$")
# Our own word for an entry that its owner declined; no file says it to us.
DECLINED = "X-DECLINED"
HEAD = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//read//EN"]
TAIL = ["END:VCALENDAR", ""]


class Unread(Exception):
    """`str(error)` is the name of a refusal in `foundation.calendars`."""


class Entry(NamedTuple):
    """One VEVENT: its lines, unfolded, and their values by name."""

    lines: list[str]
    values: dict[str, str]


def read(
    content: bytes,
    *,
    zone: str,
    window: Period,
    own: str,
    owners: Container[str] = (),
) -> tuple[list[Period], int]:
    """The periods of `foundation.calendars.busy_times`, with the digests of `owners`,
    and how many entries say nothing that could be understood. Raises Unread."""
    lines = _unfolded(content)
    if next(lines, "").strip().upper() != "BEGIN:VCALENDAR":
        raise Unread(NO_CALENDAR)
    zones, entries, spans = _sorted_out(lines, owners)
    series = _series(entries, window, own)
    place = ZoneInfo(zone)
    found, skipped = _spans(spans)
    for group in series.values():
        try:
            found += _of_series(zones, group, place, window)
        except (MemoryError, RecursionError):
            # Too much for us is no time without entries: nothing is known then.
            raise
        except Exception:  # the libraries raise what they like on what strangers write
            skipped += 1
    periods = union(clip(found, window))
    if len(periods) > MOST_PERIODS:
        raise Unread(TOO_MANY)
    return periods, skipped


def _series(
    entries: Iterable[Entry], window: Period, own: str
) -> dict[str, list[Entry]]:
    """The entries that may count, those that repeat and their exceptions together.
    Raises Unread where they are too many."""
    series: dict[str, list[Entry]] = defaultdict(list)
    for number, entry in enumerate(entries):
        uid = entry.values.get("UID", "")
        is_own = bool(own) and uid.endswith(f"@{own}")
        if not is_own and not _is_over(entry, window):
            series[uid or f"nameless {number}"].append(entry)
    if sum(map(len, series.values())) > MOST_ENTRIES:
        raise Unread(TOO_MANY)
    return series


def _unfolded(content: bytes) -> Iterator[str]:
    """The lines of the file, each whole (RFC 5545, 3.1)."""
    text = content.decode("utf-8-sig", errors="replace")
    whole = ""
    for line in text.splitlines():
        if line[:1] in (" ", "\t"):
            whole += line[1:]
            continue
        if whole:
            yield whole
        whole = line
    if whole:
        yield whole


def _name(line: str) -> str:
    """ "DTSTART" of "DTSTART;TZID=Europe/London:20260316T090000"."""
    return re.split("[;:]", line, maxsplit=1)[0].strip().upper()


def _sorted_out(
    lines: Iterable[str], owners: Container[str]
) -> tuple[list[str], list[Entry], list[str]]:
    """The zones of the file, its entries with what decides on time, and the lines of
    its lists of free and busy time."""
    zones: list[str] = []
    entries: list[Entry] = []
    spans: list[str] = []
    within = ["VCALENDAR"]
    for line in lines:
        name = _name(line)
        # Names of zones hold colons, and so do UIDs.
        cut = line.partition if name == "UID" else line.rpartition
        value = cut(":")[2].strip()
        if name == "BEGIN":
            within.append(value.upper())
            if value.upper() == "VEVENT":
                entries.append(Entry([], {}))
        if "VTIMEZONE" in within:
            zones.append(line)
        elif within[-1] == "VEVENT":
            _keep(entries[-1], name, line, value, owners)
        elif within[-1] == "VFREEBUSY" and name == "FREEBUSY":
            spans.append(line)
        if name == "END" and len(within) > 1:
            within.pop()
    return zones, entries, spans


def _keep(
    entry: Entry, name: str, line: str, value: str, owners: Container[str]
) -> None:
    """Take over what decides on time. Of who is invited only the owner's no."""
    if name in KEPT:
        entry.lines.append(line)
        entry.values[name] = value
    elif _declines(name, line, owners):
        entry.lines.append(f"{DECLINED}:1")


def _declines(name: str, line: str, owners: Container[str]) -> bool:
    """Whether somebody of the owner's addresses says no in it (RFC 5545, 3.2.12; for
    EMAIL, RFC 7986, 6.2)."""
    if name != "ATTENDEE" or "DECLINED" not in line.upper():
        return False
    try:
        _, said, value = Contentline(line).parts()
    except ValueError:
        return False
    if str(said.get("PARTSTAT", "")).upper() != "DECLINED":
        return False
    scheme, _, address = value.partition(":")
    named = [address] if scheme.lower() == "mailto" else []
    return any(digest_of(one) in owners for one in (*named, str(said.get("EMAIL", ""))))


def _is_over(entry: Entry, window: Period) -> bool:
    """Whether a single entry surely ended before the window, whatever its zone."""
    if any(name in entry.values for name in REPEATS):
        return False
    stamp = _STAMP.match(entry.values.get("DTEND") or entry.values.get("DTSTART", ""))
    before = moment(window[0] - 3 * DAY)
    return stamp is not None and stamp[1] < f"{before:%Y%m%d}"


def _of_series(
    zones: list[str], group: list[Entry], zone: ZoneInfo, window: Period
) -> list[Period]:
    """The periods of one entry with all that was changed of it."""
    rules = [line for entry in group for line in entry.lines if _name(line) == "RRULE"]
    if any(map(_FREQUENT.search, rules)):
        raise ValueError("Too often.")
    body = [
        line
        for entry in group
        for line in ("BEGIN:VEVENT", *_complete(entry), "END:VEVENT")
    ]
    text = "\r\n".join([*HEAD, *zones, *body, *TAIL])
    calendar = Calendar.from_ical(text)
    for event in calendar.walk("VEVENT"):
        if getattr(event, "errors", None):
            raise ValueError("Not understood.")
    # Days and times without a zone are compared loosely: look further, clip later.
    query = recurring_ical_events.of(calendar)
    first, last = (moment(second) for second in window)
    near = timedelta(days=2)
    events = query.between(first - near, last + near)
    return [_period(event, zone) for event in events if _takes_time(event)]


def _complete(entry: Entry) -> list[str]:
    """Every entry has a UID: without, the changes of a series find nothing."""
    return entry.lines if "UID" in entry.values else ["UID:nameless", *entry.lines]


def _takes_time(event: Any) -> bool:
    """Whether its owner is taken by it: what they called off, declined or marked as
    free does not count, what is not sure yet does."""
    if DECLINED in event:
        return False
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return False
    if str(event.get("TRANSP", "")).upper() == "TRANSPARENT":
        return False
    return str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() != "FREE"


def _period(event: Any, zone: ZoneInfo) -> Period:
    starts, ends = event["DTSTART"].dt, event["DTEND"].dt
    return _second(starts, zone), _second(ends, zone)


def _second(at: date | datetime, zone: ZoneInfo) -> int:
    if not isinstance(at, datetime):
        at = datetime.combine(at, time(), zone)
    elif at.tzinfo is None:
        at = at.replace(tzinfo=zone)
    return seconds(at)


def _spans(lines: Iterable[str]) -> tuple[list[Period], int]:
    """What lists of free and busy time say (RFC 5545, 3.6.4), and how much of it could
    not be understood. Their times are in UTC."""
    found: list[Period] = []
    skipped = 0
    for line in lines:
        head, _, values = line.partition(":")
        if "FBTYPE=FREE" in head.upper():
            continue
        for value in values.split(","):
            try:
                starts, ends = vPeriod.from_ical(value.strip())
            except ValueError:
                skipped += 1
                continue
            if isinstance(ends, timedelta):
                ends = starts + ends
            zone = ZoneInfo("UTC")
            found.append((_second(starts, zone), _second(ends, zone)))
    return found, skipped
