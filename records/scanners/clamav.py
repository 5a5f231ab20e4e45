"""ClamAV, by its own protocol (INSTREAM of clamd), over TCP or a socket file.

Only jobs call this. Source of the protocol: clamd(8), "COMMANDS".
"""

import socket
import struct
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings

SECONDS = 30
_PIECE = 1 << 16
_LONGEST_ANSWER = 4096


class ScannerDown(Exception):
    """The scanner gave no answer to rely on; nothing is known about the file."""


class Undecided(ScannerDown):
    """It is there, but does not say yes or no to this file: to one that is larger than
    it takes, for example. Others may be scanned meanwhile."""


def is_configured() -> bool:
    """Whether there is a scanner at all."""
    return bool(settings.CLAMAV_ADDRESS)


def is_infected(chunks: Iterable[bytes]) -> bool:
    """Whether the scanner finds something harmful in the file.

    Raises ScannerDown, of which Undecided is one kind, unless it says clearly yes or
    no.
    """
    try:
        with _connected() as link:
            answer = _ask(link, chunks)
    except (BrokenPipeError, ConnectionResetError) as error:
        # It hung up in the middle of this file.
        raise Undecided(type(error).__name__) from error
    except OSError as error:
        raise ScannerDown(type(error).__name__) from error
    if answer == "stream: OK":
        return False
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        return True
    raise Undecided("The scanner did not say yes or no.")


def answers(*, seconds: float) -> bool:
    """Whether the scanner is there and says so within `seconds`."""
    try:
        with _connected(seconds) as link:
            link.sendall(b"zPING\0")
            return link.recv(16).startswith(b"PONG")
    except (OSError, ScannerDown):
        return False


def _connected(seconds: float = SECONDS) -> socket.socket:
    """A link to settings.CLAMAV_ADDRESS: tcp://host:3310 or unix:///path."""
    address = urlsplit(settings.CLAMAV_ADDRESS)
    if address.scheme == "unix":
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.settimeout(seconds)
        try:
            link.connect(address.path)
        except OSError:
            link.close()
            raise
        return link
    if address.scheme != "tcp" or not address.hostname:
        raise ScannerDown("CLAMAV_ADDRESS is neither tcp://host:port nor unix:///path.")
    return socket.create_connection(
        (address.hostname, address.port or 3310), timeout=seconds
    )


def _ask(link: socket.socket, chunks: Iterable[bytes]) -> str:
    link.sendall(b"zINSTREAM\0")
    for chunk in chunks:
        for start in range(0, len(chunk), _PIECE):
            piece = chunk[start : start + _PIECE]
            link.sendall(struct.pack(">I", len(piece)) + piece)
    link.sendall(struct.pack(">I", 0))
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < _LONGEST_ANSWER:
        part = link.recv(1024)
        if not part:
            break
        answer += part
    if not answer.endswith(b"\0"):
        raise Undecided("The answer was cut short.")
    return answer[:-1].decode(errors="replace").strip()
