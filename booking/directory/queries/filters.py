"""The filters of the directory: who passes, and how many each choice would leave."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date
from urllib.parse import urlencode

from booking.openings.queries import MODES, Entry
from clinic.visit_types.models import Offering
from foundation.formats import day_date
from foundation.languages import language_name
from foundation.likeness import matches

# How many choices of a filter are seen at once.
FOLD = 6
SORTS = {"earliest": "Earliest time", "name": "Name", "price": "Price"}
FACETS = ("specialty", "visit", "location", "language")
# How many days each looks ahead, today included.
WITHIN = {
    "today": ("Today", 1),
    "3d": ("Within 3 days", 3),
    "7d": ("Within 7 days", 7),
}

Test = Callable[[Entry], bool]


@dataclass(frozen=True)
class Filters:
    """What a visitor asked for. Empty means any."""

    q: str = ""
    specialty: frozenset[str] = frozenset()
    visit: frozenset[str] = frozenset()
    location: frozenset[str] = frozenset()
    language: frozenset[str] = frozenset()
    next: str = ""
    day: date | None = None
    sort: str = "earliest"
    page: int = 1

    def query(self, **changes: object) -> str:
        """As a query string, page 1 unless changed, always in the same order."""
        new = replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]
        pairs: list[tuple[str, str]] = []
        for known in fields(new):
            value = getattr(new, known.name)
            if not value or value == known.default:
                continue
            several = sorted(value) if isinstance(value, frozenset) else [str(value)]
            pairs += [(known.name, one) for one in several]
        return urlencode(pairs)


@dataclass(frozen=True)
class Option:
    """A choice of a filter, and how many doctors it would leave."""

    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Options:
    """The choices of one filter: the first ones, and the rest that is folded away."""

    first: list[Option]
    rest: list[Option]

    @property
    def count(self) -> int:
        return len(self.first) + len(self.rest)

    @property
    def is_open(self) -> bool:
        """Whether something of the rest is in use."""
        return any(option.is_chosen for option in self.rest)


@dataclass(frozen=True)
class Way:
    """A filter in use: the query string without it, and how many doctors that gives."""

    label: str
    query: str
    count: int


def fitting(
    entry: Entry, visit: frozenset[str], location: frozenset[str]
) -> list[Offering]:
    """Those of the wanted kinds of visit at the wanted places."""
    modes = {MODES[name] for name in visit}
    return [
        one
        for one in entry.offerings
        if (not visit or one.visit_type.mode in modes)
        and (not location or one.location.slug in location)
    ]


def _values(entry: Entry, facet: str, filters: Filters) -> dict[str, str]:
    """What the doctor counts as in a facet: value and words.

    Place and kind of visit belong together: with one chosen, the other counts only
    where the doctor offers both.
    """
    if facet == "specialty":
        return {one.slug: one.plain_name for one in entry.doctor.specialties.all()}
    if facet == "language":
        return {code: language_name(code) for code in entry.doctor.languages}
    if facet == "location":
        there = fitting(entry, filters.visit, frozenset())
        return {one.location.slug: one.location.name for one in there}
    held = {
        one.visit_type.mode for one in fitting(entry, frozenset(), filters.location)
    }
    return {name: mode.label for name, mode in MODES.items() if mode in held}


def _words(entry: Entry) -> str:
    """What the search box looks at: names, and what the doctor is for."""
    kinds = entry.doctor.specialties.all()
    words = [f"{one.name} {one.plain_name} {one.practitioner}" for one in kinds]
    topics = [*entry.doctor.topics, *(topic for one in kinds for topic in one.topics)]
    return " ".join([entry.doctor.full_name, *words, *topics])


def tests_of(filters: Filters) -> dict[str, Test]:
    """The filters in use, by name: what a doctor must be to pass."""
    tests: dict[str, Test] = {}
    if filters.q:
        tests["q"] = lambda entry: matches(filters.q, _words(entry))
    for facet in FACETS:
        if getattr(filters, facet):
            tests[facet] = _facet_test(facet, filters)
    if filters.day:
        tests["day"] = lambda entry: bool(entry.days)
    elif filters.next:
        tests["next"] = lambda entry: _is_within(entry, filters.next)
    return tests


def _facet_test(facet: str, filters: Filters) -> Test:
    chosen = getattr(filters, facet)
    return lambda entry: not chosen.isdisjoint(_values(entry, facet, filters))


def _is_within(entry: Entry, name: str) -> bool:
    return entry.ahead is not None and entry.ahead < WITHIN[name][1]


def passes(entry: Entry, tests: dict[str, Test], *, but: str = "") -> bool:
    return all(test(entry) for name, test in tests.items() if name != but)


def options_of(
    everyone: list[Entry], facet: str, filters: Filters, tests: dict[str, Test]
) -> list[Option]:
    """The choices of one facet, counted with all other filters applied."""
    labels: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for entry in everyone:
        labels |= _values(entry, facet, Filters())
        if passes(entry, tests, but=facet):
            counts.update(_values(entry, facet, filters).keys())
    chosen = getattr(filters, facet)

    def order(pair: tuple[str, str]) -> tuple[int, str]:
        # Of many languages, those that help most are seen first.
        return -counts[pair[0]] if facet == "language" else 0, pair[1]

    return [
        Option(value, label, counts[value], value in chosen)
        for value, label in sorted(labels.items(), key=order)
    ]


def soon_options(
    everyone: list[Entry], filters: Filters, tests: dict[str, Test]
) -> list[Option]:
    pool = [entry for entry in everyone if passes(entry, tests, but="next")]
    options = [Option("", "Any time", len(pool), not filters.next)]
    for name, (words, _) in WITHIN.items():
        count = sum(_is_within(entry, name) for entry in pool)
        options.append(Option(name, words, count, filters.next == name))
    return options


def applied_filters(
    everyone: list[Entry],
    filters: Filters,
    tests: dict[str, Test],
    options: dict[str, list[Option]],
) -> list[Way]:
    """The filters in use, each with what dropping it would give."""
    dropped = []
    if filters.q:
        dropped.append((f"“{filters.q}”", "q", replace(filters, q="")))
    for facet in FACETS:
        for option in options[facet]:
            if option.is_chosen:
                left = getattr(filters, facet) - {option.value}
                without = replace(filters, **{facet: left})
                dropped.append((option.label, facet, without))
    if filters.day:
        dropped.append((day_date(filters.day), "day", replace(filters, day=None)))
    elif filters.next:
        dropped.append((WITHIN[filters.next][0], "next", replace(filters, next="")))
    return [
        Way(label, without.query(), _count(everyone, name, without, tests))
        for label, name, without in dropped
    ]


def _count(
    everyone: list[Entry], name: str, without: Filters, tests: dict[str, Test]
) -> int:
    """How many pass when the filter `name` is as in `without`, the others unchanged."""
    changed = {**tests, **tests_of(without)}
    if not getattr(without, name):
        del changed[name]
    return sum(passes(entry, changed) for entry in everyone)
