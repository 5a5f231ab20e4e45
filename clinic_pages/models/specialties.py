from datetime import datetime
from typing import Any

from django.db import models
from wagtail.admin.panels import FieldPanel
from wagtail.blocks import CharBlock
from wagtail.search import index

from clinic.visit_types.queries import on_offer
from clinic_pages import schema_org
from clinic_pages.blocks import PageBody
from clinic_pages.facts import clinic_today, price_rows
from clinic_pages.models.base import INTRODUCTION, BasePage, FactPage
from clinic_pages.parts import ICONS, LINE_FEATURES
from clinic_pages.pictures import PICTURE
from clinic_pages.prose import BodyField, ProseField
from clinic_pages.queries import articles_about, specialty_cards

ARTICLES = 3


class SpecialtyIndexPage(BasePage):
    """All specialties that have a page."""

    introduction = models.CharField(max_length=300, blank=True)
    body = BodyField(PageBody(), blank=True)

    content_panels = [
        *BasePage.content_panels,
        INTRODUCTION,
        FieldPanel("body"),
    ]
    search_fields = [
        *BasePage.search_fields,
        index.SearchField("introduction"),
        index.SearchField("body"),
    ]
    parent_page_types = ["home.HomePage"]
    subpage_types = ["clinic_pages.SpecialtyPage"]
    max_count = 1

    class Meta:
        verbose_name = "specialty list"

    def shown(self, at: datetime) -> dict[str, Any]:
        return {"cards": specialty_cards(today=clinic_today(at))}


class SpecialtyPage(FactPage):
    """What a specialty treats. Its doctors, times and prices come from the clinic."""

    fact_name = "specialty"

    specialty = models.OneToOneField(
        "clinic.Specialty", on_delete=models.PROTECT, related_name="page"
    )
    icon = models.CharField(max_length=20, choices=ICONS, default="stethoscope")
    introduction = models.CharField(max_length=300)
    picture = models.ForeignKey(
        PICTURE,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Decorative; shown beside the introduction.",
    )
    about = ProseField(features=LINE_FEATURES, blank=True)
    treats = BodyField(
        [("topic", CharBlock(max_length=60))],
        blank=True,
        verbose_name="what it treats",
        help_text="In patients' words, one each.",
    )
    body = BodyField(PageBody(), blank=True)

    content_panels = [
        *FactPage.content_panels,
        FieldPanel("specialty"),
        FieldPanel("icon"),
        INTRODUCTION,
        FieldPanel("picture"),
        FieldPanel("about"),
        FieldPanel("treats"),
        FieldPanel("body"),
    ]
    search_fields = [
        *BasePage.search_fields,
        index.SearchField("introduction"),
        index.SearchField("treats", boost=2),
        index.SearchField("about"),
        index.SearchField("words_of_facts", boost=2),
        index.SearchField("body"),
    ]
    parent_page_types = ["clinic_pages.SpecialtyIndexPage"]
    subpage_types: list[str] = []
    exclude_fields_in_copy = ["specialty"]

    class Meta:
        verbose_name = "specialty"

    def words_of_facts(self) -> str:
        one = self.specialty
        return f"{one.name} {one.plain_name} {one.practitioner}"

    def shown(self, at: datetime) -> dict[str, Any]:
        """Prices of its doctors' visits, and the latest articles."""
        offered = on_offer(clinic_today(at)).filter(doctor__specialties=self.specialty)
        return {
            "prices": price_rows(offered),
            "articles": articles_about([self.specialty], ARTICLES),
        }

    def structured_data(self, context: dict[str, Any]) -> list[dict[str, Any]]:
        kind = self.specialty.schema_org
        specialty = f"{schema_org.CONTEXT}/{kind}" if kind else self.specialty.name
        return [schema_org.web_page(self, "MedicalWebPage", specialty=specialty)]
