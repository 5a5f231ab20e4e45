"""`manage.py sweep_files`: clinical files that no row names go."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from portal.orphans.queries import orphans
from portal.orphans.services import TooManyOrphans, sweep_orphans


class Command(BaseCommand):
    help = (
        "Destroy clinical files, older than a day, that no row of the database names, "
        "as the nightly job does. With --dry-run only list them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="change nothing")
        parser.add_argument(
            "--even-many",
            action="store_true",
            help="also where there are so many that the database may be the wrong one",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if options["dry_run"]:
            names = list(orphans(at=now))
        else:
            try:
                names = sweep_orphans(at=now, even_many=options["even_many"])
            except TooManyOrphans as many:
                raise CommandError(str(many)) from many
        for name in names:
            self.stdout.write(name)
        word = "orphans" if options["dry_run"] else "gone"
        self.stdout.write(f"{len(names)} {word}")
