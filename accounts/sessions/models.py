from django.conf import settings
from django.db import models

from foundation.models import Public


class Ended(models.TextChoices):
    """Why a session is over although nobody signed out in its browser."""

    IDLE = "IDLE", "Nobody used it for a while"
    ABSOLUTE = "ABSOLUTE", "It had lasted as long as a session may"
    CROWDED = "CROWDED", "Its user signed in on too many devices"
    ELSEWHERE = "ELSEWHERE", "It was ended from another device"
    CREDENTIALS = "CREDENTIALS", "A password or a second factor was changed"
    ROLES = "ROLES", "What its user may do was changed"
    SUSPENDED = "SUSPENDED", "The account was closed"
    GUESSING = "GUESSING", "Wrong codes or passwords were typed in it"


class Device(Public):
    """A browser in which somebody signed in at least once. It is recognised by a random
    token in a cookie, of which only the hash is kept; it opens nothing."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="devices"
    )
    token_hash = models.CharField(max_length=64)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "token_hash"], name="device_once_per_user"
            )
        ]

    def __str__(self) -> str:
        return f"Device {self.public_id}"


class Session(Public):
    """What the server knows of one browser: of a visitor, or (with `user`) of somebody
    who is signed in. Of the key in the browser's cookie only the hash is kept, so that
    who reads this table can be nobody.

    A session that was ended keeps its row for a day, without its data, so that its
    browser can be told why.
    """

    key_hash = models.CharField(max_length=64, unique=True)
    session_data = models.TextField(blank=True)
    expires_at = models.DateTimeField(
        db_index=True, help_text="Whatever happens, it is over then."
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.CASCADE,
        related_name="sessions",
    )
    device = models.ForeignKey(
        Device, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    started_at = models.DateTimeField(null=True, help_text="When its user signed in.")
    seen_at = models.DateTimeField(
        null=True, help_text="When its user last did something in it."
    )
    is_staff = models.BooleanField(
        default=False, help_text="Whether the limits of staff hold."
    )
    is_kept = models.BooleanField(
        default=False, help_text="Whether its user chose to stay signed in."
    )
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)
    wrong_proofs = models.PositiveSmallIntegerField(
        default=0, help_text="Wrong codes and passwords since somebody last proved it."
    )
    ended_because = models.CharField(max_length=12, choices=Ended, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user=None)
                | models.Q(started_at__isnull=False, seen_at__isnull=False),
                name="session_of_a_user_has_times",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_because="") | models.Q(session_data=""),
                name="session_that_ended_is_empty",
            ),
        ]

    def __str__(self) -> str:
        return f"Session {self.public_id}"
