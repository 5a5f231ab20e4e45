"""A gate on this machine in front of any server: open, slow, silent or shut."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

OPEN, SILENT, SHUT = "open", "silent", "shut"


class Gate:
    """Lets bytes through to `target` while it is open, `delay` seconds late on their
    way back. Silent, it takes whoever comes and whatever they say, and says nothing.
    Shut, nobody is there. `entered` counts who came, also to a silent one. A target
    that is a text is the path of a socket."""

    def __init__(self, target: tuple[str, int] | str | None = None) -> None:
        self.target = target
        self.delay = 0.0
        self.entered = 0
        self._kept: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.state = SILENT
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def open(self) -> None:
        assert self.target is not None
        self.state = OPEN

    def be_silent(self) -> None:
        """From now on; who is inside is thrown out, and comes again."""
        self.state = SILENT
        self._throw_out()

    def shut(self) -> None:
        self.state = SHUT
        self._throw_out()

    def close(self) -> None:
        self.shut()
        self._listener.close()

    def _throw_out(self) -> None:
        for one in self._kept:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._kept.clear()

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self._listener.accept()
            except OSError:
                return
            if self.state == SHUT:
                # As good as refused: it hangs up before a word was said.
                link.close()
                continue
            self.entered += 1
            self._kept.append(link)
            if self.state == OPEN:
                self._let_in(link)

    def _let_in(self, link: socket.socket) -> None:
        server = _connected(self.target)
        self._kept.append(server)
        for source, sink, delay in ((link, server, False), (server, link, True)):
            threading.Thread(
                target=self._pass_on, args=(source, sink, delay), daemon=True
            ).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, late: bool) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(65536):
                if late:
                    time.sleep(self.delay)
                sink.sendall(chunk)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


def _connected(target: tuple[str, int] | str) -> socket.socket:
    if isinstance(target, tuple):
        return socket.create_connection(target)
    server = socket.socket(socket.AF_UNIX)
    server.connect(target)
    return server


@contextmanager
def gate(target: tuple[str, int] | str | None = None) -> Iterator[Gate]:
    """A silent gate, until the block ends."""
    made = Gate(target)
    try:
        yield made
    finally:
        made.close()
