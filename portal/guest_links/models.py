from datetime import datetime

from django.db import models

from foundation.encryption.fields import EncryptedTextField
from foundation.models import Public, Timestamped


class GuestLinkQuerySet(models.QuerySet["GuestLink"]):
    def usable(self, at: datetime) -> "GuestLinkQuerySet":
        """Those that were not used and are not over."""
        return self.filter(used_at=None, expires_at__gt=at)


class GuestLink(Public, Timestamped):
    """Somebody asked for a link to the data of whoever booked with `email` and has no
    account. There is one for every address that is typed, known or not."""

    email = EncryptedTextField(max_length=254)
    expires_at = models.DateTimeField(help_text="End exclusive.")
    used_at = models.DateTimeField(null=True, blank=True)

    objects = GuestLinkQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Link {self.public_id}"
