"""Whose request it is, by network address."""

from ipaddress import IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

# One customer of a provider is given this much and takes any address in it; allauth
# counts the same (RATE_LIMIT_IPV6_PREFIX).
ONE_NETWORK = 64


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


def network_of(address: str | None) -> str | None:
    """What is counted where `address` is limited: an IPv4 address by itself, of IPv6
    the whole network, in which one machine has as many addresses as it likes."""
    if address is None:
        return None
    found = ip_address(address)
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Network((found, ONE_NETWORK), strict=False))
