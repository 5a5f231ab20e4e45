"""The times to choose from, month by month."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from accounts.patients.models import Patient
from booking.appointments.queries import loads_of, next_free
from booking.drafts.queries.zones import home_of
from booking.openings.queries import (
    SOON,
    Day,
    Opening,
    as_opening,
    by_day,
    end_of_day,
    is_bookable,
    one_each,
    openings,
    parts,
)
from clinic.visit_types.models import Offering
from clinic.visit_types.queries import horizon_of
from foundation.formats import DAYS, clock, local, zone_city
from foundation.months import MonthView, month_view

# Of a part of a day, so many times are seen at once.
FOLD = 12
# So far from today free times are known for suggestions, however few days are left of
# the month.
AHEAD = timedelta(days=14)


@dataclass(frozen=True)
class Wanted:
    """Whom, where and when a visitor looks for. Empty means any, or the soonest."""

    doctor: str = ""
    location: str = ""
    month: date | None = None
    day: date | None = None


@dataclass(frozen=True)
class Choice:
    """One time of the chosen day: on the clock of the place, and on the visitor's;
    `who` would see them, where that is not said elsewhere."""

    value: str
    clock: str
    theirs: str
    is_kept: bool
    who: str = ""


@dataclass(frozen=True)
class Choices:
    """The times of one part of a day: the first, and those that are folded away."""

    first: list[Choice]
    rest: list[Choice]

    @property
    def count(self) -> int:
        return len(self.first) + len(self.rest)

    @property
    def is_open(self) -> bool:
        """Whether the visitor's own time is among those folded away."""
        return any(choice.is_kept for choice in self.rest)


@dataclass(frozen=True)
class Times:
    """A month of times to choose from, with the chosen day's.

    `theirs` is the visitor's zone, empty when unknown. `soonest` is the first free
    time of all; `previous` and `following` are the firsts of the months beside, None
    where nothing can be booked. `home` is whose clock counts without a wanted place,
    empty where all places have the same.
    """

    wanted: Wanted
    zone: str
    theirs: str
    doctors: list[tuple[str, str]]
    locations: list[tuple[str, str]]
    month: MonthView
    first: date
    previous: date | None
    following: date | None
    day: Day | None
    soonest: Opening | None
    is_far: bool
    kept: Opening | None
    home: str = ""
    # Every free time of the month, and at its end some of the next, soonest first; of
    # several doctors at one time all.
    found: list[Opening] = field(default_factory=list)
    patient: Patient | None = None

    @property
    def parts(self) -> list[tuple[str, Choices]]:
        """The chosen day's times by part of the day."""
        named = parts(self.day) if self.day else []
        return [
            (name, self._folded([self._choice(one) for one in found]))
            for name, found in named
        ]

    def _folded(self, found: list[Choice]) -> Choices:
        # Folding one or two away would only hide them.
        fold = FOLD if len(found) > FOLD + 2 else len(found)
        return Choices(found[:fold], found[fold:])

    @property
    def is_anyone(self) -> bool:
        """Whether the times are those of several doctors."""
        return len(self.doctors) > 1 and not self.wanted.doctor

    @property
    def place(self) -> str:
        """ "London time": whose clock it is."""
        return f"{zone_city(self.zone)} time"

    @property
    def home_place(self) -> str:
        return f"{zone_city(self.home)} time" if self.home else ""

    @property
    def differs(self) -> bool:
        """Whether the visitor's clock shows another time on the chosen day."""
        found = self.day.openings if self.day else ()
        return any(self._choice(one).theirs for one in found)

    def _choice(self, one: Opening) -> Choice:
        here = local(one.starts_at, self.zone)
        theirs = ""
        if self.theirs:
            there = local(one.starts_at, self.theirs)
            if there.utcoffset() != here.utcoffset():
                theirs = clock(one.starts_at, self.theirs)
                if there.date() != here.date():
                    theirs += f" {DAYS[there.weekday()][:3]}"
        is_kept = self.kept is not None and self.kept.value == one.value
        who = one.offering.doctor.short_name if self.is_anyone else ""
        return Choice(one.value, clock(one.starts_at, self.zone), theirs, is_kept, who)


def _known(wanted: Wanted, offerings: list[Offering]) -> Wanted:
    """Without a doctor or place that has nothing of this kind."""
    doctors = {one.doctor.slug for one in offerings}
    places = {one.location.slug for one in offerings}
    return replace(
        wanted,
        doctor=wanted.doctor if wanted.doctor in doctors else "",
        location=wanted.location if wanted.location in places else "",
    )


