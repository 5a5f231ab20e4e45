"""The program of the sockets, on the test database, and a way to listen."""

import asyncio
import json
import threading
import time
from contextlib import contextmanager

import pytest
import uvicorn
from asgiref.sync import sync_to_async
from channels.layers import channel_layers
from django.db import connections
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from portal.asgi import application
from portal.sockets import consumers
from tests.servers import free_port

ORIGIN = "http://clinic.test"


async def _serve(server):
    await server.serve()
    # Or the test's database could not be taken away.
    await sync_to_async(connections.close_all)()


@pytest.fixture
def sockets(transactional_db, settings):
    """Gives its port. In this process, so that it works on this test's database."""
    settings.SITE_URL = ORIGIN
    port = free_port()
    config = uvicorn.Config(
        application, port=port, lifespan="off", log_level="warning", ws_max_size=1024
    )
    server = uvicorn.Server(config)
    # Of another server's loop.
    channel_layers.backends.clear()
    consumers.watch = consumers.Watch()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(server)), daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    settings.LIVE_URL = f"http://127.0.0.1:{port}"
    yield port
    server.should_exit = True
    thread.join(timeout=10)


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
def listen(sockets):
    """`listen("queue/", client)`: an open socket."""

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
