"""Blocks that show the clinic's facts, or pages about them. Editors pick which."""

from typing import Any

from django.utils import timezone
from wagtail.blocks import (
    ChoiceBlock,
    IntegerBlock,
    ListBlock,
    PageChooserBlock,
)

from clinic.visit_types.queries import on_offer
from clinic_pages.facts import clinic_today, price_rows
from clinic_pages.links import LinkBlock
from clinic_pages.parts import FACTS, LINE_FEATURES, SectionBlock
from clinic_pages.prose import ProseBlock
from clinic_pages.queries import articles, location_cards, specialty_cards
from clinic_pages.viewsets import (
    DoctorChooserBlock,
    LocationChooserBlock,
    SpecialtyChooserBlock,
    VisitTypeChooserBlock,
)

Context = dict[str, Any]


def _picked(chosen: Any) -> list[int] | None:
    """The ids that an editor picked; None where they left it open."""
    ids = [one.pk for one in chosen if one is not None]
    return ids or None


class DoctorListBlock(SectionBlock):
    choice = ChoiceBlock(
        choices=[
            ("picked", "The doctors picked below"),
            ("times", "Those with the soonest times"),
        ],
        default="times",
        label="Which doctors",
    )
    doctors = ListBlock(
        DoctorChooserBlock(),
        min_num=0,
        max_num=12,
        default=[],
        help_text="Only where you pick them yourself.",
    )
    specialty = SpecialtyChooserBlock(
        required=False, help_text="Only doctors of this specialty, by soonest times."
    )
    count = IntegerBlock(
        min_value=1,
        max_value=12,
        default=3,
        label="How many",
        help_text="At most, by soonest times.",
    )
    link = LinkBlock(required=False)

    class Meta:
        icon = "group"
        label = "Doctor list"
        template = "clinic_pages/blocks/doctor_list.html"
        group = FACTS
        description = "Doctors with their next open times, which are always current."
        preview_value = {"heading": "Soonest times", "choice": "times", "count": 2}


class SpecialtyGridBlock(SectionBlock):
    specialties = ListBlock(
        SpecialtyChooserBlock(),
        min_num=0,
        default=[],
        help_text="None: all that have a page.",
    )
    link = LinkBlock(required=False)

    class Meta:
        icon = "grip"
        label = "Specialty list"
        template = "clinic_pages/blocks/specialty_grid.html"
        group = FACTS
        description = "Tiles that lead to the pages of the specialties."
        preview_value = {"heading": "What we treat", "specialties": []}

    def get_context(self, value: Any, parent_context: Any = None) -> Context:
        """`cards`: the picked specialties with a page, or all."""
        context: Context = super().get_context(value, parent_context)
        today = clinic_today(timezone.now())
        picked = _picked(value["specialties"])
        context["cards"] = specialty_cards(today=today, only=picked)
        return context


class LocationCardsBlock(SectionBlock):
    locations = ListBlock(
        LocationChooserBlock(), min_num=0, default=[], help_text="None: all."
    )
    link = LinkBlock(required=False)

    class Meta:
        icon = "site"
        label = "Location cards"
        template = "clinic_pages/blocks/location_cards.html"
        group = FACTS
        description = "Where you are: addresses and opening hours, from the clinic."
        preview_value = {"heading": "Where we are", "locations": []}

    def get_context(self, value: Any, parent_context: Any = None) -> Context:
        """`cards`: the picked locations, or all."""
        context: Context = super().get_context(value, parent_context)
        picked = _picked(value["locations"])
        context["cards"] = location_cards(at=timezone.now(), only=picked)
        return context


class PriceTableBlock(SectionBlock):
    """Lengths and prices are the clinic's facts; the editor picks the rows."""

    text = ProseBlock(features=LINE_FEATURES, required=False)
    visit_types = ListBlock(
        VisitTypeChooserBlock(),
        min_num=0,
        default=[],
        help_text="None: every visit type, or every one of the specialty below.",
    )
    specialty = SpecialtyChooserBlock(
        required=False, help_text="Only visits to doctors of this specialty."
    )
    links = ListBlock(LinkBlock(), min_num=0, max_num=3, default=[])

    class Meta:
        icon = "table"
        label = "Price table"
        template = "clinic_pages/blocks/price_table.html"
        group = FACTS
        description = "Visits with their length and price, which come from the clinic."
        preview_value = {"heading": "Prices", "visit_types": [], "links": []}

    def get_context(self, value: Any, parent_context: Any = None) -> Context:
        """`prices`: a row for each visit type on offer that was asked for."""
        context: Context = super().get_context(value, parent_context)
        offered = on_offer(clinic_today(timezone.now()))
        picked = _picked(value["visit_types"])
        if picked is not None:
            offered = offered.filter(visit_type__in=picked)
        if value["specialty"]:
            offered = offered.filter(doctor__specialties=value["specialty"])
        context["prices"] = price_rows(offered)
        return context


class ArticleTeasersBlock(SectionBlock):
    articles = ListBlock(
        PageChooserBlock("clinic_pages.HealthArticle"),
        min_num=0,
        max_num=6,
        default=[],
        help_text="None: the latest.",
    )
    specialty = SpecialtyChooserBlock(
        required=False, help_text="Only the latest of this specialty."
    )
    count = IntegerBlock(min_value=1, max_value=6, default=3, label="How many")
    link = LinkBlock(required=False)

    class Meta:
        icon = "doc-full"
        label = "Health articles"
        template = "clinic_pages/blocks/article_teasers.html"
        group = FACTS
        description = "Health articles with their pictures: the latest, or your choice."
        preview_value = {"heading": "Health advice", "articles": [], "count": 3}

    def get_context(self, value: Any, parent_context: Any = None) -> Context:
        """`articles`: the picked ones that are live, or the latest."""
        context: Context = super().get_context(value, parent_context)
        found = articles()
        picked = _picked(value["articles"])
        if picked is not None:
            by_id = {one.pk: one for one in found.filter(pk__in=picked)}
            context["articles"] = [by_id[pk] for pk in picked if pk in by_id]
            return context
        if value["specialty"]:
            found = found.filter(specialties=value["specialty"])
        context["articles"] = list(found[: value["count"]])
        return context
