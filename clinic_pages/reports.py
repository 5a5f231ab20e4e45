"""Health articles whose clinical review is due."""

from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views.reports import ReportView

from clinic_pages.facts import clinic_today
from clinic_pages.models import HealthArticle

SOON = timedelta(days=30)
ON_DASHBOARD = 8


def reviews_due(today: date, *, within: timedelta = SOON) -> QuerySet[HealthArticle]:
    """Live articles whose review is over or falls due soon, the oldest first."""
    return (
        HealthArticle.objects.live()
        .filter(next_review_date__lte=today + within)
        .select_related("reviewer")
        .order_by("next_review_date", "title")
    )


def due_words(due: date, today: date) -> str:
    """ "12 days overdue", "today", "in 5 days"."""
    days = (due - today).days
    if days == 0:
        return "today"
    count = f"{abs(days)} day{'s' if abs(days) != 1 else ''}"
    return f"{count} overdue" if days < 0 else f"in {count}"


def edit_address(article: HealthArticle) -> str:
    return reverse("wagtailadmin_pages:edit", args=[article.pk])


class ReviewReport(ReportView):
    """All of them. Anybody who enters the CMS may see it."""

    page_title = "Reviews due"
    header_icon = "time"
    index_url_name = "reviews_due"
    index_results_url_name = "reviews_due_results"
    list_export = ["title", "reviewer", "last_reviewed_date", "next_review_date"]
    export_headings = {
        "title": "Title",
        "reviewer": "Reviewer",
        "last_reviewed_date": "Last reviewed",
        "next_review_date": "Next review",
    }
    columns = [
        TitleColumn("title", label="Article", get_url=edit_address),
        Column("reviewer", label="Reviewer"),
        DateColumn("last_reviewed_date", label="Last reviewed"),
        Column("due", label="Next review"),
    ]

    def get_base_queryset(self) -> QuerySet[HealthArticle]:
        return reviews_due(clinic_today(timezone.now()))

    def decorate_paginated_queryset(self, object_list: Any) -> Any:
        """Say how many days it is until each is due, or since."""
        today = clinic_today(timezone.now())
        for article in object_list:
            article.due = due_words(article.next_review_date, today)
        return object_list

    def get_filename(self) -> str:
        return f"reviews-due-{clinic_today(timezone.now())}"


class ReviewPanel(Component):
    """The first of them, on the CMS's home page."""

    order = 150
    template_name = "clinic_pages/cms/review_panel.html"

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        today = clinic_today(timezone.now())
        due = list(reviews_due(today)[: ON_DASHBOARD + 1])
        return {
            "rows": [
                (one, due_words(one.next_review_date, today), edit_address(one))
                for one in due[:ON_DASHBOARD]
                if one.next_review_date
            ],
            "more": len(due) > ON_DASHBOARD,
            "report": reverse("reviews_due"),
        }
