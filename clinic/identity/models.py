from django.db import models


class ClinicIdentity(models.Model):
    """Who the clinic is, in one row: what pages, e-mails and papers say on top.

    Editors change it in the CMS settings, which push it down here, so that messages
    and PDFs need not know that there is a CMS.
    """

    name = models.CharField(max_length=120, default="Our clinic")
    strapline = models.CharField(max_length=120, blank=True)
    brand_colour = models.CharField(
        max_length=7, default="#0f5c4d", help_text="As #rrggbb."
    )
    logo_url = models.CharField(max_length=300, blank=True)
    phone = models.CharField(max_length=20, blank=True, help_text="E.164.")
    email = models.EmailField(blank=True)
    emergency_number = models.CharField(max_length=20, default="999")
    urgent_number = models.CharField(max_length=20, blank=True, default="111")
    time_zone = models.CharField(max_length=64, default="Europe/London")
    currency = models.CharField(max_length=3, default="GBP", help_text="ISO 4217.")
    legal_line = models.CharField(max_length=300, blank=True)
    privacy_note = models.TextField(
        blank=True, help_text="Where people enter their details."
    )
    privacy_url = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name_plural = "clinic identity"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(pk=1), name="one_clinic_identity"
            ),
            models.CheckConstraint(
                condition=models.Q(brand_colour__regex=r"^#[0-9a-f]{6}$"),
                name="brand_colour_hex",
            ),
        ]

    def __str__(self) -> str:
        return self.name
