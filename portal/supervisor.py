"""Runs several programs side by side for `make run`, and stops them cleanly."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from portal.processes import Bell, die_with_parent

# A program that ended this often within a minute will not get better by itself.
TRIES = 4
WINDOW_SECONDS = 60
STOP_SECONDS = 10
LOOK_SECONDS = 0.5
LOG_BYTES = 5_000_000
DETAILS = (" ", "\t", "Traceback", "The above exception", "During handling")


@dataclass
class Program:
    """One program to keep running. Its output goes to the terminal and to `log`."""

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[str] | None = None
    ends: list[float] = field(default_factory=list)

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".old.log"))
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # Ctrl-C in the terminal reaches the supervisor alone.
            start_new_session=True,
            preexec_fn=die_with_parent(),
        )
        threading.Thread(target=self._relay, daemon=True).start()

    def _relay(self) -> None:
        assert self.process is not None  # noqa: S101
        assert self.process.stdout is not None  # noqa: S101
        with self.log.open("a") as log:
            for line in self.process.stdout:
                log.write(line)
                log.flush()
                if not is_detail(line):
                    say(f"{self.name:<8} │ {line.rstrip()}")

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def signal_all(self, number: int) -> None:
        """Send a signal to the program: SIGKILL to all that it started as well."""
        if self.process is None:
            return
        try:
            if number == signal.SIGKILL:
                os.killpg(self.process.pid, number)
            elif self.process.poll() is None:
                self.process.send_signal(number)
        except ProcessLookupError:
            pass


class Stopping:
    """Whether SIGINT, SIGTERM or SIGHUP asked us to stop. None of them is lost.

    `interrupting` raises KeyboardInterrupt wherever the main thread is, as Ctrl-C does.
    Some of what it may be in swallows that: a finaliser, a callback from C. So it is
    raised again each second until somebody has caught it, which `noting` says. `noting`
    only sets `asked`, for what looks there itself, or must not be cut short.
    """

    AGAIN_SECONDS = 1.0

    def __init__(self) -> None:
        self.asked = Bell()

    def interrupting(self) -> None:
        """From now on a signal interrupts; so does one that came before."""
        self._handle(self._interrupt)
        if self.asked.has_rung():
            self._interrupt(0, None)

    def noting(self) -> None:
        """From now on a signal is only noted."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        self._handle(self._note)

    def _handle(self, handler: Callable[[int, FrameType | None], None]) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.asked.ring()

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self.asked.ring()
        signal.setitimer(signal.ITIMER_REAL, self.AGAIN_SECONDS)
        raise KeyboardInterrupt


class Supervisor:
    """Keeps programs running until `asked_to_stop`, or until one cannot be kept.

    `check` is called every half second and may repair what the programs stand on.
    """

    def __init__(
        self,
        programs: list[Program],
        check: Callable[[], None],
        asked_to_stop: Bell,
    ) -> None:
        self.programs = programs
        self.check = check
        self.asked_to_stop = asked_to_stop

    def start(self) -> None:
        for program in self.programs:
            program.start()

    def run(self) -> bool:
        """Watch until asked to stop: True. False when a program keeps ending."""
        while not self.asked_to_stop.wait(LOOK_SECONDS):
            self.check()
            for program in self.programs:
                if program.has_ended() and not self._restart(program):
                    return False
        return True

    def _restart(self, program: Program) -> bool:
        assert program.process is not None  # noqa: S101
        how = describe_end(program.process.returncode)
        program.signal_all(signal.SIGKILL)
        now = time.monotonic()
        recent = [end for end in program.ends if now - end < WINDOW_SECONDS]
        program.ends = [*recent, now]
        if len(program.ends) >= TRIES:
            say(f"\n{program.name} {how}, {TRIES} times within a minute. Its last")
            say(f"words are above and in {program.log}.")
            return False
        say(f"{program.name:<8} │ {how}; starting it again.")
        # Something that fails at once fails more slowly this way.
        self.asked_to_stop.wait(len(program.ends) - 0.5)
        if not self.asked_to_stop.has_rung():
            program.start()
        return True

    def stop(self) -> None:
        """End all programs: politely, then firmly, then with no choice left."""
        for number, patience in (
            (signal.SIGTERM, STOP_SECONDS),
            (signal.SIGTERM, 2),
            (signal.SIGKILL, 2),
        ):
            for program in self.programs:
                program.signal_all(number)
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline:
                if all(p.process is None or p.has_ended() for p in self.programs):
                    return
                time.sleep(0.05)


def is_detail(line: str) -> bool:
    """Whether a line only explains the one before it: the terminal does without.

    Tracebacks are long and hide what else happened; the log files have them whole.
    """
    return not line.strip() or line.startswith(DETAILS)


def describe_end(code: int) -> str:
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with code {code}"


def say(text: str) -> None:
    """One line to the terminal; a terminal that went away is no reason to stop."""
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except OSError:
        pass
