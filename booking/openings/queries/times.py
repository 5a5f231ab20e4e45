"""Free times with their place, their clock and their address."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from accounts.patients.models import Patient
from booking.appointments.queries import Loads, Slot, free_slots
from booking.appointments.queries.loads import Rank
from clinic.visit_types.models import Offering, VisitType
from foundation.formats import as_zone, local

NOON, EVENING = time(12), time(17)


@dataclass(frozen=True)
class Opening:
    """One free time. `query` is what the booking pages need to know to offer it."""

    starts_at: datetime
    ends_at: datetime
    offering: Offering

    @property
    def zone(self) -> str:
        return self.offering.location.time_zone

    @property
    def query(self) -> str:
        return slot_query(self.offering, self.starts_at)

    @property
    def value(self) -> str:
        """What a form sends back for this time."""
        return f"{self.offering.public_id} {_utc(self.starts_at)}"

    @property
    def date(self) -> date:
        """The day, where the visit takes place."""
        return local(self.starts_at, self.zone).date()

    @property
    def part(self) -> str:
        """ "Morning", "Afternoon" or "Evening", where the visit takes place."""
        clock = local(self.starts_at, self.zone).time()
        if clock < NOON:
            return "Morning"
        return "Afternoon" if clock < EVENING else "Evening"


@dataclass(frozen=True)
class Day:
    """The free times of one day; `more` counts those left out."""

    date: date
    openings: tuple[Opening, ...]
    more: int = 0


def price_of(offering: Offering) -> Decimal:
    """What it costs, in the visit type's currency."""
    own = offering.price
    return offering.visit_type.price if own is None else own


def is_bookable(offering: Offering) -> bool:
    """Whether it can be booked here; some visit types are booked by phone only."""
    return offering.visit_type.booking_policy != VisitType.BookingPolicy.CALL


def slot_query(offering: Offering, starts_at: datetime | None = None) -> str:
    """The query string with which the booking pages know what is asked for."""
    asked = {
        "doctor": offering.doctor.slug,
        "service": offering.visit_type.slug,
        "location": offering.location.slug,
    }
    if starts_at is not None:
        asked["slot"] = _utc(starts_at)
    return urlencode(asked, safe=":")


def _utc(at: datetime) -> str:
    """ "2026-03-16T10:20Z"."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def openings(
    offerings: Iterable[Offering],
    *,
    after: datetime,
    until: datetime,
    at: datetime,
    patient: Patient | None = None,
    besides: int | None = None,
) -> list[Opening]:
    """Every free time of the offerings, soonest first, none during other visits of
    `patient`; for a visit that moves its key is `besides`. One query."""
    known = {offering.pk: offering for offering in offerings if is_bookable(offering)}
    if not known:
        return []
    found = free_slots(
        list(known.values()),
        after=after,
        until=until,
        at=at,
        patient=patient,
        besides=besides,
    )
    return sorted(
        (as_opening(slot, known) for slots in found.values() for slot in slots),
        key=lambda one: (one.starts_at, one.offering.pk),
    )


def as_opening(slot: Slot, known: Mapping[int, Offering]) -> Opening:
    """The engine's slot with its offering, which must be among `known`."""
    return Opening(slot.starts_at, slot.ends_at, known[slot.offering_id])


def by_day(found: Iterable[Opening]) -> list[Day]:
    """Grouped into days, in order; each in the clock of its own place."""
    days: dict[date, list[Opening]] = defaultdict(list)
    for one in found:
        days[one.date].append(one)
    return [Day(day, tuple(times)) for day, times in sorted(days.items())]


def one_each(
    found: Sequence[Opening], loads: Loads, *, kept: Opening | None = None
) -> list[Opening]:
    """One opening for each start and place, and `kept` in any case: that of the doctor
    who has least booked (`Loads`), so that visits spread."""

    def rank(one: Opening) -> tuple[bool, Rank, int]:
        doctor = one.offering.doctor
        return one != kept, loads.rank(doctor, one.starts_at), one.offering.pk

    chosen: dict[tuple[datetime, int], Opening] = {}
    for one in [*found, kept] if kept else found:
        key = (one.starts_at, one.offering.location_id)
        chosen[key] = min(chosen.get(key, one), one, key=rank)
    return sorted(chosen.values(), key=lambda one: one.starts_at)


def strip(found: Iterable[Opening], *, days: int, times: int) -> list[Day]:
    """The first `days` days that have times, with `times` of each: the first one, and
    others spread over the day, so that mornings and afternoons show."""
    return [
        Day(day.date, _spread(day.openings, times), max(0, len(day.openings) - times))
        for day in by_day(found)[:days]
    ]


def _spread(found: tuple[Opening, ...], count: int) -> tuple[Opening, ...]:
    if len(found) <= count:
        return found
    return tuple(found[position * len(found) // count] for position in range(count))


def parts(day: Day) -> list[tuple[str, list[Opening]]]:
    """The times of a day under "Morning", "Afternoon" and "Evening", empty ones out."""
    named: dict[str, list[Opening]] = {}
    for one in day.openings:
        named.setdefault(one.part, []).append(one)
    return list(named.items())


def end_of_day(day: date, zone: str) -> datetime:
    """The instant at which the next day begins in the zone."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=as_zone(zone))
