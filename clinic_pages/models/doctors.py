from datetime import datetime
from typing import Any

from django.db import models
from wagtail.admin.panels import FieldPanel
from wagtail.blocks import CharBlock
from wagtail.search import index

from clinic_pages import schema_org
from clinic_pages.blocks import PageBody, TrainingBlock
from clinic_pages.facts import clinic_today, colleagues, doctor_facts
from clinic_pages.models.base import INTRODUCTION, BasePage, FactPage
from clinic_pages.parts import LINE_FEATURES
from clinic_pages.pictures import PICTURE
from clinic_pages.prose import BodyField, ProseField
from clinic_pages.queries import specialty_pages


class DoctorIndexPage(BasePage):
    """The directory. The list in it belongs to the booking engine."""

    introduction = models.CharField(max_length=300, blank=True)
    body = BodyField(
        PageBody(), blank=True, help_text="Shown below the list of doctors."
    )

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
    subpage_types = ["clinic_pages.DoctorPage"]
    max_count = 1

    class Meta:
        verbose_name = "doctor directory"


class DoctorPage(FactPage):
    """Prose and picture about one doctor. Facts and times come from the clinic."""

    fact_name = "doctor"

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
    about = ProseField(features=LINE_FEATURES)
    can_help_with = BodyField(
        [("topic", CharBlock(max_length=60))],
        blank=True,
        help_text="In patients' words, such as “Headaches and migraine”.",
    )
    training = BodyField([("entry", TrainingBlock())], blank=True)
    body = BodyField(PageBody(), blank=True)

    content_panels = [
        *FactPage.content_panels,
        FieldPanel("doctor"),
        FieldPanel("photo"),
        FieldPanel("about"),
        FieldPanel("can_help_with"),
        FieldPanel("training"),
        FieldPanel("body"),
    ]
    search_fields = [
        *BasePage.search_fields,
        index.SearchField("about"),
        index.SearchField("can_help_with", boost=2),
        index.SearchField("words_of_facts", boost=2),
        index.SearchField("body"),
    ]
    parent_page_types = ["clinic_pages.DoctorIndexPage"]
    subpage_types: list[str] = []
    exclude_fields_in_copy = ["doctor"]

    class Meta:
        verbose_name = "doctor's page"

    def words_of_facts(self) -> str:
        """What people search a doctor by, beside the editors' words."""
        kinds = self.doctor.specialties.all()
        words = [f"{one.name} {one.plain_name} {one.practitioner}" for one in kinds]
        return " ".join([self.doctor.full_name, *words])

    def shown(self, at: datetime) -> dict[str, Any]:
        """The doctor's facts; colleagues only where the doctor cannot be booked."""
        today = clinic_today(at)
        facts = doctor_facts(self.doctor, today=today)
        others = [] if facts.is_here else colleagues(self.doctor, today=today)
        return {
            "facts": facts,
            "colleagues": others,
            "specialty_pages": specialty_pages(facts.specialties),
        }

    def structured_data(self, context: dict[str, Any]) -> list[dict[str, Any]]:
        """A physician, unless they have left."""
        facts = context["facts"]
        if not facts.is_here:
            return [schema_org.web_page(self)]
        return [schema_org.physician(self, facts, self.doctor.photo_url)]
