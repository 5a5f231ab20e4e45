import pytest

from foundation import outages
from foundation.outages import PAUSE_SECONDS, Away, ask_again, asking


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Seconds that pass when a test says so: clock.now += 5."""

    class Clock:
        now = 1000.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(outages, "time", clock)
    ask_again()
    yield clock
    ask_again()


def ask(clock, *, lasting, error=TimeoutError, name="bank"):
    """Ask a service that thinks for so long and then fails, if it fails."""
    with asking(name, silence=(TimeoutError,)):
        clock.now += lasting
        if error is not None:
            raise error


def test_who_was_silent_is_not_asked_again_for_a_while(clock):
    with pytest.raises(Away) as away:
        ask(clock, lasting=4)
    assert isinstance(away.value.__cause__, TimeoutError)
    clock.now += PAUSE_SECONDS - 1
    asked = clock.now
    with pytest.raises(Away, match="bank does not answer") as away:
        ask(clock, lasting=4)
    assert clock.now == asked
    assert away.value.__cause__ is None
    # Another one is asked meanwhile, and this one after its pause.
    ask(clock, lasting=0.1, error=None, name="post")
    clock.now += 2
    ask(clock, lasting=0.1, error=None)
    ask(clock, lasting=0.1, error=None)


def test_who_says_no_at_once_is_asked_by_the_next(clock):
    for _ in range(3):
        with pytest.raises(Away) as away:
            ask(clock, lasting=0.2)
        assert away.value.__cause__ is not None


def test_what_is_no_silence_passes_and_pauses_nobody(clock):
    for _ in range(2):
        with pytest.raises(KeyError):
            ask(clock, lasting=4, error=KeyError)
