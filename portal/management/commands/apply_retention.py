"""`manage.py apply_retention`: what is kept no longer goes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from portal.retention.services import apply_retention


class Command(BaseCommand):
    help = (
        "Carry out docs/retention.md now, as the nightly job does. With --dry-run only "
        "say how much of each class is overdue; what is on legal hold is left out."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        is_dry = options["dry_run"]
        for outcome in apply_retention(at=timezone.now(), is_dry=is_dry):
            word = "overdue" if is_dry else "gone"
            by = f" (by {outcome.rule.by})" if outcome.rule.by else ""
            self.stdout.write(f"{outcome.rule.key}: {outcome.rows} {word}{by}")
