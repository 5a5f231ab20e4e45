"""A server on this machine that speaks as clamd does, and knows one virus."""

import base64
import socketserver
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.servers import serving

# The test file that all scanners agree on, written so that no scanner minds this file.
# Source: eicar.org.
EICAR = base64.b64decode(
    "WDVPIVAlQEFQWzRcUFpYNTQoUF4pN0NDKTd9JEVJQ0FSLVNUQU5EQVJELUFOVElWSVJVUy1URVNULUZJTEUh"
    "JEgrSCo="
)


class _Handler(socketserver.StreamRequestHandler):
    server: Any

    def handle(self) -> None:
        command = b""
        while not command.endswith(b"\0") and (one := self.rfile.read(1)):
            command += one
        if command == b"zPING\0":
            self.wfile.write(self.server.answer or b"PONG\0")
            return
        assert command == b"zINSTREAM\0", command
        content = b""
        while size := struct.unpack(">I", self.rfile.read(4))[0]:
            content += self.rfile.read(size)
            if self.server.refuses and self.server.refuses in content:
                # As when a file is larger than it takes: it says so, and hangs up.
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.server.seen.append(content)
        found = EICAR in content
        usual = "stream: Eicar-Test-Signature FOUND" if found else "stream: OK"
        self.wfile.write(self.server.answer or usual.encode() + b"\0")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def scanner() -> Iterator[Any]:
    """The server: `address` for settings, `seen` files, `answer` to say instead, and
    what it `refuses` to look at to the end."""
    server: Any = _Server(("127.0.0.1", 0), _Handler)
    server.seen, server.answer, server.refuses = [], b"", b""
    server.address = f"tcp://127.0.0.1:{server.server_address[1]}"
    with serving(server):
        yield server
