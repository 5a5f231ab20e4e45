"""Which tokens open what, and what acts in somebody's name."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac

from accounts.applications.models import TokenScope
from accounts.sessions.queries import absolute_limit, works_here
from accounts.tokens.models import AccessToken, Authorisation
from accounts.tokens.permissions import may_give
from accounts.users.models import User

ACCESS_LASTS = timedelta(minutes=10)
CODE_LASTS = timedelta(seconds=60)
# A patient's app asks anew after this; who works here lets apps in for a day's work.
APP_LASTS = timedelta(days=90)


@dataclass(frozen=True)
class Holder:
    """Something that acts in its user's name, for their eyes."""

    authorisation: Authorisation
    name: str
    maker: str
    allowed: list[str]


def digest(secret: str) -> str:
    """What is kept of a code, a token or a secret. They are random: no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def audience() -> str:
    """The interface that tokens are for: the `aud` that applications must name."""
    return f"{settings.SITE_URL}/api/v1"


def lasts_until(user: User, at: datetime) -> datetime:
    """When what an application is allowed at `at` ends in any case."""
    return at + (absolute_limit(is_staff=True) if works_here(user) else APP_LASTS)


def find_access(token: str, *, at: datetime) -> Authorisation | None:
    """The authorisation that an access token belongs to, whether or not it is good."""
    found = (
        AccessToken.objects.filter(digest=digest(token), expires_at__gt=at)
        .select_related("authorisation__user", "authorisation__application")
        .first()
    )
    return found.authorisation if found else None


def is_good(authorisation: Authorisation, *, at: datetime) -> bool:
    """Whether it still counts. Asked at every use, of the rows as they are now: what
    ends it in the database ends it everywhere at once."""
    user, application = authorisation.user, authorisation.application
    has_left = user.access_ends_at is not None and user.access_ends_at <= at
    return (
        not authorisation.ended_because
        and at < authorisation.expires_at
        and user.is_active
        and not has_left
        and user.has_second_factor
        and user.factor_epoch == authorisation.epoch
        and (application is None or application.ended_at is None)
        and authorisation.audience == audience()
    )


def scopes_to_give(user: Any, asked: Iterable[str]) -> list[str]:
    """Of the scopes that are asked for, those that `user` has to give, in order."""
    wanted = set(asked)
    return [
        scope
        for scope in TokenScope.values
        if scope in wanted and may_give(user, scope)
    ]


def holders_of(user: User, *, at: datetime) -> Sequence[Holder]:
    """What may act in the name of `user` now, the newest first."""
    rows = (
        Authorisation.objects.filter(user=user, ended_because="", expires_at__gt=at)
        .exclude(code_used_at=None, secret_digest=None)
        .select_related("application", "user")
        .order_by("-created_at")
    )
    return [
        Holder(
            authorisation=row,
            name=str(row),
            maker=row.application.maker if row.application else "",
            allowed=[str(TokenScope(scope).label) for scope in row.scopes],
        )
        for row in rows
        if is_good(row, at=at)
    ]


def session_ref(authorisation: Authorisation) -> str:
    """Stands for the authorisation in the access log, as for a session elsewhere."""
    key = f"authorisation:{authorisation.public_id}"
    return salted_hmac("audit.session", key).hexdigest()[:32]
