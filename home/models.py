from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField

from clinic_pages.blocks import HomeBody
from clinic_pages.models.base import BasePage


class HomePage(BasePage):
    """The front door: sections over the full width, all chosen by editors."""

    body = StreamField(HomeBody())

    content_panels = [*BasePage.content_panels, FieldPanel("body")]
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = [
        "clinic_pages.DoctorIndexPage",
        "clinic_pages.SpecialtyIndexPage",
        "clinic_pages.LocationIndexPage",
        "clinic_pages.ArticleIndexPage",
        "clinic_pages.PricePage",
        "clinic_pages.StandardPage",
    ]
    max_count = 1

    class Meta:
        verbose_name = "home page"
