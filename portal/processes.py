"""Starting programs so that they never outlive us."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

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
