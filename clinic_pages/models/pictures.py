from django.conf import settings
from django.db import models
from wagtail.images.models import AbstractImage, AbstractRendition, Image


class Picture(AbstractImage):
    """A picture of the public site. Never a clinical one."""

    uploaded_by_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="uploaded by",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    credit = models.CharField(
        max_length=120,
        blank=True,
        help_text="Who made it, where the licence asks for the name.",
    )

    admin_form_fields = (*Image.admin_form_fields, "credit")

    class Meta:
        verbose_name = "picture"


class PictureRendition(AbstractRendition):
    image = models.ForeignKey(
        Picture, on_delete=models.CASCADE, related_name="renditions"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["image", "filter_spec", "focal_point_key"],
                name="picture_rendition_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.image_id} as {self.filter_spec}"
