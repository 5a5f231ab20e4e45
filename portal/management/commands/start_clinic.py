"""`manage.py start_clinic`: what a real clinic needs before its first day."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.first_start import CannotStart, Wanted, start_clinic

# Option, question, and what stands there where nothing is typed.
_ASKED = [
    ("name", "What is the clinic called?", ""),
    ("time_zone", "Its time zone", "Europe/London"),
    ("currency", "Its currency", "GBP"),
    ("admin_email", "E-mail address of the first administrator", ""),
    ("location", "What is the first location called?", ""),
    ("address", "Its street and number", ""),
    ("city", "Its city", ""),
]


class Command(BaseCommand):
    help = (
        "Lay down the pages, menus and settings of a new clinic and invite its first "
        "administrator. What is there already is left alone."
    )
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", help="what the clinic is called")
        parser.add_argument("--time-zone", help="IANA name, such as Europe/London")
        parser.add_argument("--currency", help="ISO 4217 code, such as GBP")
        parser.add_argument("--admin-email", help="who lets the others in")

        parser.add_argument("--location", help="name of the first location")
        parser.add_argument("--address", help="its street and number")
        parser.add_argument("--city", help="its city")

    def handle(self, *args: Any, **options: Any) -> None:
        given = {
            name: options[name] or self._ask(name, question, usual)
            for name, question, usual in _ASKED
        }
        try:
            made = start_clinic(Wanted(**given))
        except CannotStart as refusal:
            raise CommandError(str(refusal)) from refusal
        if not made:
            self.stdout.write("Everything is there already. Nothing was changed.")
        for line in made:
            self.stdout.write(f"  made {line}")

    def _ask(self, name: str, question: str, usual: str) -> str:
        """The answer from the keyboard, or what is usual where nobody sits at one."""
        option = f"--{name.replace('_', '-')}"
        if not sys.stdin.isatty():
            if usual:
                return usual
            raise CommandError(f"Give {option}, as there is nobody to ask.")
        said = input(f"{question}{f' [{usual}]' if usual else ''}: ").strip()
        return said or usual
