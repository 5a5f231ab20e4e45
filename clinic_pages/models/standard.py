from datetime import datetime
from typing import Any

from django.db import models
from wagtail.admin.panels import FieldPanel
from wagtail.search import index

from clinic.visit_types.queries import on_offer
from clinic_pages.blocks import PageBody
from clinic_pages.facts import clinic_today, price_rows
from clinic_pages.models.base import INTRODUCTION, BasePage
from clinic_pages.prose import BodyField


class StandardPage(BasePage):
    """Any other page: about us, contact, privacy, accessibility, complaints."""

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
    parent_page_types = ["home.HomePage", "clinic_pages.StandardPage"]
    subpage_types = ["clinic_pages.StandardPage"]

    class Meta:
        verbose_name = "standard page"


class PricePage(BasePage):
    """Every price. The table comes from the clinic's visit types."""

    introduction = models.CharField(max_length=300, blank=True)
    body = BodyField(PageBody(), blank=True, help_text="Shown below the prices.")

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
    subpage_types: list[str] = []
    max_count = 1

    class Meta:
        verbose_name = "price list"

    def shown(self, at: datetime) -> dict[str, Any]:
        """Every visit type on offer."""
        return {"prices": price_rows(on_offer(clinic_today(at)))}
