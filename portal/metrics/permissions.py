"""Who may read the figures: a program with the token, or one at a known address."""

from ipaddress import ip_address, ip_network

from django.conf import settings
from django.utils.crypto import constant_time_compare


def are_switched_on() -> bool:
    """Whether there is anybody who may ask."""
    return bool(settings.METRICS_TOKEN or settings.METRICS_NETWORKS)


def may_read(*, authorization: str, address: str | None) -> bool:
    """Whether the caller shows METRICS_TOKEN (`Bearer …`), or calls from an address in
    METRICS_NETWORKS. Raises ValueError for a network that is none."""
    token = settings.METRICS_TOKEN
    if token and constant_time_compare(authorization, f"Bearer {token}"):
        return True
    if address is None:
        return False
    networks = [ip_network(one) for one in settings.METRICS_NETWORKS]
    return any(ip_address(address) in one for one in networks)
