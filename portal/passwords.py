"""The rules that a new password must meet, with the clinic's own names among them."""

from typing import Any

from django.core.exceptions import ValidationError

from clinic.identity.queries import current
from foundation.passwords import (
    LONG_ENOUGH_ALONE,
    LONG_ENOUGH_WITH_FACTOR,
    is_too_easy,
    normalised,
)


class LongEnough:
    """15 characters where a password is all there is, 8 beside a second factor."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError for a shorter one."""
        least = _least(user)
        if len(normalised(password)) < least:
            raise ValidationError(
                f"This is too short: use at least {least} characters",
                code="password_too_short",
            )

    def get_help_text(self) -> str:
        return f"At least {LONG_ENOUGH_ALONE} characters."


class HardToGuess:
    """Refuses what is common, padded or made of names that everybody knows."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError for one that is guessed early."""
        clinic = current()
        names = ["medconsult", clinic.name, clinic.email]
        if user is not None:
            names += [user.email, user.first_name, user.last_name]
        if is_too_easy(password, known=[*names, "clinic", "doctor", "patient"]):
            raise ValidationError(
                "This is easy to guess. Use three or more words that have nothing to "
                "do with each other or with you",
                code="password_too_common",
            )

    def get_help_text(self) -> str:
        return "Not a password that others use."


def _least(user: Any) -> int:
    if getattr(user, "has_second_factor", False):
        return LONG_ENOUGH_WITH_FACTOR
    return LONG_ENOUGH_ALONE
