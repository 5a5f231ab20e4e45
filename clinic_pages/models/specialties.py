from django.db import models
from wagtail.admin.panels import FieldPanel
from wagtail.blocks import CharBlock
from wagtail.fields import RichTextField, StreamField

from clinic_pages.blocks import ICONS, LINE_FEATURES, PageBody
from clinic_pages.models.base import BasePage
from clinic_pages.permissions import FactPageRights
from clinic_pages.pictures import PICTURE


class SpecialtyIndexPage(BasePage):
    """All specialties that have a page."""

    introduction = models.CharField(max_length=300, blank=True)
    body = StreamField(PageBody(), blank=True)

    content_panels = [
        *BasePage.content_panels,
        FieldPanel("introduction"),
        FieldPanel("body"),
    ]
    parent_page_types = ["home.HomePage"]
    subpage_types = ["clinic_pages.SpecialtyPage"]
    max_count = 1

    class Meta:
        verbose_name = "specialty list"


class SpecialtyPage(BasePage):
    """What a specialty treats. Its doctors, times and prices come from the clinic."""

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
    about = RichTextField(features=LINE_FEATURES, blank=True)
    treats = StreamField(
        [("topic", CharBlock(max_length=60))],
        blank=True,
        verbose_name="what it treats",
        help_text="In patients' words, one each.",
    )
    body = StreamField(PageBody(), blank=True)

    content_panels = [
        *BasePage.content_panels,
        FieldPanel("specialty"),
        FieldPanel("icon"),
        FieldPanel("introduction"),
        FieldPanel("picture"),
        FieldPanel("about"),
        FieldPanel("treats"),
        FieldPanel("body"),
    ]
    parent_page_types = ["clinic_pages.SpecialtyIndexPage"]
    subpage_types: list[str] = []
    rights_class = FactPageRights
    exclude_fields_in_copy = ["specialty"]

    class Meta:
        verbose_name = "specialty"
