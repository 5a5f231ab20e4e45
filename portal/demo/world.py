"""What the parts of the loader hand to each other."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts.models import Patient, User
from booking.models import Appointment
from clinic.models import Doctor, Location, Offering, Specialty, VisitType
from portal.demo.content import Content, DoctorFacts

SEED = 1987
PAST = timedelta(days=31)
AHEAD = timedelta(days=31)


@dataclass(repr=False)
class World:
    """The demo clinic while it is being made. `at` is the moment of loading (UTC).

    `secret` is the encoded demo password: hashed once, because hashing is slow. `fates`
    says how some visits end, by public id; the dice decide about all others.
    """

    content: Content
    at: datetime
    secret: str
    say: Callable[[str], None]
    # It deals out the demo, and no secrets.
    dice: Random = field(default_factory=lambda: Random(SEED))  # noqa: S311  # nosec B311
    specialties: dict[str, Specialty] = field(default_factory=dict)
    locations: dict[str, Location] = field(default_factory=dict)
    visit_types: dict[str, VisitType] = field(default_factory=dict)
    doctors: dict[str, Doctor] = field(default_factory=dict)
    offerings: list[Offering] = field(default_factory=list)
    # Keys of equipment, by what it offers.
    equipment: dict[str, int] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    patients: list[Patient] = field(default_factory=list)
    visits: list[Appointment] = field(default_factory=list)
    fates: dict[UUID, str] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """The clinic's own."""
        return ZoneInfo(self.content.clinic["identity"]["time_zone"])

    @property
    def today(self) -> date:
        """The day of loading, where the clinic is."""
        return self.at.astimezone(self.zone).date()

    @property
    def maya(self) -> Patient:
        """The patient whose story the demo tells."""
        return self.patients[0]

    def day(self, offset: int) -> date:
        """The day `offset` days from today."""
        return self.today + timedelta(days=offset)

    def moment(self, day: date, clock: time, location: str = "") -> datetime:
        """A wall time of a location, or of the clinic, as an aware moment."""
        zone = ZoneInfo(self.locations[location].time_zone) if location else self.zone
        return datetime.combine(day, clock, tzinfo=zone)

    def facts(self, slug: str) -> DoctorFacts:
        """The data file's entry of a doctor."""
        return next(one for one in self.content.doctors if one.slug == slug)

    def share(self, part: float) -> bool:
        """True in about `part` of the cases (0 to 1)."""
        return self.dice.random() < part
