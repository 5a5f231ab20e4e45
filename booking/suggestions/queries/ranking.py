"""Free times in the order in which they suit somebody, each with its reasons. Pure.

What counts how much, in one table (points; what somebody said themselves goes before
what they did, and both before what suits the clinic):

| what                                                     | points |
| -------------------------------------------------------- | ------ |
| in a part of the day that they said suits them           |     30 |
| the doctor speaks the language that they asked for       |     25 |
| on a weekday that they said suits them                   |     20 |
| at the place that they said suits them                   |     20 |
| in the part of the day in which they mostly came         |     15 |
| with a doctor whom they have seen                        |     15 |
| within a week, for who has missed visits of late         |     15 |
| right before or after another visit of the doctor's      |     10 |
| for each day that it is sooner than ten days ahead       |      1 |

What somebody mostly did counts only where they have not said what suits them. That
visits were missed is nobody's business on the patient's page, and a gap in the doctor's
day is the clinic's: both move times, and give no reason there.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from booking.openings.queries import Opening
from booking.waitlist.models import Part
from foundation.formats import DAYS, local, plural

SAID_PART, SAID_LANGUAGE, SAID_WEEKDAY, SAID_PLACE = 30, 25, 20, 20
USUAL_PART, KNOWN_DOCTOR, KEPT_SOONER, NO_GAP = 15, 15, 15, 10
SOONER_WITHIN = 10
# Visits booked for so soon are kept more often.
SOON = timedelta(days=7)
# So near to another visit nothing is lost between them.
NEAR = timedelta(minutes=15)
MOST = 3

_PLURAL = {
    Part.MORNING: "mornings",
    Part.AFTERNOON: "afternoons",
    Part.EVENING: "evenings",
}
_IN_THE = {
    Part.MORNING: "in the morning",
    Part.AFTERNOON: "in the afternoon",
    Part.EVENING: "in the evening",
}


class Edges(NamedTuple):
    """When the visits of a doctor begin, and when they end, each in order of time: a
    page has thousands of free times to lay beside hundreds of visits."""

    starts: Sequence[datetime] = ()
    ends: Sequence[datetime] = ()


@dataclass(frozen=True)
class Knowledge:
    """What the ranking may use: `busy` are the visits of each doctor by key, `missed`
    and `ended` count the patient's last visits."""

    parts: frozenset[str] = frozenset()
    weekdays: frozenset[int] = frozenset()
    location_id: int | None = None
    language: str = ""
    language_name: str = ""
    usual_part: str = ""
    doctors: frozenset[int] = frozenset()
    missed: int = 0
    ended: int = 0
    busy: Mapping[int, Edges] = field(default_factory=dict)

    @property
    def misses_often(self) -> bool:
        """Two of the last visits or more, and a quarter of them at least."""
        return self.missed >= 2 and self.missed * 4 >= self.ended


@dataclass(frozen=True)
class Reason:
    """One thing that speaks for a time. `words` are for the patient, empty where it is
    none of their pages' business; `staff_words` for who works here, to whom a time is
    shown for that reason alone where it `is_clinics`."""

    points: int
    words: str
    staff_words: str
    is_clinics: bool = False


@dataclass(frozen=True)
class Suggestion:
    """A free time with what speaks for it, the weightiest first."""

    opening: Opening
    reasons: list[Reason]

    @property
    def points(self) -> int:
        return sum(reason.points for reason in self.reasons)

    @property
    def suits_the_clinic(self) -> bool:
        return any(reason.is_clinics for reason in self.reasons)

    @property
    def words(self) -> list[str]:
        """What the patient reads."""
        return [reason.words for reason in self.reasons if reason.words]


@dataclass(frozen=True)
class Told:
    """Suggestions as their patient reads them: what is true of all of them once, then
    each with what is true of it alone."""

    of_all: list[str] = field(default_factory=list)
    each: list[tuple[Suggestion, list[str]]] = field(default_factory=list)


