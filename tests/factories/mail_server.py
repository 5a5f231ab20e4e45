"""A real SMTP server on this machine that keeps what it accepts."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Event
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class MailServer:
    """`mails` in order of arrival, `conversations` the clients' ends, `answers` what
    RCPT says to an address.

    With `stall_before` it stops before accepting mail number n (from 0), with
    `stall_after` once it has accepted it but before saying so; `stalled` tells. It
    thinks for `pause` seconds before it takes a mail, and again before it says so.
    """

    host: str = "127.0.0.1"
    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    conversations: set[Any] = field(default_factory=set)
    answers: dict[str, str] = field(default_factory=dict)
    stall_before: int = -1
    stall_after: int = -1
    pause: float = 0.0
    stalled: Event = field(default_factory=Event)

    async def handle_RCPT(  # noqa: N802 aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        self.conversations.add(session.peer)
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802 aiosmtpd's name
        self, server: Any, session: Any, envelope: Any
    ) -> str:
        number = len(self.mails)
        if number == self.stall_before:
            await self._stall()
        await asyncio.sleep(self.pause)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append(mail)
        await asyncio.sleep(self.pause)
        if number == self.stall_after:
            await self._stall()
        return "250 Accepted"

    async def _stall(self) -> None:
        """Ends only when the client hangs up, which cancels this conversation."""
        self.stalled.set()
        await asyncio.sleep(60)

    def message_ids(self) -> list[str]:
        return [mail["Message-ID"] for mail in self.mails]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def mail_server(starttls: ssl.SSLContext | None = None) -> Iterator[MailServer]:
    """Run one in a thread until the block ends; with a context for `starttls` it takes
    nothing before the conversation is encrypted."""
    server = MailServer(port=free_port())
    controller = Controller(
        server,
        hostname=server.host,
        port=server.port,
        tls_context=starttls,
        require_starttls=starttls is not None,
    )
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
