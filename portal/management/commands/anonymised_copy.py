"""`manage.py anonymised_copy FOLDER`: visits for analysis, without anybody in them."""

import csv
import os
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.errors import Refused
from foundation.spreadsheets import safe_row
from portal.anonymised.queries import COLUMNS, Table
from portal.anonymised.services import SMALLEST_K, coarsened, copy_visits


class Command(BaseCommand):
    help = (
        "Write visits.csv and report.txt to FOLDER: visits of those who agree to "
        "research, as bands and months, each row shared by k people at least. Give "
        "away one copy of a time only: two that overlap can tell people apart."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--since", type=_month, required=True, help="YYYY-MM")
        parser.add_argument(
            "--until", type=_month, required=True, help="YYYY-MM, not included"
        )
        parser.add_argument("--k", type=int, default=SMALLEST_K)

    def handle(self, *args: Any, **options: Any) -> None:
        since, until = options["since"], options["until"]
        if until <= since:
            raise CommandError("--until is not after --since.")
        try:
            table = copy_visits(since=since, until=until, k=options["k"])
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        folder: Path = options["folder"]
        folder.mkdir(parents=True, exist_ok=True)
        with _fresh(folder / "visits.csv") as out:
            sheet = csv.writer(out)
            sheet.writerow([column.name for column in COLUMNS])
            sheet.writerows(safe_row(row) for row in table.rows)
        report = _report(table, since, until)
        with _fresh(folder / "report.txt") as out:
            out.write(report)
        self.stdout.write(report)


def _month(text: str) -> date:
    """The first day of YYYY-MM. Raises ValueError for anything else."""
    return date.fromisoformat(f"{text}-01")


def _fresh(path: Path) -> Any:
    """The file, made anew, for its owner alone."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    return os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8", newline="")


def _report(table: Table, since: date, until: date) -> str:
    coarser = "; ".join(coarsened(table)) or "none"
    return (
        f"Visits from {since:%Y-%m} to before {until:%Y-%m}\n"
        f"Rows: {len(table.rows)}, of {table.people} people\n"
        f"Left out, in groups that are too small: {table.lost}\n"
        f"The smallest group has {table.k} people (checked)\n"
        f"Columns made coarser: {coarser}\n"
    )
