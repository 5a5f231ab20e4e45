"""Check the access log: every entry, every seal, every exported head."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit.seals.queries import newest_head, verify
from audit.seals.services import check_log


class Command(BaseCommand):
    help = "Check the access log. Ends with status 1 at the first sign of tampering."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--since-head",
            action="store_true",
            help="only what came after the newest exported head",
        )
        parser.add_argument(
            "--report",
            action="store_true",
            help="write the result into the log and tell administrators of a break",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["report"]:
            report = check_log(at=timezone.now())
        else:
            report = verify(since=newest_head() if options["since_head"] else None)
        self.stdout.write(f"{report.links} links, {report.entries} entries checked.")
        if report.is_whole:
            self.stdout.write("The log is whole.")
            return
        for found in report.breaks:
            self.stderr.write(str(found))
        raise CommandError(f"The log is broken. First: {report.breaks[0]}.")
