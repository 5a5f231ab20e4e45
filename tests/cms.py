"""A client for two programs: the site, and the CMS as its own database role.

What is asked under /cms/ goes through the CMS's middleware, URLs and sessions, and the
database is asked as `medconsult_cms`. Everything else goes to the site.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.test import Client, override_settings
from django.test.client import ClientHandler
from django.urls import get_urlconf

from foundation.urlconfs import looked_up_in
from portal.cms.sessions import SEEN, USER, SessionStore
from portal.settings.cms import as_cms
from portal.settings.environment import ROLES
from tests.second_factors import VerifiedClient

ROLE = ROLES["cms"]
# These cost too much to change for every request, or say the same in tests.
SAME = {"CACHES", "SECRET_KEY", "SECRET_KEY_FALLBACKS", "ROOT_URLCONF"}
FAR_AHEAD = 2**40


def cms_settings() -> dict[str, Any]:
    given = {name: getattr(settings, name) for name in dir(settings) if name.isupper()}
    return as_cms(given)


@contextmanager
def as_role(role: str) -> Iterator[None]:
    """The test's own connection, with the rights of another role for a while."""
    connection.ensure_connection()
    raw: Any = connection.connection
    path = "cms, public" if role == ROLE else "public"
    raw.execute(f"SET ROLE {role}; SET search_path = {path}")
    try:
        yield
    finally:
        if raw.info.transaction_status.name != "INERROR":
            raw.execute("RESET ROLE; RESET search_path")


class CmsHandler(ClientHandler):
    """Looks addresses up in the CMS's sitemap."""

    def get_response(self, request: HttpRequest) -> Any:
        request.urlconf = "portal.cms.urls"
        return super().get_response(request)


class CmsClient(Client):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.handler = CmsHandler(self.handler.enforce_csrf_checks)

    def request(self, **request: Any) -> Any:
        changed = {k: v for k, v in cms_settings().items() if k not in SAME}
        host = urlsplit(settings.CMS_URL).netloc
        with override_settings(**changed), as_role(ROLE):
            return super().request(**{**request, "HTTP_HOST": host})


class TwoDoorsClient(VerifiedClient):
    """The site's client, which asks the CMS for what is under /cms/."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.cms = CmsClient(**options)
        self.cms.cookies = self.cookies

    def request(self, **request: Any) -> Any:
        # A request leaves its sitemap behind; a test goes on in its own.
        with looked_up_in(get_urlconf() or settings.ROOT_URLCONF):
            return self._ask(**request)

    def _ask(self, **request: Any) -> Any:
        if not request.get("PATH_INFO", "").startswith("/cms/"):
            return super().request(**request)
        self.cms.raise_request_exception = self.raise_request_exception
        return self.cms.request(**request)

    def force_login(self, user: Any, backend: Any = None) -> None:
        """A session on the site and, where the user may enter, one in the CMS."""
        super().force_login(user, backend)
        open_cms(self, user)


def open_cms(client: Client, user: Any) -> None:
    """Put a session of the CMS into the client's cookies, as `enter` would."""
    session = SessionStore()
    # Tests set the clock; how long nobody did anything is told elsewhere.
    session[USER], session[SEEN] = str(user.pk), FAR_AHEAD
    session.set_expiry(settings.CMS_SESSION_SECONDS)
    session.create()
    client.cookies["cms-session"] = session.session_key
