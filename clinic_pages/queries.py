"""Pages and facts together: cards, teasers, and who is related to whom.

Page models show what is asked here, so they are looked up by name, not imported.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db.models import Count, Q, QuerySet
from wagtail.models import Page

from clinic.models import Closure, Doctor, Location, Specialty
from clinic.visit_types.queries import on_offer
from clinic_pages.facts import clinic_today, price_of
from clinic_pages.hours import OpenState, open_state


def live(name: str) -> Any:
    """The pages of that model that everybody may read."""
    return apps.get_model("clinic_pages", name)._default_manager.live().public()


def live_pages() -> Any:
    """Every page of the site that everybody may read, in the order of the tree."""
    return Page.objects.live().public().filter(depth__gt=1).order_by("path")


@dataclass(frozen=True)
class SpecialtyCard:
    """A specialty that has a live page, with how many doctors and from what price."""

    page: Any
    specialty: Specialty
    doctors: int
    price: Decimal | None
    currency: str


def specialty_cards(
    *, today: date, only: Collection[int] | None = None
) -> list[SpecialtyCard]:
    """Cards by plain name; `only` (specialty ids) narrows and orders them. A specialty
    that is closed has none, whatever became of its page."""
    pages = live("SpecialtyPage").filter(specialty__is_active=True)
    pages = pages.select_related("specialty")
    if only is not None:
        pages = pages.filter(specialty_id__in=only)
    doctors = dict(
        Specialty.objects.annotate(
            listed=Count("doctors", filter=Q(doctors__in=Doctor.objects.listed(today)))
        ).values_list("pk", "listed")
    )
    lowest = _lowest_prices(today)
    cards = [
        SpecialtyCard(
            page,
            page.specialty,
            doctors.get(page.specialty_id, 0),
            *lowest.get(page.specialty_id, (None, "")),
        )
        for page in pages
    ]
    order = {pk: number for number, pk in enumerate(only or [])}
    return sorted(
        cards,
        key=lambda card: (order.get(card.specialty.pk, 0), card.specialty.plain_name),
    )


def _lowest_prices(today: date) -> dict[int, tuple[Decimal, str]]:
    """The lowest price of a visit, by specialty of the doctor, with its currency."""
    lowest: dict[int, tuple[Decimal, str]] = {}
    offered = on_offer(today).prefetch_related("doctor__specialties")
    for one in offered:
        offer = (price_of(one), one.visit_type.currency)
        for specialty in one.doctor.specialties.all():
            lowest[specialty.pk] = min(lowest.get(specialty.pk, offer), offer)
    return lowest


@dataclass(frozen=True)
class LocationCard:
    """A location, its page where it has a live one, and whether it is open."""

    location: Location
    page: Any
    state: OpenState

    @property
    def access(self) -> str:
        """The first line on getting in and there."""
        lines = [
            *self.location.access.splitlines(),
            *self.location.transport.splitlines(),
        ]
        return next(filter(None, lines), "")


def location_cards(
    *, at: datetime, only: Collection[int] | None = None
) -> list[LocationCard]:
    """Cards by name; `only` (location ids) narrows and orders them."""
    locations = Location.objects.filter(is_active=True)
    if only is not None:
        locations = locations.filter(pk__in=only)
    pages = {
        page.location_id: page
        for page in live("LocationPage").select_related("picture")
    }
    shut = closures_ahead(at)
    cards = [
        LocationCard(
            one,
            pages.get(one.pk),
            open_state(one, one.opening_hours.all(), shut, at=at),
        )
        for one in locations.order_by("name").prefetch_related("opening_hours")
    ]
    order = {pk: number for number, pk in enumerate(only or [])}
    return sorted(cards, key=lambda card: order.get(card.location.pk, 0))


def closures_ahead(at: datetime) -> list[Closure]:
    """Closures that are not over, the soonest first."""
    return list(
        Closure.objects.filter(ends_date__gt=clinic_today(at)).order_by("starts_date")
    )


def specialty_pages(specialties: Iterable[Specialty]) -> dict[int, Any]:
    """Live pages by specialty id."""
    pages = live("SpecialtyPage")
    return {page.specialty_id: page for page in pages.filter(specialty__in=specialties)}


def articles() -> QuerySet[Any]:
    """Live articles, the latest reviewed first, with what a teaser shows."""
    return (
        live("HealthArticle")
        .select_related("reviewer", "picture")
        .order_by("-last_reviewed_date", "-first_published_at", "pk")
    )


def articles_about(specialties: Collection[Specialty], count: int) -> list[Any]:
    """The latest articles on any of the specialties."""
    return list(articles().filter(specialties__in=specialties).distinct()[:count])
