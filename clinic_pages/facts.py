"""The clinic's facts, as the public pages show them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from clinic.identity.queries import current
from clinic.models import Doctor, Location, Offering, Specialty, VisitType
from clinic.visit_types.queries import on_offer
from foundation.languages import language_name

VIDEO = VisitType.Mode.VIDEO


def clinic_today(at: datetime) -> date:
    """The day it is at the clinic."""
    return at.astimezone(ZoneInfo(current().time_zone)).date()


@dataclass(frozen=True)
class PriceRow:
    """A visit type with its length and what it costs, from the least to the most."""

    name: str
    summary: str
    modes: tuple[str, ...]
    minutes: int
    lowest: Decimal
    highest: Decimal
    currency: str
    policy: str
    free_cancellation_hours: int
    late_cancellation_percent: int
    late_cancellation_fee: Decimal | None


def price_rows(offerings: Iterable[Offering]) -> list[PriceRow]:
    """One row per visit type, in the order in which the clinic set them up."""
    grouped: dict[int, list[Offering]] = defaultdict(list)
    for one in offerings:
        grouped[one.visit_type_id].append(one)
    return [_row(grouped[key]) for key in sorted(grouped)]


def price_of(offering: Offering) -> Decimal:
    """What a visit costs with this doctor there."""
    own = offering.price
    return offering.visit_type.price if own is None else own


def _row(group: list[Offering]) -> PriceRow:
    kind = group[0].visit_type
    prices = [price_of(one) for one in group]
    return PriceRow(
        name=kind.name,
        summary=kind.summary,
        modes=(kind.mode,),
        minutes=kind.duration_minutes,
        lowest=min(prices),
        highest=max(prices),
        currency=kind.currency,
        policy=kind.payment_policy,
        free_cancellation_hours=kind.free_cancellation_hours,
        late_cancellation_percent=kind.late_cancellation_percent,
        late_cancellation_fee=kind.late_cancellation_fee,
    )


@dataclass
class DoctorFacts:
    """What a page about a doctor says beside the editors' words."""

    doctor: Doctor
    is_here: bool
    specialties: list[Specialty]
    offerings: list[Offering] = field(default_factory=list)

    @property
    def can_be_booked(self) -> bool:
        """Whether a live booking link may stand on the page."""
        return self.is_here and bool(self.offerings)

    @property
    def role(self) -> str:
        """What they are called: "General practice doctor (GP)"."""
        return ", ".join(one.practitioner for one in self.specialties)

    @property
    def languages(self) -> list[str]:
        return [language_name(code) for code in self.doctor.languages]

    @property
    def has_video(self) -> bool:
        return any(one.visit_type.mode == VIDEO for one in self.offerings)

    @property
    def locations(self) -> list[Location]:
        """Where patients come to."""
        visited = {
            one.location_id: one.location
            for one in self.offerings
            if one.visit_type.mode == VisitType.Mode.IN_PERSON
        }
        return sorted(visited.values(), key=lambda one: one.name)

    @property
    def prices(self) -> list[PriceRow]:
        return price_rows(self.offerings)

    @property
    def cancellation(self) -> tuple[int, int] | None:
        """(hours, percent) where all paid visits share one rule, else None. A sum
        that is kept instead of a share is said where the visit is booked."""
        paid = [row for row in self.prices if row.highest]
        rules = {
            (row.free_cancellation_hours, row.late_cancellation_percent) for row in paid
        }
        is_share = all(row.late_cancellation_fee is None for row in paid)
        return rules.pop() if len(rules) == 1 and is_share else None


def doctor_facts(doctor: Doctor, *, today: date) -> DoctorFacts:
    """The facts of one doctor on that day. Two queries, one for who has left."""
    is_here = doctor.is_working(today) and doctor.is_listed
    specialties = list(doctor.specialties.order_by("plain_name"))
    offerings = list(on_offer(today).filter(doctor=doctor)) if is_here else []
    return DoctorFacts(doctor, is_here, specialties, offerings)


def colleagues(doctor: Doctor, *, today: date, count: int = 3) -> list[Doctor]:
    """Listed doctors of the same specialties."""
    return list(
        Doctor.objects.listed(today)
        .filter(specialties__in=doctor.specialties.all())
        .exclude(pk=doctor.pk)
        .distinct()
        .order_by("last_name", "first_name", "pk")[:count]
    )
