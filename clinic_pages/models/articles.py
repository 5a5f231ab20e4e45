from typing import Any

from django.db import models
from modelcluster.fields import ParentalManyToManyField
from wagtail.actions.publish_page_revision import PublishPagePermissionError
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Revision, Workflow

from clinic_pages.blocks import ArticleBody, PageBody, SourceBlock
from clinic_pages.models.base import BasePage
from clinic_pages.models.reviews import clinical_review
from clinic_pages.permissions import (
    ArticleIndexRights,
    ArticleRights,
    is_approved,
)
from clinic_pages.pictures import PICTURE


class ArticleIndexPage(BasePage):
    """Health articles, the latest first, by specialty."""

    introduction = models.CharField(max_length=300, blank=True)
    body = StreamField(PageBody(), blank=True)

    content_panels = [
        *BasePage.content_panels,
        FieldPanel("introduction"),
        FieldPanel("body"),
    ]
    parent_page_types = ["home.HomePage"]
    subpage_types = ["clinic_pages.HealthArticle"]
    max_count = 1
    rights_class = ArticleIndexRights

    class Meta:
        verbose_name = "article list"


class HealthArticle(BasePage):
    """Health advice. Published only after a clinical reviewer has approved it."""

    summary = models.CharField(
        max_length=300, help_text="One or two sentences: what the reader will know."
    )
    also_known_as = models.CharField(
        max_length=300,
        blank=True,
        help_text="Other words people search for, with commas between.",
    )
    picture = models.ForeignKey(
        PICTURE,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Decorative; shown above the text and in lists.",
    )
    specialties = ParentalManyToManyField(
        "clinic.Specialty", blank=True, related_name="+"
    )
    body = StreamField(ArticleBody(required=True))
    sources = StreamField([("source", SourceBlock())], blank=True)

    author = models.ForeignKey(
        "clinic.Doctor",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    author_name = models.CharField(
        max_length=120,
        blank=True,
        help_text="Where the author is none of our doctors.",
    )
    reviewer = models.ForeignKey(
        "clinic.Doctor",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="clinical reviewer",
    )
    last_reviewed_date = models.DateField(
        null=True, blank=True, verbose_name="last reviewed"
    )
    next_review_date = models.DateField(
        null=True, blank=True, verbose_name="next review due"
    )

    content_panels = [
        *BasePage.content_panels,
        FieldPanel("summary"),
        FieldPanel("picture"),
        FieldPanel("body"),
        FieldPanel("sources"),
        FieldPanel("specialties"),
        FieldPanel("also_known_as"),
        MultiFieldPanel(
            [FieldRowPanel([FieldPanel("author"), FieldPanel("author_name")])],
            "Author",
        ),
        MultiFieldPanel(
            [
                FieldPanel("reviewer"),
                FieldRowPanel(
                    [FieldPanel("last_reviewed_date"), FieldPanel("next_review_date")]
                ),
            ],
            "Clinical review",
        ),
    ]
    parent_page_types = ["clinic_pages.ArticleIndexPage"]
    subpage_types: list[str] = []
    rights_class = ArticleRights

    class Meta:
        verbose_name = "health article"

    def get_workflow(self) -> Workflow | None:
        """Always the clinical review, wherever the page stands."""
        return clinical_review()

    @property
    def has_workflow(self) -> bool:
        return self.get_workflow() is not None

    def publish(self, revision: Revision, **kwargs: Any) -> Any:
        """Publish an approved version, now or when it is due.

        Raises PublishPagePermissionError for any other, whoever asks.
        """
        if not is_approved(revision):
            raise PublishPagePermissionError(
                "A clinical reviewer must approve this version first."
            )
        return super().publish(revision, **kwargs)
