from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils.functional import cached_property
from modelcluster.fields import ParentalManyToManyField
from wagtail.actions.publish_page_revision import PublishPagePermissionError
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.admin.widgets import AdminAutoHeightTextInput
from wagtail.models import Revision, Workflow
from wagtail.search import index

from clinic_pages import schema_org
from clinic_pages.blocks import ArticleBody, PageBody, SourceBlock
from clinic_pages.facts import clinic_today
from clinic_pages.models.base import INTRODUCTION, BasePage
from clinic_pages.models.reviews import clinical_review
from clinic_pages.permissions import ArticleIndexRights, ArticleRights, is_approved
from clinic_pages.pictures import PICTURE
from clinic_pages.prose import BodyField
from clinic_pages.queries import articles, specialty_pages

WORDS_A_MINUTE = 200
SEARCHED = [index.SearchField("introduction"), index.SearchField("body")]


class ArticleIndexPage(BasePage):
    """Health articles, the latest first, by specialty."""

    introduction = models.CharField(max_length=300, blank=True)
    body = BodyField(PageBody(), blank=True)

    content_panels = [
        *BasePage.content_panels,
        INTRODUCTION,
        FieldPanel("body"),
    ]
    search_fields = [*BasePage.search_fields, *SEARCHED]
    parent_page_types = ["home.HomePage"]
    subpage_types = ["clinic_pages.HealthArticle"]
    max_count = 1
    rights_class = ArticleIndexRights

    class Meta:
        verbose_name = "article list"

    def shown(self, at: datetime) -> dict[str, Any]:
        """All articles; the page's own headings group them by specialty."""
        return {"articles": list(articles().prefetch_related("specialties"))}


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
    body = BodyField(ArticleBody(required=True))
    sources = BodyField([("source", SourceBlock())], blank=True)

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
        FieldPanel("summary", widget=AdminAutoHeightTextInput),
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
    search_fields = [
        *BasePage.search_fields,
        index.SearchField("summary", boost=2),
        index.SearchField("also_known_as", boost=3),
        index.AutocompleteField("also_known_as"),
        index.SearchField("body"),
        index.FilterField("next_review_date"),
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

    @property
    def description(self) -> str:
        return str(self.search_description or self.summary)

    @cached_property
    def minutes(self) -> int:
        """How long reading takes, at least a minute."""
        texts = self._meta.get_field("body").get_searchable_content(self.body)
        return max(1, round(len(" ".join(texts).split()) / WORDS_A_MINUTE))

    @property
    def written_by(self) -> str:
        return self.author.full_name if self.author else self.author_name

    def is_overdue(self, today: date) -> bool:
        """Whether its next review is due or over."""
        return self.next_review_date is not None and self.next_review_date <= today

    def shown(self, at: datetime) -> dict[str, Any]:
        """Its specialties, whose doctors the page names."""
        kinds = list(self.specialties.all())
        return {
            "kinds": kinds,
            "specialty_pages": specialty_pages(kinds),
            "today": clinic_today(at),
        }

    def structured_data(self, context: dict[str, Any]) -> list[dict[str, Any]]:
        """A medical page with its review, and its questions where it has some."""
        reviewer = self.reviewer
        page = schema_org.web_page(
            self,
            "MedicalWebPage",
            headline=self.title,
            lastReviewed=self.last_reviewed_date and str(self.last_reviewed_date),
            reviewedBy=reviewer
            and schema_org.person(reviewer.full_name, reviewer.page_path),
            author=schema_org.person(self.written_by) if self.written_by else None,
            datePublished=self.first_published_at
            and self.first_published_at.isoformat(),
            dateModified=self.last_published_at and self.last_published_at.isoformat(),
        )
        return [page]
