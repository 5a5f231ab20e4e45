"""What every page of the site has."""

from typing import Any

from django.db import models
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.models import Page, PagePermissionTester

from clinic_pages.pictures import PICTURE


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
            [
                FieldPanel("slug"),
                FieldPanel("seo_title"),
                FieldPanel("search_description"),
                FieldPanel("search_image"),
            ],
            "For search engines and sharing",
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
