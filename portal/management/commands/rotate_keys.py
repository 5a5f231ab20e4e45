"""`manage.py rotate_keys`: everything sealed to the active key."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.encryption.keyring import Unopened, keyring
from foundation.encryption.rotation import Progress, RunsAlready, rotate, stale

# A save that read with the old keys may come between; more passes find it.
PASSES = 5


class Command(BaseCommand):
    help = (
        "Seal every clinical field and wrap every file's key with the active key (the "
        "first of ENCRYPTION_KEYS). Runs beside live traffic; when it was cut off, run "
        "it again. With --check: only say whether anything still needs an old key."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"]:
            self.check_keys()
            return
        for _ in range(PASSES):
            try:
                for progress in rotate():
                    self.show(progress)
            except (RunsAlready, Unopened) as error:
                raise CommandError(str(error)) from error
            if not stale():
                self.stdout.write(self.verdict())
                return
        self.check_keys()

    def check_keys(self) -> None:
        """Raises CommandError, naming the places, while old keys are needed."""
        left = stale()
        if left:
            places = ", ".join(f"{one.place} ({one.count})" for one in left)
            raise CommandError(f"Old keys are still needed: {places}.")
        self.stdout.write(self.verdict())

    def verdict(self) -> str:
        active, *old = keyring().ids
        if not old:
            return f"Everything is sealed with the key {active}, the only one."
        return (
            f"Everything is sealed with the key {active}. "
            f"No longer needed: {', '.join(old)}."
        )

    def show(self, progress: Progress) -> None:
        """One line a place, written over as it grows where somebody watches."""
        ends = (
            "\n" if progress.done == progress.total or not sys.stdout.isatty() else ""
        )
        self.stdout.write(
            f"\r{progress.place}: {progress.done} of {progress.total}", ending=ends
        )
        self.stdout.flush()
