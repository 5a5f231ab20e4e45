"""Whatever moment a signal comes at, whoever waits for it goes on."""

from portal.processes import Bell
from tests.servers import run_program

# Ten thousand waits with a signal in the middle of many of them.
RINGING = """
import signal
from portal.processes import Bell

bells = [Bell()]
signal.signal(signal.SIGALRM, lambda number, frame: bells[-1].ring())
signal.setitimer(signal.ITIMER_REAL, 0.0001, 0.0001)
rung = 0
for _ in range(10_000):
    bells.append(Bell())
    bells[-1].wait(0.0001)
    rung += bells[-1].has_rung()
    bells[-1].sleep(0.0001)
signal.setitimer(signal.ITIMER_REAL, 0)
print(rung > 100)
"""


def test_a_bell_may_ring_in_the_middle_of_waiting_for_it():
    done = run_program(RINGING, seconds=60)
    assert (done.returncode, done.stdout) == (0, "True\n")


def test_a_bell_that_has_rung_is_not_waited_for():
    bell = Bell()
    assert not bell.wait(0.001)
    bell.ring()
    assert bell.wait(1000)
    # Each ring ends one sleep.
    bell.sleep(1000)
    bell.sleep(0.001)
    assert bell.has_rung()
