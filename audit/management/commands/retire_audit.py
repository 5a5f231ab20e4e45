"""Take months out of the access log that are kept no longer."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit.seals.services import TooYoung, months_to_retire, retire_month


class Command(BaseCommand):
    help = (
        "Say which months of the access log are older than AUDIT_KEEP_YEARS. With "
        "--yes take them out for good: entries go, their seals stay. Run it as the "
        "owner of the tables, after a backup."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="do it")

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        try:
            months = months_to_retire(at=at)
        except TooYoung as refusal:
            raise CommandError(str(refusal)) from refusal
        if not months:
            self.stdout.write("No month is old enough.")
        for name, count in months:
            if options["yes"]:
                retire_month(name=name, at=at)
            word = "retired" if options["yes"] else "would go"
            self.stdout.write(f"{name}: {count} entries, {word}")
