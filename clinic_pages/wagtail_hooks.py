"""What the CMS shows its editors beside what it brings."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem

from clinic_pages.brand import preview
from clinic_pages.desk import PagesMenuItem, StartPanel
from clinic_pages.facts import clinic_today
from clinic_pages.models import HealthArticle
from clinic_pages.reports import ReviewPanel, ReviewReport, due_words
from clinic_pages.viewsets import VIEWSETS

# People and their roles are the clinic's, and there is one site in one language.
NOT_OURS = {"users", "groups", "sites", "locales"}
# The others lead to somebody else's guide; ours is in the fields' own help.
HELP = {"keyboard-shortcuts-trigger"}
# Names of Python's classes, for programmers.
JARGON = {"page-types-usage"}
# What waits for the reader stands before what is merely due.
WAITS = "workflow_objects_to_moderate"

for _viewset in VIEWSETS:
    hooks.register("register_admin_viewset", lambda viewset=_viewset: viewset)


@hooks.register("register_admin_urls")
def addresses() -> list[URLPattern]:
    return [
        path("reports/reviews/", ReviewReport.as_view(), name="reviews_due"),
        path(
            "reports/reviews/results/",
            ReviewReport.as_view(results_only=True),
            name="reviews_due_results",
        ),
        path("brand/", preview, name="brand_preview"),
    ]


@hooks.register("insert_global_admin_css")
def own_styles() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("css/cms/desk.css"))


@hooks.register("register_reports_menu_item")
def reviews_in_menu() -> MenuItem:
    return MenuItem("Reviews due", reverse("reviews_due"), icon_name="time", order=100)


@hooks.register("construct_homepage_panels")
def home_of_editors(request: HttpRequest, panels: list[Any]) -> None:
    for panel in panels:
        if getattr(panel, "name", "") == WAITS:
            panel.order = StartPanel.order + 1
    panels += [StartPanel(request.user), ReviewPanel()]


@hooks.register("construct_main_menu")
def pages_from_home(request: HttpRequest, items: list[Any]) -> None:
    items[:] = [_from_home(item) if item.name == "explorer" else item for item in items]


def _from_home(item: MenuItem) -> PagesMenuItem:
    return PagesMenuItem(
        item.label,
        item.url,
        name=item.name,
        icon_name=item.icon_name,
        order=item.order,
    )


@hooks.register("construct_reports_menu")
def without_jargon(request: HttpRequest, items: list[Any]) -> None:
    items[:] = [item for item in items if item.name not in JARGON]


@hooks.register("construct_settings_menu")
def without_people(request: HttpRequest, items: list[Any]) -> None:
    items[:] = [item for item in items if item.name not in NOT_OURS]


@hooks.register("construct_help_menu")
def without_guides(request: HttpRequest, items: list[Any]) -> None:
    items[:] = [item for item in items if item.name in HELP]


@hooks.register("before_edit_page")
def say_when_overdue(request: HttpRequest, page: Any) -> None:
    """A banner for editors; the public sees the date, not a warning."""
    article = page.specific
    if request.method != "GET" or not isinstance(article, HealthArticle):
        return
    today = clinic_today(timezone.now())
    if article.next_review_date is not None and article.is_overdue(today):
        due = due_words(article.next_review_date, today)
        words = f"The clinical review of this article is due: {due}."
        if due == "today":
            words = "The clinical review of this article is due today."
        messages.warning(request, f"{words} Hand it in for clinical review.")
