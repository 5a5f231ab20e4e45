from contextlib import suppress

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting

from clinic_pages.brand import BrandColourInput
from clinic_pages.phones import e164, validate_phone, validate_short_number
from clinic_pages.pictures import PICTURE


@register_setting(icon="home", order=100)
class ClinicSettings(BaseSiteSetting):
    """Who the clinic is. What messages and papers need of it is pushed down to
    `clinic.identity` when it is saved."""

    name = models.CharField(
        max_length=120,
        default="Our clinic",
        help_text="On every page, in every message and on every paper.",
    )
    strapline = models.CharField(
        max_length=120, blank=True, help_text="Below the name: the town, say."
    )
    logo = models.ForeignKey(
        PICTURE,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Square. Empty: the drawn mark in the brand's colour.",
    )
    brand_colour = models.CharField(
        max_length=7,
        default="#0f5c4d",
        validators=[
            RegexValidator(
                r"^#[0-9a-fA-F]{6}$", "Enter a colour such as #0f5c4d, with 6 digits"
            )
        ],
        help_text="Buttons and links take it, made darker or lighter where they would "
        "not read.",
    )
    phone = models.CharField(
        max_length=20,
        blank=True,
        validators=[validate_phone],
        help_text="With the country's code, such as +44 20 7946 0120.",
    )
    email = models.EmailField(
        blank=True, help_text="Where patients write to. Shown in the footer."
    )
    emergency_number = models.CharField(
        max_length=20,
        default="999",
        validators=[validate_short_number],
        help_text="At the top of every page, such as 999 or 112.",
    )
    urgent_number = models.CharField(
        max_length=20,
        blank=True,
        default="111",
        validators=[validate_short_number],
        help_text="Urgent advice that is no emergency. Empty: not shown.",
    )
    legal_line = models.CharField(
        max_length=300,
        blank=True,
        help_text="The registration that papers and the footer must carry.",
    )
    privacy_note = models.TextField(
        max_length=600,
        blank=True,
        help_text="One or two sentences where people enter their details.",
    )
    privacy_page = models.ForeignKey(
        "wagtailcore.Page",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Where that note leads for the rest.",
    )

    panels = [
        MultiFieldPanel(
            [
                FieldPanel("name"),
                FieldPanel("strapline"),
                FieldPanel("logo"),
                FieldPanel("brand_colour", widget=BrandColourInput),
            ],
            "Name and look",
        ),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("phone"), FieldPanel("email")]),
                FieldRowPanel(
                    [FieldPanel("emergency_number"), FieldPanel("urgent_number")]
                ),
                FieldPanel("legal_line"),
            ],
            "Contact",
        ),
        MultiFieldPanel(
            [
                FieldPanel("privacy_note"),
                FieldPanel("privacy_page"),
            ],
            "Privacy",
        ),
    ]

    class Meta:
        verbose_name = "clinic"

    def clean(self) -> None:
        """Keep numbers and the colour in the one form that everything relies on."""
        super().clean()
        self.brand_colour = self.brand_colour.lower()
        # What is no number stands beside its field already.
        with suppress(ValidationError):
            self.phone = e164(self.phone) if self.phone else ""
