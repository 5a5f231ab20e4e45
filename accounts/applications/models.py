from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from foundation.models import Public, Timestamped


class TokenScope(models.TextChoices):
    """What an application may be allowed to do. The label is what its user reads."""

    ME = "me.read", "See your name, e-mail address and roles"
    APPOINTMENTS = "appointments.read", "See your own appointments"
    WORK_APPOINTMENTS = (
        "work.appointments.read",
        "See the appointments that you may see at work, with patients' names",
    )


# Given by people who work here alone.
WORK_SCOPES = frozenset({TokenScope.WORK_APPOINTMENTS})
LONGEST_URI = 300
MOST_URIS = 8


class Application(Public, Timestamped):
    """A program of somebody else's that people may let act in their name. Its client id
    is the `public_id`. It has no secret: whatever is installed on a phone can't keep
    one, so a code is bound to whoever asked for it by PKCE instead."""

    name = models.CharField(max_length=80, unique=True)
    maker = models.CharField(max_length=120, help_text="Who makes it, for its users.")
    redirect_uris = ArrayField(
        models.CharField(max_length=LONGEST_URI),
        help_text="Where codes may be sent. Compared letter by letter.",
    )
    scopes = ArrayField(models.CharField(max_length=40, choices=TokenScope))
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(redirect_uris=[]) & ~models.Q(scopes=[]),
                name="application_has_uris_and_scopes",
            )
        ]

    def __str__(self) -> str:
        return self.name
