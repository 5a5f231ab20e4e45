from django.db import models
from wagtail.admin.panels import FieldPanel
from wagtail.blocks import CharBlock, ListBlock, StructBlock, URLBlock
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting

from clinic_pages.links import LinkBlock
from clinic_pages.prose import BodyField


class FooterColumnBlock(StructBlock):
    heading = CharBlock(max_length=40)
    links = ListBlock(LinkBlock(), min_num=1, max_num=8)

    class Meta:
        icon = "list-ul"
        label = "Column"


class SocialLinkBlock(StructBlock):
    name = CharBlock(max_length=40, help_text="Such as Mastodon")
    address = URLBlock(max_length=300)

    class Meta:
        icon = "link"
        label = "Profile"


@register_setting(icon="list-ul", order=200)
class Menus(BaseSiteSetting):
    """The links around every page."""

    main = BodyField(
        [("link", LinkBlock())],
        blank=True,
        max_num=6,
        help_text="In the header. Five read best.",
    )
    utility = BodyField(
        [("link", LinkBlock())],
        blank=True,
        max_num=3,
        help_text="In the thin bar above the header, and last in the phone's menu.",
    )
    footer_columns = BodyField([("column", FooterColumnBlock())], blank=True, max_num=3)
    legal = BodyField(
        [("link", LinkBlock())],
        blank=True,
        max_num=5,
        help_text="In the last line: privacy, terms, accessibility.",
    )
    social = BodyField([("profile", SocialLinkBlock())], blank=True, max_num=6)
    footer_text = models.CharField(
        max_length=200, blank=True, help_text="One sentence below the logo."
    )
    footer_hours = models.CharField(
        max_length=120, blank=True, help_text="When the phone is answered."
    )

    panels = [
        FieldPanel("main", heading="Header"),
        FieldPanel("utility", heading="Bar above the header"),
        FieldPanel("footer_columns", heading="Footer: columns of links"),
        FieldPanel("footer_text", heading="Footer: about you"),
        FieldPanel("footer_hours", heading="Footer: when you can be called"),
        FieldPanel("legal", heading="Footer: last line"),
        FieldPanel("social", heading="Footer: social profiles"),
    ]

    class Meta:
        verbose_name = "menus and footer"
