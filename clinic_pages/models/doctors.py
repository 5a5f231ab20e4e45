from django.db import models
from wagtail.admin.panels import FieldPanel
from wagtail.blocks import CharBlock
from wagtail.fields import RichTextField, StreamField

from clinic_pages.blocks import LINE_FEATURES, PageBody, TrainingBlock
from clinic_pages.models.base import BasePage
from clinic_pages.permissions import FactPageRights
from clinic_pages.pictures import PICTURE


class DoctorIndexPage(BasePage):
    """The directory. The list in it belongs to the booking engine."""

    introduction = models.CharField(max_length=300, blank=True)
    body = StreamField(
        PageBody(), blank=True, help_text="Shown below the list of doctors."
    )

    content_panels = [
        *BasePage.content_panels,
        FieldPanel("introduction"),
        FieldPanel("body"),
    ]
    parent_page_types = ["home.HomePage"]
    subpage_types = ["clinic_pages.DoctorPage"]
    max_count = 1

    class Meta:
        verbose_name = "doctor directory"


class DoctorPage(BasePage):
    """Prose and picture about one doctor. Facts and times come from the clinic."""

    doctor = models.OneToOneField(
        "clinic.Doctor", on_delete=models.PROTECT, related_name="page"
    )
    photo = models.ForeignKey(
        PICTURE,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Square, face in the middle. Empty: the doctor's initials.",
    )
    about = RichTextField(features=LINE_FEATURES)
    can_help_with = StreamField(
        [("topic", CharBlock(max_length=60))],
        blank=True,
        help_text="In patients' words, such as “Headaches and migraine”.",
    )
    training = StreamField([("entry", TrainingBlock())], blank=True)
    body = StreamField(PageBody(), blank=True)

    content_panels = [
        *BasePage.content_panels,
        FieldPanel("doctor"),
        FieldPanel("photo"),
        FieldPanel("about"),
        FieldPanel("can_help_with"),
        FieldPanel("training"),
        FieldPanel("body"),
    ]
    parent_page_types = ["clinic_pages.DoctorIndexPage"]
    subpage_types: list[str] = []
    rights_class = FactPageRights
    exclude_fields_in_copy = ["doctor"]

    class Meta:
        verbose_name = "doctor's page"
