from typing import Any

from wagtail.admin.panels import FieldPanel
from wagtail.search import index

from clinic.identity.queries import current
from clinic.models import Location
from clinic_pages import schema_org
from clinic_pages.blocks import HomeBody
from clinic_pages.models.base import BasePage
from clinic_pages.prose import BodyField


class HomePage(BasePage):
    """The front door: sections over the full width, all chosen by editors."""

    body = BodyField(HomeBody())

    content_panels = [*BasePage.content_panels, FieldPanel("body")]
    search_fields = [*BasePage.search_fields, index.SearchField("body")]
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = [
        "clinic_pages.DoctorIndexPage",
        "clinic_pages.SpecialtyIndexPage",
        "clinic_pages.LocationIndexPage",
        "clinic_pages.ArticleIndexPage",
        "clinic_pages.PricePage",
        "clinic_pages.StandardPage",
    ]
    max_count = 1

    class Meta:
        verbose_name = "home page"

    def structured_data(self, context: dict[str, Any]) -> list[dict[str, Any]]:
        """The clinic with its locations."""
        places = Location.objects.filter(is_active=True).order_by("name")
        found = places.prefetch_related("opening_hours")
        return [schema_org.clinic(current(), found)]
