"""Fetching what somebody else's address names, without becoming their way inside.

For addresses that people or other systems give us: feeds, webhooks, pictures. (Those of
the clinic's own providers come from the settings and need none of this.) The name is
resolved once, every address it has must be public, and the connection goes to exactly
the address that was checked; redirects are followed by hand and checked the same way.
"""

import http.client
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urljoin, urlsplit

from foundation.errors import Refused

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], list[str]]

PORTS = {"http": 80, "https": 443}
REDIRECTS = {301, 302, 303, 307, 308}
CHUNK = 65_536
# Public by the registries, and yet ways inside: addresses that wrap an IPv4 address,
# and those where clouds answer about themselves.
WRAPPED = [ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48")]
METADATA = [
    ip_network("168.63.129.16/32"),
    ip_network("100.100.100.200/32"),
    ip_network("192.0.0.192/32"),
]


class NotFetched(Refused):
    sentence = "This address can't be fetched."


class Forbidden(NotFetched):
    sentence = "This address can't be used. Give a public one that begins with https://"


class TooLarge(NotFetched):
    sentence = "What is at this address is too large."


class TooSlow(NotFetched):
    sentence = "This address took too long to answer."


@dataclass(frozen=True)
class Fetched:
    """What came back. `url` is the last address, after redirects; the names of
    `headers` are in lower case."""

    url: str
    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rules:
    """What is allowed. `inside` names hosts that may be private: only tests and an
    operator's own settings put any there, and these may be called without TLS."""

    schemes: frozenset[str] = frozenset({"https"})
    ports: frozenset[int] = frozenset({80, 443})
    most_bytes: int = 5_000_000
    seconds: float = 10
    redirects: int = 3
    inside: frozenset[str] = field(default_factory=frozenset)


def resolve(host: str, port: int) -> list[str]:
    """Every address of `host`, as the system knows them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


def is_public(address: str) -> bool:
    """Whether `address` is one of the open internet: not private, loopback, link-local,
    shared, reserved, multicast, metadata, and none of these in IPv6 clothes."""
    try:
        ip: Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if int(ip) >> 32 == 0 or any(ip in net for net in WRAPPED):
            return False
    if any(ip in net for net in METADATA if net.version == ip.version):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def fetch(
    url: str,
    *,
    rules: Rules | None = None,
    resolver: Resolver = resolve,
    headers: Mapping[str, str] | None = None,
) -> Fetched:
    """GET `url` and return what is there; `headers` are sent along, such as
    If-None-Match.

    Raises Forbidden for an address that is not public or not allowed by `rules`,
    TooLarge and TooSlow for what is more than they allow, NotFetched for the rest.
    """
    allowed = rules or Rules()
    deadline = time.monotonic() + allowed.seconds
    for _ in range(allowed.redirects + 1):
        status, said, body = _get(url, allowed, resolver, deadline, headers or {})
        location = said.get("location")
        if status in REDIRECTS and location:
            url = _leads_to(url, location)
            continue
        return Fetched(url, status, said.get("content-type", ""), body, said)
    raise NotFetched("This address leads on too many times.")


def _leads_to(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise Forbidden from error


def check_address(
    url: str, *, rules: Rules | None = None, resolver: Resolver = resolve
) -> tuple[str, int, str]:
    """Host, port and the one address to connect to; for forms that take an address.

    Raises Forbidden where it may not be fetched, NotFetched where the name is unknown.
    """
    allowed = rules or Rules()
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".").lower()
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise Forbidden from error
    plain = not any(char in url for char in "\r\n\t \\\x00")
    named = parts.username is None and parts.password is None
    is_inside = host in allowed.inside
    schemes = PORTS if is_inside else allowed.schemes
    if parts.scheme not in schemes or not host or not plain or not named:
        raise Forbidden
    if port not in allowed.ports and not is_inside:
        raise Forbidden
    try:
        addresses = resolver(host, port)
    except (OSError, UnicodeError) as error:
        raise NotFetched("This address leads nowhere. Check its spelling.") from error
    if not addresses or not (is_inside or all(map(is_public, addresses))):
        raise Forbidden
    return host, port, addresses[0]


def _get(
    url: str,
    rules: Rules,
    resolver: Resolver,
    deadline: float,
    sent: Mapping[str, str],
) -> tuple[int, dict[str, str], bytes]:
    host, port, address = check_address(url, rules=rules, resolver=resolver)
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _Pinned(host, port, address, parts.scheme == "https", _left(deadline))
    try:
        sent = {**sent, "Accept-Encoding": "identity"}
        connection.request("GET", path, headers=sent)
        response = connection.getresponse()
        body = _read(response, connection, rules.most_bytes, deadline)
        headers = {name.lower(): value for name, value in response.getheaders()}
        return response.status, headers, body
    except TimeoutError as error:
        raise TooSlow from error
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        raise NotFetched from error
    finally:
        connection.close()


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TooSlow
    return left


def _read(
    response: http.client.HTTPResponse,
    connection: "_Pinned",
    most: int,
    deadline: float,
) -> bytes:
    # None where a server says nothing, or nonsense.
    if (response.length or 0) > most:
        raise TooLarge
    body = bytearray()
    # A server that drips a byte a second must not hold us for ever.
    while not response.isclosed():
        if connection.sock is not None:
            connection.sock.settimeout(_left(deadline))
        chunk = response.read1(CHUNK)
        _left(deadline)
        if not chunk:
            break
        body += chunk
        if len(body) > most:
            raise TooLarge
    return bytes(body)


class _Pinned(http.client.HTTPConnection):
    """Connects to the address that was checked, whatever the name says by now. The
    certificate must be the name's all the same."""

    def __init__(
        self, host: str, port: int, address: str, is_tls: bool, seconds: float
    ) -> None:
        super().__init__(host, port, timeout=seconds)
        self.default_port = PORTS["https" if is_tls else "http"]
        self.address = address
        self.is_tls = is_tls

    def connect(self) -> None:
        sock = socket.create_connection((self.address, self.port), self.timeout)
        if self.is_tls:
            context = ssl.create_default_context()
            sock = context.wrap_socket(sock, server_hostname=self.host)
        self.sock = sock
