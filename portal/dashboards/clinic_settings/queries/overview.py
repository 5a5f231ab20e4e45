"""How much there is of everything, and what has no page on the site."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from clinic.identity.queries import current
from clinic.models import Closure, Doctor, Location, Specialty, VisitType
from clinic_pages.models import (
    DoctorIndexPage,
    LocationIndexPage,
    LocationPage,
    SpecialtyIndexPage,
    SpecialtyPage,
)
from foundation.formats import local


@dataclass(frozen=True)
class Missing:
    """A fact that has no live page on the site; `url` begins one in the CMS, "" where
    the list that it would stand in is gone."""

    kind: str
    name: str
    url: str


@dataclass(frozen=True)
class Area:
    """A part of the settings: how much is there, in words, and where it is changed."""

    title: str
    icon: str
    words: str
    url: str


def without_page(*, at: datetime) -> list[Missing]:
    """Facts that patients could read about and can't, for want of a page."""
    today = local(at, current().time_zone).date()
    doctors = Doctor.objects.listed(today)
    held = Specialty.objects.filter(is_active=True, doctors__in=doctors).distinct()
    pages: list[tuple[str, Any, Any, str]] = [
        (
            "Location",
            Location.objects.filter(is_active=True).exclude(
                pk__in=LocationPage.objects.live().values("location_id")
            ),
            LocationIndexPage,
            "locationpage",
        ),
        (
            "Specialty",
            held.exclude(pk__in=SpecialtyPage.objects.live().values("specialty_id")),
            SpecialtyIndexPage,
            "specialtypage",
        ),
        ("Doctor", doctors.filter(page_path=""), DoctorIndexPage, "doctorpage"),
    ]
    return [
        Missing(kind, str(row), url)
        for kind, rows, index, model in pages
        for url in [_new_page(index, model)]
        for row in rows.order_by("pk")
    ]


def _new_page(index: Any, model: str) -> str:
    """Where the CMS begins such a page."""
    parent = index.objects.order_by("pk").first()
    if parent is None:
        return ""
    rest = f"pages/add/clinic_pages/{model}/{parent.pk}/"
    return reverse("cms_access:cms_page", args=[rest])


def overview(*, at: datetime) -> list[Area]:
    """The parts of the settings, with how much there is of each."""
    today = local(at, current().time_zone).date()
    locations = Location.objects.filter(is_active=True).count()
    specialties = Specialty.objects.filter(is_active=True).count()
    doctors = Doctor.objects.working(today).count()
    kinds = VisitType.objects.filter(is_active=True).count()
    closures = Closure.objects.filter(ends_date__gt=today).count()
    return [
        Area(title, icon, words, reverse(f"clinic:{name}"))
        for title, icon, words, name in (
            ("Locations", "pin", f"{locations} open", "locations"),
            ("Specialties", "stethoscope", f"{specialties} open", "specialties"),
            ("Doctors", "users", f"{doctors} here now", "doctors"),
            ("Visit types and prices", "tag", f"{kinds} on offer", "visit_types"),
            ("Closures", "calendar-x", f"{closures} ahead", "closures"),
        )
    ]
