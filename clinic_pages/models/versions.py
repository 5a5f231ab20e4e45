import uuid

from django.db import models


class ContentVersion(models.Model):
    """One row whose value is new whenever anything changed that a page may show.

    Database triggers write it (clinic_pages.content_version), in the transaction of
    the change, so that no way of changing content can forget it. The value is random:
    one that was seen before never returns.
    """

    value = models.UUIDField(default=uuid.uuid4)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="one_content_version")
        ]

    def __str__(self) -> str:
        return str(self.value)
