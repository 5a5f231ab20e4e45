"""Doctors with their next free times.

A doctor is shown with one visit type, the first that fits (the order in which the
clinic set them up), because a time means something only for a visit of known length.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Prefetch, Q
from django.urls import reverse

from booking.appointments.queries import next_free
from booking.openings.queries.times import (
    Day,
    Opening,
    as_opening,
    is_bookable,
    openings,
    price_of,
    strip,
)
from clinic.doctors.models import Doctor
from clinic.visit_types.models import Offering, VisitType
from clinic.visit_types.queries import on_offer
from foundation.formats import local
from foundation.languages import language_name

SOON = timedelta(days=7)
MODES = {
    "in-person": VisitType.Mode.IN_PERSON,
    "video": VisitType.Mode.VIDEO,
    "phone": VisitType.Mode.PHONE,
}


@dataclass
class Entry:
    """One doctor with what they offer; `shown` are the offerings whose times count.

    `next` is the soonest of them and `ahead` how many days away, where it takes place.
    """

    doctor: Doctor
    offerings: list[Offering]
    shown: list[Offering] = field(default_factory=list)
    next: Opening | None = None
    ahead: int | None = None
    days: list[Day] = field(default_factory=list)

    def show(self, offerings: Iterable[Offering]) -> None:
        """Count the times of the first bookable visit type among the offerings; none
        for a doctor whom only known patients can book."""
        takes = self.doctor.takes_new_patients
        self.shown = shown_offerings(offerings) if takes else []

    @property
    def path(self) -> str:
        """Where there is more about the doctor: their page, else where they are
        booked."""
        start = reverse("booking:draft_start")
        return self.doctor.page_path or f"{start}?doctor={self.doctor.slug}"

    @property
    def specialties(self) -> list[str]:
        return [one.plain_name for one in self.doctor.specialties.all()]

    @property
    def modes(self) -> list[str]:
        held = {offering.visit_type.mode for offering in self.offerings}
        return [name for name, mode in MODES.items() if mode in held]

    @property
    def places(self) -> list[str]:
        """Names of the locations where patients come to."""
        in_person = VisitType.Mode.IN_PERSON
        visited = [one for one in self.offerings if one.visit_type.mode == in_person]
        return sorted({one.location.name for one in visited})

    @property
    def languages(self) -> list[str]:
        return [language_name(code) for code in self.doctor.languages]

    @property
    def price_from(self) -> tuple[Decimal, str] | None:
        """The lowest price and its currency."""
        prices = [(price_of(one), one.visit_type.currency) for one in self.offerings]
        return min(prices, default=None)


@dataclass(frozen=True)
class Whom:
    """Which doctors a short list is about, by slugs and public ids. Empty means any."""

    specialty: str = ""
    location: str = ""
    doctors: list[UUID] | None = None

    def condition(self) -> Q:
        """As a condition on doctors."""
        whom = Q()
        if self.specialty:
            whom &= Q(specialties__slug=self.specialty)
        if self.location:
            there = Q(offerings__location__slug=self.location)
            whom &= there & Q(offerings__is_active=True)
        if self.doctors is not None:
            whom &= Q(public_id__in=self.doctors)
        return whom


def shown_offerings(offerings: Iterable[Offering]) -> list[Offering]:
    """The first bookable visit type of one doctor, at every place that has it.

    What is only for new patients comes after the rest: few can book it.
    """
    bookable = sorted(
        filter(is_bookable, offerings), key=lambda one: one.visit_type.new_patients_only
    )
    first = bookable[0].visit_type_id if bookable else None
    return [one for one in bookable if one.visit_type_id == first]


def listed_entries(at: datetime, wanted: Q | None = None) -> list[Entry]:
    """Every listed doctor with what they offer, by name. Three queries.

    `wanted` narrows the doctors down. "Listed" is judged on the day it is in UTC.
    """
    offers = Prefetch("offerings", on_offer(at.date()), to_attr="on_offer")
    found = Doctor.objects.listed(at.date()).prefetch_related("specialties", offers)
    if wanted is not None:
        found = found.filter(wanted).distinct()
    by_name = found.order_by("last_name", "first_name", "pk")
    return [Entry(doctor, doctor.on_offer) for doctor in by_name]


def add_next(entries: Iterable[Entry], *, at: datetime) -> None:
    """Set the soonest free time of each doctor. Two queries at most."""
    entries = list(entries)
    known = {one.pk: one for entry in entries for one in entry.shown}
    soonest = next_free(list(known.values()), at=at) if known else {}
    for entry in entries:
        slot = soonest.get(entry.doctor.pk)
        entry.next = as_opening(slot, known) if slot else None
        entry.ahead = days_ahead(entry.next, at)


def days_ahead(opening: Opening | None, at: datetime) -> int | None:
    """How many days away, on the calendar of the place; None for no time at all."""
    if opening is None:
        return None
    return (opening.date - local(at, opening.zone).date()).days


def add_days(entries: Iterable[Entry], *, days: int, times: int, at: datetime) -> None:
    """Set the next days with times, within a week, of those who have any."""
    soon = [one for one in entries if one.next and one.next.starts_at < at + SOON]
    shown = [offering for entry in soon for offering in entry.shown]
    found: dict[int, list[Opening]] = defaultdict(list)
    for one in openings(shown, after=at, until=at + SOON, at=at):
        found[one.offering.doctor_id].append(one)
    for entry in soon:
        entry.days = strip(found[entry.doctor.pk], days=days, times=times)


def soonest_entries(whom: Whom, *, limit: int, at: datetime) -> list[Entry]:
    """The doctors who can be seen first, with that time. Five queries at most.

    At the wanted location, where there is one. Who has no time comes last; nobody who
    has left is among them.
    """
    entries = listed_entries(at, whom.condition())
    for entry in entries:
        here = [
            one for one in entry.offerings if whom.location in ("", one.location.slug)
        ]
        entry.show(here)
    add_next(entries, at=at)
    entries.sort(key=lambda one: (one.next is None, one.next and one.next.starts_at))
    return entries[:limit]
