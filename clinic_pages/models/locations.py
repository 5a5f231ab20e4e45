from django.db import models
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField

from clinic_pages.blocks import PageBody
from clinic_pages.models.base import BasePage
from clinic_pages.permissions import FactPageRights
from clinic_pages.pictures import PICTURE


class LocationIndexPage(BasePage):
    """All locations, with their opening hours."""

    introduction = models.CharField(max_length=300, blank=True)
    body = StreamField(PageBody(), blank=True)

    content_panels = [
        *BasePage.content_panels,
        FieldPanel("introduction"),
        FieldPanel("body"),
    ]
    parent_page_types = ["home.HomePage"]
    subpage_types = ["clinic_pages.LocationPage"]
    max_count = 1

    class Meta:
        verbose_name = "location list"


class LocationPage(BasePage):
    """Prose and picture about one location. Address, hours, access and doctors come
    from the clinic."""

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
    body = StreamField(PageBody(), blank=True)

    content_panels = [
        *BasePage.content_panels,
        FieldPanel("location"),
        FieldPanel("introduction"),
        FieldPanel("picture"),
        FieldPanel("picture_text"),
        FieldPanel("body"),
    ]
    parent_page_types = ["clinic_pages.LocationIndexPage"]
    subpage_types: list[str] = []
    rights_class = FactPageRights
    exclude_fields_in_copy = ["location"]

    class Meta:
        verbose_name = "location"
