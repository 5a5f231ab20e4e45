"""The cookie of a remembered device, and what a request says about its browser."""

from datetime import datetime
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest

from accounts.factors.queries import REMEMBERED_FOR, cookie_names, cookie_value
from accounts.factors.services import remember_device
from accounts.users.models import User
from foundation.browsers import browser_words


def cookie_of(request: HttpRequest, user: User) -> str:
    """The cookie with which this browser was remembered for `user`, or ""."""
    names = cookie_names(user, _prefix())
    return next(filter(None, map(request.COOKIES.get, names)), "")


def remember(request: HttpRequest, response: Any, user: User, at: datetime) -> None:
    """Remember this browser for `user`."""
    token = remember_device(
        user=user,
        browser=browser_words(request.headers.get("User-Agent", "")),
        address=get_adapter(request).get_client_ip(request) or None,
        at=at,
    )
    response.set_cookie(
        cookie_names(user, _prefix())[0],
        cookie_value(user, token),
        max_age=REMEMBERED_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _prefix() -> str:
    return "__Host-" if settings.SESSION_COOKIE_SECURE else ""
