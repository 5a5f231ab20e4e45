"""Applications and the addresses that they are answered at."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.db.models import QuerySet

from accounts.applications.models import LONGEST_URI, Application
from foundation.uuids import read_uuid

# A scheme of an app's own has its maker's domain in it (RFC 8252, 7.1); so neither
# javascript: nor data: is one.
_OWN_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")
_PLAIN = re.compile(r"[!-)+-~]+")


def find_application(client_id: str) -> Application | None:
    """The application with this client id, unless it was ended."""
    public_id = read_uuid(client_id)
    if public_id is None:
        return None
    return Application.objects.filter(public_id=public_id, ended_at=None).first()


def applications() -> QuerySet[Application]:
    """All that are registered, ended ones last."""
    return Application.objects.order_by("-ended_at", "name")


def is_safe_uri(uri: str) -> bool:
    """Whether a code may be sent there: over TLS, to a program on the same computer, or
    to an app by a scheme of its own. No wildcard, no fragment, no name of a user."""
    if len(uri) > LONGEST_URI or not _PLAIN.fullmatch(uri) or "#" in uri:
        return False
    try:
        parts = urlsplit(uri)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    if "@" in parts.netloc or "\\" in uri:
        return False
    if parts.scheme == "https":
        return bool(host)
    if parts.scheme == "http":
        return _is_loopback(host)
    return bool(_OWN_SCHEME.fullmatch(parts.scheme)) and uri.startswith(
        f"{parts.scheme}:/"
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def policy_source(uri: str) -> str:
    """The redirect URI as a source of a content security policy: browsers check where a
    form leads, over redirects too."""
    parts = urlsplit(uri)
    is_web = parts.scheme in ("http", "https")
    return f"{parts.scheme}://{parts.netloc}" if is_web else f"{parts.scheme}:"
