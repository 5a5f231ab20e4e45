"""One socket: let in, told of changes, ended."""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError

from foundation.doors import Door
from portal.sockets.passes import (
    Pass,
    is_from_here,
    may_enter,
    request_of,
    still_good,
)

logger = logging.getLogger(__name__)

# How often it is asked whether what let a socket in still holds.
SECONDS = 0.5
# Closing codes: over for good (the page must not come back with this pass), and full.
OVER, CROWDED = 4401, 4429
# How many sockets one session, display or link may have in one process, and all.
MOST_OF_ONE, MOST = 20, 2000


class Watch:
    """All sockets of this process, and what they hang on."""

    def __init__(self) -> None:
        self._held: dict[Socket, Pass] = {}
        self._task: asyncio.Task[None] | None = None

    def take(self, socket: "Socket", ticket: Pass) -> bool:
        """Watch over a socket; False where there are too many already."""
        of_one = sum(one == ticket for one in self._held.values())
        if len(self._held) >= MOST or of_one >= MOST_OF_ONE:
            return False
        self._held[socket] = ticket
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look())
        return True

    def drop(self, socket: "Socket") -> None:
        self._held.pop(socket, None)

    async def _look(self) -> None:
        """Until nobody is left: end what has lost its ground. When the database is away
        nobody knows, and nothing is told, so everybody stays."""
        while self._held:
            await asyncio.sleep(SECONDS)
            # Whoever comes while it is asked was let in just now.
            held = list(self._held.items())
            passes = {ticket for _, ticket in held}
            try:
                good = await database_sync_to_async(still_good)(passes)
            except DatabaseError as error:
                logger.warning("Sockets not looked after (%s)", type(error).__name__)
                continue
            for socket, ticket in held:
                if ticket not in good:
                    self._held.pop(socket, None)
                    await socket.close(code=OVER)


watch = Watch()


class Socket(AsyncWebsocketConsumer):
    """Sends {"version": …} when something changed; hears nothing."""

    channel_layer_alias = "default"
    door: Door
    admit: Callable[..., Pass | None]
    ticket: Pass | None = None

    async def connect(self) -> None:
        """Refused at the handshake (403) where the page is not ours, the door does not
        open, or there is nothing for them to hear."""
        if not is_from_here(self.scope):
            await self.close()
            return
        kwargs = self.scope["url_route"]["kwargs"]
        ticket = await database_sync_to_async(self._ticket)(kwargs)
        if ticket is None:
            await self.close()
            return
        if not watch.take(self, ticket):
            await self.accept()
            await self.close(code=CROWDED)
            return
        self.ticket = ticket
        for topic in ticket.topics:
            await self.channel_layer.group_add(topic, self.channel_name)
        await self.accept()

    def _ticket(self, kwargs: dict[str, Any]) -> Pass | None:
        request = request_of(self.scope)
        if not may_enter(self.door, request):
            return None
        return type(self).admit(request, **kwargs)

    async def disconnect(self, code: int) -> None:
        watch.drop(self)
        for topic in self.ticket.topics if self.ticket else ():
            await self.channel_layer.group_discard(topic, self.channel_name)

    async def receive(self, text_data: Any = None, bytes_data: Any = None) -> None:
        """Nobody has anything to say here."""
        await self.close(code=1003)

    async def live_changed(self, event: dict[str, Any]) -> None:
        """Something changed: which page asks for what, the page knows."""
        await self.send(text_data=json.dumps({"version": event["version"]}))
