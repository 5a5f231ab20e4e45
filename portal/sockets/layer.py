"""The channel layer: groups of sockets, told by PostgreSQL's NOTIFY.

Nothing to install and nothing to keep: a signal is sent by `foundation.live.announce`
in the transaction that changes something, and each process that holds sockets listens
on one connection. What it says is small and about nobody; a signal that is lost while
the connection is away costs nothing, as everybody asks anew once it is back.
"""

import asyncio
import json
import logging
import uuid
from typing import Any

import psycopg
from channels.layers import BaseChannelLayer
from django.db import connections

from foundation.live import CHANNEL

logger = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
# Signals are nudges: of many that wait for one socket, the last ones do.
CAPACITY = 100
AGAIN = {"type": "live.changed", "version": "again"}


class NotifyLayer(BaseChannelLayer):
    """Groups within this process; signals from all of them.

    `group_send` takes what `announce` writes: a message of the type live.changed.
    Sending to one channel is for channels of this process.
    """

    extensions = ["groups"]

    def __init__(self, **options: Any) -> None:
        super().__init__(capacity=options.pop("capacity", CAPACITY), **options)
        self._queues: dict[str, asyncio.Queue[dict[str, Any]]] = {}
        self._groups: dict[str, set[str]] = {}
        self._listening: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    async def new_channel(self, prefix: str = "live") -> str:
        return f"{prefix}.{uuid.uuid4().hex}"

    async def receive(self, channel: str) -> dict[str, Any]:
        queue = self._queue(channel)
        try:
            return await queue.get()
        except asyncio.CancelledError:
            self._queues.pop(channel, None)
            raise

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        queue = self._queue(channel)
        if queue.full():
            queue.get_nowait()
        queue.put_nowait(dict(message))

    async def group_add(self, group: str, channel: str) -> None:
        """From here on the channel hears of the group: waits until this process
        listens."""
        self._queue(channel)
        self._groups.setdefault(group, set()).add(channel)
        if self._listening is None or self._listening.done():
            self._ready.clear()
            self._listening = asyncio.create_task(self._listen())
        await self._ready.wait()

    async def group_discard(self, group: str, channel: str) -> None:
        members = self._groups.get(group, set())
        members.discard(channel)
        if not members:
            self._groups.pop(group, None)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """Tell the group in every process."""
        payload = json.dumps({"group": group, "message": message})
        async with await self._connect() as connection:
            await connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])

    def _queue(self, channel: str) -> asyncio.Queue[dict[str, Any]]:
        if channel not in self._queues:
            self._queues[channel] = asyncio.Queue(self.capacity)
        return self._queues[channel]

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        parameters: dict[str, Any] = connections["default"].get_connection_params()
        for name in ("cursor_factory", "context", "pool"):
            parameters.pop(name, None)
        return await psycopg.AsyncConnection.connect(**parameters, autocommit=True)

    async def _listen(self) -> None:
        """Pass signals on, for as long as the process lives. When the database was away
        everybody is told to ask anew: what happened meanwhile was not heard."""
        pause, was_away = FIRST_PAUSE, False
        while True:
            try:
                async with await self._connect() as connection:
                    await connection.execute("LISTEN live")
                    self._ready.set()
                    pause = FIRST_PAUSE
                    if was_away:
                        await self._tell(list(self._groups), AGAIN)
                    async for signal in connection.notifies():
                        await self._pass_on(signal.payload)
            except psycopg.Error as error:
                logger.warning("Not listening (%s)", type(error).__name__)
            was_away = True
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _pass_on(self, payload: str) -> None:
        try:
            signal = json.loads(payload)
            group, message = signal["group"], signal["message"]
        except (ValueError, KeyError, TypeError):
            logger.warning("A signal that nobody of ours sent")
            return
        await self._tell([group], message)

    async def _tell(self, groups: list[str], message: dict[str, Any]) -> None:
        for group in groups:
            for channel in list(self._groups.get(group, ())):
                await self.send(channel, message)
