"""`manage.py restore FILE`: a backup into an empty clinic."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.backups import BackupRefused
from portal.backups.archive import read_whole
from portal.backups.checking import check
from portal.backups.restoring import log_restored, restore_backup


class Command(BaseCommand):
    help = (
        "Restore a backup into an empty database and empty folders, then check it: "
        "rows, sums of money, the access log, sealed fields and documents. Ends with "
        "1 where anything is not as it was. Run it as the database's owner, with the "
        "programs stopped. With --check: only say whether the file is whole."
    )
    # There are no tables yet.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--check", action="store_true", help="restore nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError where it was not restored, or not as it was."""
        path: Path = options["file"]
        try:
            if options["check"]:
                self.tell(read_whole(path), "is whole")
                return
            manifest = restore_backup(path=path)
        except (BackupRefused, ImproperlyConfigured) as refusal:
            raise CommandError(str(refusal)) from refusal
        except OSError as error:
            raise CommandError(f"It can't be read or written: {error}") from error
        self.tell(manifest, "was restored")
        wrong = 0
        for found in check(manifest):
            self.stdout.write(f"  {'✓' if found.is_good else '✗'} {found.words}")
            wrong += not found.is_good
        log_restored(path=path, manifest=manifest)
        if wrong:
            raise CommandError(
                f"{wrong} of these are not as they were. Let nobody work with it."
            )
        self.stdout.write(
            "The clinic is as it was. Everybody signs in, and lets apps in, anew."
        )

    def tell(self, manifest: dict[str, Any], how: str) -> None:
        versions = manifest["versions"]
        self.stdout.write(
            f"The backup of {manifest['made_at']} (PostgreSQL "
            f"{versions['postgresql']}) {how}."
        )
