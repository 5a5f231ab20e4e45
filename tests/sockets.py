"""The program of the sockets on the test's database, in a thread of the test."""

import asyncio
import os
import threading
import time

import pytest
import uvicorn
from asgiref.sync import sync_to_async
from channels.layers import channel_layers
from django.db import connections
from django.utils.module_loading import import_string

from portal.sockets import consumers
from tests.servers import free_port

# Importing a program names this process after it, and whatever it starts: those that
# make the test database would come as the site's role.
os.environ.pop("PROGRAM", None)


async def _serve(server):
    await server.serve()
    # Or the test's database could not be taken away.
    await sync_to_async(connections.close_all)()


@pytest.fixture
def sockets(transactional_db, settings, monkeypatch):
    """Gives its port; pages know of it."""
    port = free_port()
    # The program says which it is when it is loaded. Tests are none: they migrate.
    monkeypatch.setenv("PROGRAM", "")
    application = import_string("portal.asgi.application")
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
    # Cookies are for a host, whatever the port: the live server is at localhost.
    settings.LIVE_URL = f"http://localhost:{port}"
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    connect = [*directives["connect-src"], f"ws://localhost:{port}"]
    settings.CONTENT_SECURITY_POLICY = {
        "DIRECTIVES": directives | {"connect-src": connect}
    }
    yield port
    server.should_exit = True
    thread.join(timeout=10)
