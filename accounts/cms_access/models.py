"""How editors come from the site into the CMS, which is another program elsewhere."""

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

# SHA-256 in hexadecimal.
DIGEST_LENGTH = 64


class Ticket(models.Model):
    """Lets one person into the CMS, once, within a minute.

    Nothing in here opens anything: of the ticket and of what the browser must bring
    along (`state`, set by the CMS before it sent the browser to the site) only digests
    are kept. Using a ticket deletes it.
    """

    digest = models.CharField(max_length=DIGEST_LENGTH, unique=True)
    state = models.CharField(max_length=DIGEST_LENGTH)
    host = models.CharField(max_length=200, help_text="Of the CMS that it opens.")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"for {self.user_id} until {self.expires_at}"


class CmsSession(AbstractBaseSession):
    """An editor is in the CMS. The key is kept as a digest, so that whoever reads this
    table takes over nobody's session. The site deletes rows here to end sessions."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        verbose_name = "CMS session"
