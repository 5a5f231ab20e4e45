"""Reads the demo clinic's data files. Knows nothing of the database."""

import re
import tomllib
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS = {day: number for number, day in enumerate(_WEEK)}
_MATTER = re.compile(r"\+\+\+\n(.*?)\n\+\+\+\n(.*)", re.DOTALL)


@dataclass(frozen=True)
class Shift:
    """Weekly hours at one place, in its wall time; `breaks` as (start, end)."""

    location: str
    weekday: int
    starts: time
    ends: time
    breaks: tuple[tuple[time, time], ...] = ()


@dataclass(frozen=True)
class DoctorFacts:
    """One entry of data/doctors: `slug`, names, prose, what they do and when."""

    slug: str
    title: str
    first_name: str
    last_name: str
    post_nominals: str
    role: str
    specialties: list[str]
    languages: list[str]
    registration_number: str
    tagline: str
    bio: str
    helps: list[str]
    training: list[dict[str, Any]]
    visit_types: list[str]
    hours: list[str]
    portrait: dict[str, Any]
    is_listed: bool = True
    takes_new_patients: bool = True
    fully_booked: bool = False
    left_days_ago: int | None = None

    @property
    def shifts(self) -> list[Shift]:
        return [shift for line in self.hours for shift in shifts_of(line)]

    @property
    def locations(self) -> list[str]:
        """Where they see patients, in the order of their hours."""
        return list(dict.fromkeys(shift.location for shift in self.shifts))


@dataclass(frozen=True)
class Prose:
    """A page or article as written: its front matter and its text."""

    slug: str
    matter: dict[str, Any]
    text: str


@dataclass(frozen=True)
class Content:
    """All data files."""

    clinic: dict[str, Any]
    specialties: list[dict[str, Any]]
    without_page: list[dict[str, Any]]
    visit_types: list[dict[str, Any]]
    doctors: list[DoctorFacts]
    articles: list[Prose]
    unpublished: list[Prose]
    pages: list[Prose]
    prices: Prose
    home: dict[str, Any]
    menus: dict[str, Any]
    people: dict[str, Any]
    visits: dict[str, Any]
    first_visit_prices: dict[str, str]

    @property
    def locations(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.clinic["locations"]
        return found


def days_of(text: str) -> list[int]:
    """Weekday numbers of "mon,wed" or "mon-fri"; 0 is Monday."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(_DAYS[first], _DAYS[last or first] + 1)
    return found


def _span(text: str) -> tuple[time, time]:
    first, last = text.split("-")
    return time.fromisoformat(first), time.fromisoformat(last)


def hours_of(line: str) -> list[tuple[int, time, time]]:
    """(weekday, start, end) of "mon-fri 08:00-20:00"."""
    days, span = line.split()
    return [(day, *_span(span)) for day in days_of(days)]


def shifts_of(line: str) -> list[Shift]:
    """Shifts of "place mon,wed 08:30-17:00 break 12:30-13:30"."""
    place, days, span, *rest = line.split()
    breaks = tuple(_span(text) for text in rest[1:])
    return [Shift(place, day, *_span(span), breaks) for day in days_of(days)]


def read_toml(name: str) -> dict[str, Any]:
    """One data file, by its path below data/."""
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))


def read_prose(path: Path) -> Prose:
    """A text with TOML front matter between +++ lines. Raises ValueError without."""
    found = _MATTER.fullmatch(path.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{path.name} has no front matter")
    return Prose(path.stem, tomllib.loads(found[1]), found[2].strip())


def _folder(name: str) -> list[Prose]:
    return [read_prose(path) for path in sorted((DATA / name).glob("*.md"))]


def _doctors() -> list[DoctorFacts]:
    return [
        DoctorFacts(**entry)
        for path in sorted((DATA / "doctors").glob("*.toml"))
        for entry in read_toml(f"doctors/{path.name}")["doctors"]
    ]


@cache
def load() -> Content:
    """Everything, read once a process."""
    return Content(
        clinic=read_toml("clinic.toml"),
        specialties=read_toml("specialties.toml")["specialties"],
        without_page=read_toml("specialties.toml")["without_page"],
        visit_types=read_toml("visit_types.toml")["visit_types"],
        doctors=_doctors(),
        articles=_folder("articles"),
        unpublished=_folder("unpublished"),
        pages=_folder("pages"),
        prices=read_prose(DATA / "prices.md"),
        home=read_toml("home.toml"),
        menus=read_toml("menus.toml"),
        people=read_toml("people.toml"),
        visits=read_toml("visits.toml"),
        first_visit_prices=read_toml("visit_types.toml")["first_visit_prices"],
    )


def price(entry: dict[str, Any]) -> Decimal:
    """A visit type's price, in the clinic's currency."""
    return Decimal(entry["price"])


def days_before(today: date, days: int) -> date:
    return date.fromordinal(today.toordinal() - days)