def tell(found: Sequence[Suggestion]) -> Told:
    """Suggestions with their doctors and reasons, nothing said twice."""
    lines = [
        [f"With {one.opening.offering.doctor.full_name}", *one.words] for one in found
    ]
    of_all = [
        words
        for words in (lines[0] if len(lines) > 1 else [])
        if all(words in others for others in lines)
    ]
    own = [[words for words in said if words not in of_all] for said in lines]
    return Told(of_all, list(zip(found, own, strict=True)))


def best(
    found: Iterable[Opening],
    known: Knowledge,
    *,
    at: datetime,
    is_staff: bool = False,
    most: int = MOST,
) -> list[Suggestion]:
    """The times that suit best, one of a day, by points and then the sooner; none
    without a reason that can be told to who reads it."""
    ranked = sorted(
        (weigh(one, known, at=at) for one in found),
        key=lambda one: (-one.points, one.opening.starts_at, one.opening.offering.pk),
    )
    chosen: dict[object, Suggestion] = {}
    for one in ranked:
        if len(chosen) == most:
            break
        if one.words or (is_staff and one.suits_the_clinic):
            chosen.setdefault(one.opening.date, one)
    return list(chosen.values())


def weigh(opening: Opening, known: Knowledge, *, at: datetime) -> Suggestion:
    """One time with everything that speaks for it."""
    reasons = [
        *_said(opening, known),
        *_done(opening, known),
        *_clinic(opening, known, at),
    ]
    reasons.sort(key=lambda reason: -reason.points)
    return Suggestion(opening, reasons)


def _said(opening: Opening, known: Knowledge) -> Iterable[Reason]:
    """What they said suits them."""
    wall = local(opening.starts_at, opening.zone)
    part, doctor = Part.of(wall.time()), opening.offering.doctor
    if part in known.parts:
        words = _PLURAL[part]
        yield Reason(SAID_PART, f"You prefer {words}", f"prefers {words}")
    if wall.weekday() in known.weekdays:
        day = f"{DAYS[wall.weekday()]}s"
        yield Reason(SAID_WEEKDAY, f"{day} suit you", f"{day} suit them")
    if known.location_id and opening.offering.location_id == known.location_id:
        place = opening.offering.location.name
        yield Reason(SAID_PLACE, f"At {place}, as you prefer", f"prefers {place}")
    if known.language and known.language in doctor.languages:
        yield Reason(
            SAID_LANGUAGE,
            f"{doctor.short_name} speaks {known.language_name}",
            f"asked for {known.language_name}",
        )


def _done(opening: Opening, known: Knowledge) -> Iterable[Reason]:
    """What they did before."""
    part = Part.of(local(opening.starts_at, opening.zone).time())
    if not known.parts and part == known.usual_part:
        words = _IN_THE[part]
        yield Reason(USUAL_PART, f"You usually come {words}", f"mostly came {words}")
    doctor = opening.offering.doctor
    if doctor.pk in known.doctors:
        yield Reason(
            KNOWN_DOCTOR, f"{doctor.short_name} knows you", "has seen this doctor"
        )


def _clinic(opening: Opening, known: Knowledge, at: datetime) -> Iterable[Reason]:
    """What suits the clinic, or everybody."""
    ahead = opening.starts_at - at
    if known.misses_often and ahead <= SOON:
        yield Reason(
            KEPT_SOONER,
            "",
            f"missed {known.missed} of the last {known.ended} visits, and visits "
            "within a week are kept more often",
        )
    if _is_beside(opening, known.busy.get(opening.offering.doctor_id, Edges())):
        yield Reason(NO_GAP, "", "leaves no gap", is_clinics=True)
    sooner = SOONER_WITHIN - ahead.days
    if sooner > 0:
        when = f"in {plural(ahead.days, 'day')}" if ahead.days else "within a day"
        yield Reason(sooner, "", when)


def _is_beside(opening: Opening, busy: Edges) -> bool:
    starts, ends = opening.starts_at, opening.ends_at
    return _has(busy.ends, starts - NEAR, starts) or _has(
        busy.starts, ends, ends + NEAR
    )


def _has(moments: Sequence[datetime], first: datetime, last: datetime) -> bool:
    """Whether one of the ordered moments lies from `first` to `last`."""
    place = bisect_left(moments, first)
    return place < len(moments) and moments[place] <= last
