"""Asynchronous code in tests whose thread may have a loop already: Playwright's, once a
browser was opened in this process."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import async_to_sync
from django.db import connection, connections


def in_own_thread(act: Callable[..., Any], *args: Any) -> Any:
    """What the asynchronous `act` returns, run in a thread without a loop, on this
    thread's connection and in its transaction."""
    shared = connections["default"]

    def run() -> Any:
        connections["default"] = shared
        return async_to_sync(act)(*args)

    connection.inc_thread_sharing()
    try:
        with ThreadPoolExecutor(max_workers=1) as pool:
            return pool.submit(run).result()
    finally:
        connection.dec_thread_sharing()
