"""What lies outside and does not answer, and how nobody waits for it twice.

Whoever looks at a page waits for a silent service once. After that this process does
not ask it again for PAUSE_SECONDS, and whoever comes meanwhile is told at once. One
that says no at once holds up nobody, and is asked again by the next.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

PAUSE_SECONDS = 15.0
# From so long on a failure was a silence.
SILENCE_SECONDS = 1.0

_silent_until: dict[str, float] = {}


class Away(Exception):
    """The service outside with this `name` does not answer. What caused it, if it was
    asked at all, is the cause of this exception."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} does not answer")
        self.name = name


@contextmanager
def asking(name: str, *, silence: tuple[type[Exception], ...]) -> Iterator[None]:
    """Ask the service `name`, unless it was silent just now.

    Raises Away for that, and for every exception in `silence`; others pass.
    """
    if time.monotonic() < _silent_until.get(name, 0.0):
        raise Away(name)
    begun = time.monotonic()
    try:
        yield
    except silence as error:
        ended = time.monotonic()
        if ended - begun > SILENCE_SECONDS:
            _silent_until[name] = ended + PAUSE_SECONDS
        raise Away(name) from error
    _silent_until.pop(name, None)


def ask_again() -> None:
    """Forget who was silent. For tests, which wait for nobody."""
    _silent_until.clear()
