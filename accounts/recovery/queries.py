"""Finding a reset by its link, or by its person."""

from datetime import datetime, timedelta

from django.core import signing
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.recovery.models import Reset
from accounts.users.models import User

# Whoever asks for themselves waits: time for the owner to read the mail and say no.
WAIT = timedelta(hours=24)
# How long links work: after the wait, and when somebody has checked who it is.
AFTER_WAIT, WHEN_CHECKED = timedelta(hours=48), timedelta(minutes=60)
_SALT = "accounts.recovery"


def path_of(reset: Reset) -> str:
    """The path of the one-time link."""
    token = signing.Signer(salt=_SALT).sign(reset.public_id.hex)
    return reverse("recovery:begin_anew", args=[token])


def find_reset(token: str, at: datetime) -> Reset | None:
    """The reset whose link this is, if it is still open and its time is not over."""
    try:
        public_id = signing.Signer(salt=_SALT).unsign(token)
        return Reset.objects.filter(
            public_id=public_id, used_at=None, cancelled_at=None, expires_at__gt=at
        ).first()
    except (signing.BadSignature, ValidationError):
        return None


def open_reset(user: User, at: datetime) -> Reset | None:
    """The reset that `user` has under way."""
    return Reset.objects.filter(
        user=user, used_at=None, cancelled_at=None, expires_at__gt=at
    ).first()
