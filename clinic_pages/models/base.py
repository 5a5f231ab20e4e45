"""What every page of the site has."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.admin.userbar import Userbar
from wagtail.admin.widgets import AdminAutoHeightTextInput
from wagtail.models import Page, PagePermissionTester

from clinic_pages import schema_org
from clinic_pages.links import page_path
from clinic_pages.permissions import FactPageRights
from clinic_pages.pictures import PICTURE
from foundation.urlconfs import looked_up_in

FOR_SEARCH = [
    FieldPanel("seo_title"),
    FieldPanel("search_description"),
    FieldPanel("search_image"),
]
INTRODUCTION = FieldPanel(
    "introduction",
    widget=AdminAutoHeightTextInput,
    help_text="One or two sentences below the title.",
)


class BasePage(Page):
    """A page with a description for search engines and a picture for sharing."""

    search_image = models.ForeignKey(
        PICTURE,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name="picture for sharing",
        help_text="Shown where somebody shares the page. At least 1200 by 630 pixels.",
    )

    promote_panels = [
        MultiFieldPanel(
            [FieldPanel("slug"), *FOR_SEARCH], "For search engines and sharing"
        )
    ]
    show_in_menus_default = False
    # What the CMS lets whom do to such a page.
    rights_class: type[PagePermissionTester] = PagePermissionTester

    class Meta:
        abstract = True

    def permissions_for_user(self, user: Any) -> PagePermissionTester:
        """The rights of `user` over this page."""
        return self.rights_class(user, self)

    @property
    def path_on_site(self) -> str:
        return page_path(self)

    @property
    def canonical_url(self) -> str:
        """The one address that search engines should know."""
        return f"{settings.SITE_URL}{page_path(self)}"

    @property
    def description(self) -> str:
        """For search engines and sharing: the editor's, or the introduction."""
        written = self.search_description or getattr(self, "introduction", "")
        return str(written)

    @property
    def sharing_image(self) -> Any:
        """What is shown where somebody shares the page, or None."""
        own = getattr(self, "picture", None) or getattr(self, "photo", None)
        return self.search_image or own

    def breadcrumbs(self) -> list[dict[str, str]]:
        """The pages above, from the home page on."""
        above = self.get_ancestors().filter(depth__gt=1)
        return [{"label": page.title, "url": page_path(page)} for page in above.live()]

    def get_context(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> dict[str, Any]:
        """What every template of a page may rely on, and what `shown` adds."""
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        at = timezone.now()
        context["at"] = at
        context["crumbs"] = self.breadcrumbs()
        context.update(self.shown(at))
        context["schema"] = [
            *self.structured_data(context),
            *schema_org.questions(self.questions()),
            schema_org.breadcrumbs(context["crumbs"], self.title),
        ]
        return context

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        """The page as a visitor would see it, from wherever an editor looks at it.

        The CMS is a program with other addresses than the site's, and its editors are
        nobody on the site.
        """
        editor = request.user
        request.user = AnonymousUser()
        with looked_up_in(settings.SITE_URLCONF):
            response: HttpResponse = super().serve_preview(request, mode_name)
            if isinstance(response, TemplateResponse):
                response.render()
        if getattr(request, "in_preview_panel", False):
            request.user = editor
            _add_checker(response, request, self)
        return response

    def shown(self, at: datetime) -> dict[str, Any]:
        """What the template shows beside the page's own fields, at that instant."""
        return {}

    def questions(self) -> list[tuple[str, str]]:
        """Questions and answers (HTML) in the page's body."""
        return [
            (one["question"], str(one["answer"]))
            for child in getattr(self, "body", [])
            if child.block_type == "questions"
            for one in child.value["questions"]
        ]

    def structured_data(self, context: dict[str, Any]) -> list[dict[str, Any]]:
        """schema.org objects that describe the page."""
        return [schema_org.web_page(self)]


def _add_checker(response: HttpResponse, request: HttpRequest, page: Any) -> None:
    """Put the CMS's checker at the end of a preview. Without it the panel of checks
    counts no words, and finds 0 issues in whatever it is shown."""
    checker = Userbar(object=page).render_html({"request": request}).encode()
    response.content = response.content.replace(b"</body>", checker + b"</body>")


class FactPage(BasePage):
    """A page about one of the clinic's facts, which lends it its address."""

    # Without a field for the slug, which Wagtail's own panel of a title fills in.
    content_panels = [FieldPanel("title", classname="title")]
    promote_panels = [MultiFieldPanel(FOR_SEARCH, "For search engines and sharing")]
    rights_class = FactPageRights
    # The name of the field that holds the fact.
    fact_name = ""

    class Meta:
        abstract = True

    def full_clean(self, *args: Any, **kwargs: Any) -> None:
        """Take the fact's slug, by which other parts of the house link here."""
        if getattr(self, f"{self.fact_name}_id"):
            self.slug = getattr(self, self.fact_name).slug
        super().full_clean(*args, **kwargs)
