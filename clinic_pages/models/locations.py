from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from wagtail.admin.panels import FieldPanel
from wagtail.search import index

from clinic_pages import schema_org
from clinic_pages.blocks import PageBody
from clinic_pages.hours import days_ahead, open_state
from clinic_pages.models.base import INTRODUCTION, BasePage, FactPage
from clinic_pages.pictures import PICTURE
from clinic_pages.prose import BodyField
from clinic_pages.queries import closures_ahead, location_cards

DAYS = 7


class LocationIndexPage(BasePage):
    """All locations, with their opening hours."""

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
    subpage_types = ["clinic_pages.LocationPage"]
    max_count = 1

    class Meta:
        verbose_name = "location list"

    def shown(self, at: datetime) -> dict[str, Any]:
        return {"cards": location_cards(at=at)}


class LocationPage(FactPage):
    """Prose and picture about one location. Address, hours, access and doctors come
    from the clinic."""

    fact_name = "location"

    location = models.OneToOneField(
        "clinic.Location", on_delete=models.PROTECT, related_name="page"
    )
    introduction = models.CharField(max_length=300)
    picture = models.ForeignKey(
        PICTURE,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The house as one sees it when arriving.",
    )
    picture_text = models.CharField(
        max_length=200,
        blank=True,
        help_text="What the picture shows, for those who cannot see it.",
    )
    body = BodyField(PageBody(), blank=True)

    content_panels = [
        *FactPage.content_panels,
        FieldPanel("location"),
        INTRODUCTION,
        FieldPanel("picture"),
        FieldPanel("picture_text"),
        FieldPanel("body"),
    ]
    search_fields = [
        *BasePage.search_fields,
        index.SearchField("introduction"),
        index.SearchField("words_of_facts"),
        index.SearchField("body"),
    ]
    parent_page_types = ["clinic_pages.LocationIndexPage"]
    subpage_types: list[str] = []
    exclude_fields_in_copy = ["location"]

    class Meta:
        verbose_name = "location"

    def words_of_facts(self) -> str:
        one = self.location
        return f"{one.name} {one.address} {one.city} {one.postcode} {one.transport}"

    def shown(self, at: datetime) -> dict[str, Any]:
        """Whether it is open, and the week from today on."""
        location = self.location
        hours = list(location.opening_hours.all())
        shut = closures_ahead(at)
        today = at.astimezone(ZoneInfo(location.time_zone)).date()
        return {
            "state": open_state(location, hours, shut, at=at),
            "days": days_ahead(location, hours, shut, first=today, count=DAYS),
            "today": today,
        }

    def structured_data(self, context: dict[str, Any]) -> list[dict[str, Any]]:
        return [schema_org.top(schema_org.place(self.location, self.canonical_url))]
