from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.applications.models import Application, TokenScope
from foundation.models import Public, Timestamped

# SHA-256 in hexadecimal.
DIGEST_LENGTH = 64


class Over(models.TextChoices):
    """Why an authorisation is over before its time."""

    REVOKED = "REVOKED", "Its user took it back"
    RETURNED = "RETURNED", "The application gave it back"
    REUSED = "REUSED", "A code or a token of it was used twice"
    ACCOUNT = "ACCOUNT", "Sign-in, roles or the account itself were changed"


class Authorisation(Public, Timestamped):
    """Somebody allowed an application, or a machine by a key, to act in their name.

    All tokens belong to one and are worth nothing without it: it is the one place where
    they end. An application's begins with a code, which is exchanged once; a machine's
    has a secret instead. Secrets, codes and tokens are random, 256 bits, and kept as
    digests.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="authorisations",
    )
    application = models.ForeignKey(
        Application, null=True, on_delete=models.PROTECT, related_name="authorisations"
    )
    name = models.CharField(max_length=80, blank=True, help_text="Of a machine's key.")
    secret_digest = models.CharField(  # noqa: DJ001 unique where there is one
        max_length=DIGEST_LENGTH, unique=True, null=True
    )
    scopes = ArrayField(models.CharField(max_length=40, choices=TokenScope))
    audience = models.URLField(help_text="The interface that its tokens are for.")
    epoch = models.PositiveIntegerField(
        help_text="The user's factor_epoch: with other factors it is void."
    )
    expires_at = models.DateTimeField(help_text="Whatever happens, it is over then.")
    ended_because = models.CharField(max_length=10, choices=Over, blank=True)
    last_used_at = models.DateTimeField(null=True)
    last_address = models.GenericIPAddressField(null=True)

    code_digest = models.CharField(  # noqa: DJ001 unique where there is one
        max_length=DIGEST_LENGTH, unique=True, null=True
    )
    code_expires_at = models.DateTimeField(null=True)
    code_used_at = models.DateTimeField(null=True)
    code_challenge = models.CharField(max_length=43, blank=True)
    redirect_uri = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    application__isnull=False,
                    secret_digest=None,
                    code_digest__isnull=False,
                    code_expires_at__isnull=False,
                )
                | Q(application=None, secret_digest__isnull=False, code_digest=None),
                name="authorisation_of_app_or_machine",
            ),
        ]
        indexes = [
            models.Index(
                fields=["user"],
                condition=Q(ended_because=""),
                name="authorisation_open",
            )
        ]

    def __str__(self) -> str:
        return str(self.application or self.name)


class AccessToken(models.Model):
    """Opens the interface for minutes."""

    authorisation = models.ForeignKey(
        Authorisation, on_delete=models.CASCADE, related_name="access_tokens"
    )
    digest = models.CharField(max_length=DIGEST_LENGTH, unique=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"access token {self.pk}"


class RefreshToken(models.Model):
    """Is exchanged once for an access token and the next refresh token. One that comes
    back after it was used was stolen, before or after: the authorisation ends."""

    authorisation = models.ForeignKey(
        Authorisation, on_delete=models.CASCADE, related_name="refresh_tokens"
    )
    digest = models.CharField(max_length=DIGEST_LENGTH, unique=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"refresh token {self.pk}"
