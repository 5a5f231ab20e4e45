"""`manage.py backup`: everything the clinic has, in one sealed file."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from foundation.formats import file_size
from portal.backups import BackupRefused
from portal.backups.making import make_backup


class Command(BaseCommand):
    help = (
        "Write the database, patients' files and editors' files into one file, sealed "
        "with BACKUP_KEY. Runs beside visitors. Run it as the database's owner. The "
        "keys of records are not in it: keep them apart."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--to", type=Path, metavar="FOLDER", help="instead of BACKUP_ROOT"
        )
        parser.add_argument(
            "--keep", type=int, metavar="N", help="take away all but the newest N"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError where there is no backup afterwards."""
        folder = options["to"] or settings.BACKUP_ROOT
        try:
            made = make_backup(folder=folder, keep=options["keep"], at=timezone.now())
        except (BackupRefused, ImproperlyConfigured) as refusal:
            raise CommandError(str(refusal)) from refusal
        except OSError as error:
            raise CommandError(f"No backup was made: {error}") from error
        self.stdout.write(f"{made.path} ({file_size(made.path.stat().st_size)})")
        for name, section in made.manifest["sections"].items():
            size = file_size(section["bytes"])
            self.stdout.write(f"  {name}: {section['members']} parts, {size}")
        keys = ", ".join(made.manifest["keys"])
        self.stdout.write(f"  To read records it takes ENCRYPTION_KEYS: {keys}")
        for old in made.removed:
            self.stdout.write(f"  Taken away: {old.name}")
