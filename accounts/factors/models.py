"""What a second factor needs besides the devices of django-otp and its passkeys."""

from datetime import datetime, timedelta

from django.db import models

from accounts.users.models import User
from foundation.encryption.fields import EncryptedTextField
from foundation.models import Public, Timestamped

# So many wrong codes, then a pause. The pause ends by itself: nobody is locked out for
# good by somebody else's guessing.
MOST_TRIES = 5
PAUSE = timedelta(minutes=15)


class AuthenticatorApp(Public, Timestamped):
    """An app that shows another code every half minute (RFC 6238: SHA-1, six digits).

    A table of our own in place of django-otp's, whose secrets stand open.
    """

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="authenticator_apps"
    )
    name = models.CharField(max_length=64)
    key = EncryptedTextField(help_text="The secret that both hold, as hex.")
    last_step = models.BigIntegerField(
        default=-1, help_text="The half minute of the newest code that was used."
    )
    last_used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name

    @property
    def secret(self) -> bytes:
        """What the codes are made of."""
        return bytes.fromhex(self.key)


class BackupCode(models.Model):
    """One code of a set, for the day the phone is gone. Works once.

    Only a slow hash is stored. All codes of a set share a salt, so that checking one
    costs one hash.
    """

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="backup_codes"
    )
    salt = models.BinaryField(max_length=16)
    digest = models.BinaryField(max_length=32)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "digest"], name="backup_code_once_per_user"
            )
        ]

    def __str__(self) -> str:
        return f"backup code {self.pk}"


class CodeFactor(Public, Timestamped):
    """Codes that we send, as the second step of a patient.

    By e-mail they go to the account's own address, whichever it is; by text to a number
    of this row, which was proved by a code. It is not the number of the record: whoever
    has that one changed, at the desk or by a call, redirects no codes.
    """

    class Kind(models.TextChoices):
        EMAIL = "EMAIL", "E-mail"
        TEXT = "TEXT", "Text message"

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="code_factors"
    )
    kind = models.CharField(max_length=5, choices=Kind)
    number = models.CharField(max_length=20, blank=True, help_text="E.164, of texts.")
    rests_until = models.DateTimeField(
        null=True, help_text="Counts for nothing until then."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind"], name="code_factor_once_per_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="EMAIL", number="")
                | (models.Q(kind="TEXT") & ~models.Q(number="")),
                name="code_factor_number_for_texts",
            ),
        ]

    def __str__(self) -> str:
        return f"codes by {self.get_kind_display().lower()}"


class SentCode(Public, Timestamped):
    """One code on its way: works once, for a few minutes, in the session that asked.

    Only a keyed hash is stored, which the database alone does not undo.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sent_codes")
    kind = models.CharField(max_length=5, choices=CodeFactor.Kind)
    to = models.CharField(max_length=254, help_text="Where it went.")
    digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"code by {self.get_kind_display().lower()}"


class RememberedDevice(Public, Timestamped):
    """A browser that need not prove the second factor again for a while.

    The browser keeps a random token in a signed cookie; here is its hash. Void when
    the user's `factor_epoch` has moved on.
    """

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="remembered_devices"
    )
    digest = models.CharField(max_length=64, unique=True)
    epoch = models.PositiveIntegerField()
    browser = models.CharField(max_length=80)
    address = models.GenericIPAddressField(null=True)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.browser


class Tries(models.Model):
    """Wrong codes typed for one user on the way in, whatever the kind of code: a row
    for each browser in which they signed in before, and one for all others together.

    That one (`device` None) is locked while a code is checked, wherever it is typed: a
    code cannot be used, nor a try be had, twice at once.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tries")
    device = models.ForeignKey(
        "accounts.Device", null=True, on_delete=models.CASCADE, related_name="+"
    )
    failed = models.PositiveSmallIntegerField(default=0)
    since = models.DateTimeField(null=True, help_text="When the first was wrong.")
    told_at = models.DateTimeField(
        null=True, help_text="When the owner was last told of guesses."
    )
    cleared_at = models.DateTimeField(
        null=True, help_text="When a new password last gave new tries."
    )

    class Meta:
        verbose_name_plural = "tries"
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(device=None),
                name="tries_elsewhere_once_per_user",
            ),
            models.UniqueConstraint(fields=["device"], name="tries_once_per_device"),
        ]

    def __str__(self) -> str:
        return f"{self.failed} since {self.since}"

    def are_used_up(self, at: datetime) -> bool:
        """Whether codes must wait. Never longer than PAUSE."""
        return self.failed >= MOST_TRIES and not self.are_over(at)

    def are_over(self, at: datetime) -> bool:
        """Whether what was counted no longer counts."""
        return self.since is None or at >= self.since + PAUSE
