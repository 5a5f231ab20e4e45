"""ASGI entry: sockets, and nothing else. Pages are served by portal.wsgi."""

import os
from collections.abc import Awaitable, Callable
from typing import Any

from django.core.asgi import get_asgi_application

from portal.promises import PLAIN

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.production")
os.environ["PROGRAM"] = "site"

# Loads the apps; what it would serve is not served here.
get_asgi_application()

from portal.sockets.routing import sockets  # noqa: E402 needs the apps

HEADERS_OF_HTTP = [
    (name.lower().encode(), value.encode()) for name, value in PLAIN.items()
]
Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Sockets by their routes; 404 for an unknown one, and for every page but /healthz,
    which says that this program runs."""
    if scope["type"] == "websocket":
        try:
            await sockets(scope, receive, send)
        except ValueError:
            # No route: refused at the handshake, as everything that is not ours.
            await send({"type": "websocket.close"})
    elif scope["type"] == "http":
        is_up = scope["path"] == "/healthz"
        body = b"ok\n" if is_up else b"Not here.\n"
        await send(
            {
                "type": "http.response.start",
                "status": 200 if is_up else 404,
                "headers": HEADERS_OF_HTTP,
            }
        )
        await send({"type": "http.response.body", "body": body})
