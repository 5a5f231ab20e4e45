"""Whose request it is, by network address."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """The address that a request came from; None where there is none.

    Each of the ALLAUTH_TRUSTED_PROXY_COUNT servers in front adds to X-Forwarded-For the
    address it was called from, so the visitor's own is that many from the end. What
    stands before it, the visitor may have written himself: it is never believed.
    """
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    found = str(request.META.get("REMOTE_ADDR", ""))
    if proxies:
        hops = [
            hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")
        ]
        found = hops[-proxies] if len(hops) >= proxies else found
    try:
        return str(ip_address(found.partition("%")[0]))
    except ValueError:
        return None
