from django.db import models
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField

from clinic_pages.blocks import PageBody
from clinic_pages.models.base import BasePage


class StandardPage(BasePage):
    """Any other page: about us, contact, privacy, accessibility, complaints."""

    introduction = models.CharField(max_length=300, blank=True)
    body = StreamField(PageBody(), blank=True)

    content_panels = [
        *BasePage.content_panels,
        FieldPanel("introduction"),
        FieldPanel("body"),
    ]
    parent_page_types = ["home.HomePage", "clinic_pages.StandardPage"]
    subpage_types = ["clinic_pages.StandardPage"]

    class Meta:
        verbose_name = "standard page"


class PricePage(BasePage):
    """Every price. The table comes from the clinic's visit types."""

    introduction = models.CharField(max_length=300, blank=True)
    body = StreamField(PageBody(), blank=True, help_text="Shown below the prices.")

    content_panels = [
        *BasePage.content_panels,
        FieldPanel("introduction"),
        FieldPanel("body"),
    ]
    parent_page_types = ["home.HomePage"]
    subpage_types: list[str] = []
    max_count = 1

    class Meta:
        verbose_name = "price list"