def narrowed(offerings: Iterable[Offering], wanted: Wanted) -> list[Offering]:
    """Those of the wanted doctor at the wanted place."""
    return [
        one
        for one in offerings
        if wanted.doctor in ("", one.doctor.slug)
        and wanted.location in ("", one.location.slug)
    ]


def times(
    offerings: list[Offering],
    wanted: Wanted,
    *,
    patient: Patient | None,
    kept: Opening | None,
    is_held: bool,
    theirs: str,
    at: datetime,
    besides: int | None = None,
) -> Times:
    """The month to choose from: the wanted one, else the one of the soonest time.

    `kept` is the time this visitor chose; while it is held it is theirs to choose
    again. `besides` is the key of a visit that moves. Places with different clocks are
    never mixed: without a wanted one, the place where it can be soonest on the
    visitor's clock counts. Where several doctors are free at a time it is the one's who
    has least booked. Six queries at most.
    """
    wanted = _known(wanted, offerings)
    home = home_of({one.location.time_zone for one in offerings}, theirs)
    bookable = [one for one in narrowed(offerings, wanted) if is_bookable(one)]
    zones = {one.location.time_zone for one in bookable}
    near = [one for one in bookable if one.location.time_zone == home]
    soonest = _soonest(near, patient=patient, at=at) if near else None
    if soonest is None:
        soonest = _soonest(bookable, patient=patient, at=at)
    if len(zones) > 1 and soonest is not None:
        wanted = replace(wanted, location=soonest.offering.location.slug)
        bookable = narrowed(bookable, wanted)
    zone = next((one.location.time_zone for one in bookable), "UTC")
    today = local(at, zone).date()
    start = wanted.day or wanted.month or (soonest.date if soonest else today)
    first = max(start, today).replace(day=1)
    found = _month_of_openings(
        bookable, first, zone, patient=patient, at=at, besides=besides
    )
    held = kept if is_held else None
    if held is not None and (held.offering not in bookable or not _is_in(held, first)):
        held = None
    shown = [one for one in found if _is_in(one, first)]
    offered = _one_each(shown, zone, kept=held, at=at)
    days = {day.date: day for day in by_day(offered)}
    chosen = wanted.day if wanted.day in days else next(iter(days), None)
    counts = {day: len(one.openings) for day, one in days.items()}
    horizon = max((horizon_of(one) for one in bookable), default=timedelta())
    after = (first + timedelta(days=31)).replace(day=1)
    return Times(
        wanted=wanted,
        zone=zone,
        theirs=theirs,
        doctors=_doctors(offerings),
        locations=sorted({(one.location.slug, one.location.name) for one in offerings}),
        month=month_view(first, counts, today=today, chosen=chosen),
        first=first,
        previous=(first - timedelta(days=1)).replace(day=1) if first > today else None,
        following=after if after <= today + horizon else None,
        day=days[chosen] if chosen else None,
        soonest=soonest,
        is_far=soonest is not None and soonest.starts_at >= at + SOON,
        kept=kept,
        home=home,
        found=found,
        patient=patient,
    )


def _soonest(
    offerings: list[Offering], *, patient: Patient | None, at: datetime
) -> Opening | None:
    known = {one.pk: one for one in offerings}
    found = next_free(offerings, at=at, patient=patient)
    slots = sorted(found.values())
    return as_opening(slots[0], known) if slots else None


def _month_of_openings(
    offerings: list[Offering],
    first: date,
    zone: str,
    *,
    patient: Patient | None,
    at: datetime,
    besides: int | None,
) -> list[Opening]:
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    today = local(at, zone).date()
    if first <= today:
        last = max(last, today + AHEAD)
    after = end_of_day(first - timedelta(days=1), zone)
    until = end_of_day(last, zone)
    return openings(
        offerings,
        after=max(after, at),
        until=until,
        at=at,
        patient=patient,
        besides=besides,
    )


def _one_each(
    found: list[Opening], zone: str, *, kept: Opening | None, at: datetime
) -> list[Opening]:
    doctors = {one.offering.doctor_id for one in found}
    if not found:
        return [kept] if kept else []
    first, last = found[0].starts_at, found[-1].starts_at
    loads = loads_of(doctors, first=first, last=last, zone=zone, at=at)
    return one_each(found, loads, kept=kept)


def _is_in(opening: Opening, first: date) -> bool:
    return opening.date.replace(day=1) == first


def _doctors(offerings: Iterable[Offering]) -> list[tuple[str, str]]:
    named = {one.doctor.slug: one.doctor for one in offerings}
    ordered = sorted(named.values(), key=lambda one: (one.last_name, one.first_name))
    return [(one.slug, one.full_name) for one in ordered]
