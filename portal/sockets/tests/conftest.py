"""A way to listen to the sockets."""

import json
from contextlib import contextmanager

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

ORIGIN = "http://clinic.test"


class Listener:
    """One open socket."""

    def __init__(self, socket):
        self.socket = socket

    def hears(self, within=2.0):
        """The next version, None where nothing came in time."""
        try:
            return json.loads(self.socket.recv(timeout=within))["version"]
        except TimeoutError:
            return None

    def end(self, within=3.0):
        """The code with which it is ended, None where it is not in time."""
        try:
            while True:
                self.socket.recv(timeout=within)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None
        except TimeoutError:
            return None


@pytest.fixture
def listen(sockets, settings):
    """`listen("queue/", client)`: an open socket."""
    settings.SITE_URL = ORIGIN

    @contextmanager
    def opened(path, client=None, *, origin=ORIGIN):
        headers = {}
        if client is not None:
            cookies = "; ".join(f"{k}={m.value}" for k, m in client.cookies.items())
            headers["Cookie"] = cookies
        address = f"ws://127.0.0.1:{sockets}/live/{path}"
        with connect(
            address, origin=origin, additional_headers=headers, open_timeout=10
        ) as socket:
            yield Listener(socket)

    return opened


@pytest.fixture
def refused(listen):
    """The status with which a handshake is refused; 0 where it is not."""

    def ask(path, client=None, **more):
        try:
            with listen(path, client, **more):
                return 0
        except InvalidStatus as error:
            return error.response.status_code

    return ask
