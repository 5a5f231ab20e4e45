"""Starting programs so that they never outlive us, and stopping when asked to."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue

PR_SET_PDEATHSIG = 1
# Loaded before any fork, where loading libraries is not safe.
LIBC = ctypes.CDLL(None)


def die_with_parent() -> Callable[[], None]:
    """For `preexec_fn`: the new child gets SIGTERM when this process dies.

    Linux only; elsewhere nothing happens. Start such children from the main thread:
    the kernel watches the thread that started the child, not the process.
    """
    parent = os.getpid()

    def ask_kernel() -> None:
        if sys.platform == "linux":
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os.kill(os.getpid(), signal.SIGTERM)

    return ask_kernel


class Bell:
    """What a signal's handler rings while the thread that it interrupts waits for it.

    `threading.Event` is none: a handler's `set` wants the lock that an interrupted
    `wait` of the same thread may hold, and both then wait for ever. Putting something
    into a SimpleQueue may come in between at any moment.
    """

    def __init__(self) -> None:
        self._rings: SimpleQueue[None] = SimpleQueue()
        self._has_rung = False

    def ring(self) -> None:
        self._has_rung = True
        self._rings.put(None)

    def has_rung(self) -> bool:
        return self._has_rung

    def wait(self, seconds: float) -> bool:
        """Until it rings for the first time, or the seconds are over; returns whether
        it has rung."""
        if not self._has_rung:
            self.sleep(seconds)
        return self._has_rung

    def sleep(self, seconds: float) -> None:
        """Until the next ring that nobody has slept for yet, at most these seconds."""
        with suppress(Empty):
            self._rings.get(timeout=seconds)
