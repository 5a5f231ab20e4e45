"""The archive, made while it is written: nothing of it lies anywhere unsealed."""

import csv
import io
import json
import logging
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from django.core.files.base import File
from django.template.loader import render_to_string

from foundation.encryption.keyring import Unopened
from foundation.spreadsheets import safe_row
from portal.exports.queries.fhir import bundle
from portal.exports.queries.rows import Person, files, kinds, plain
from portal.exports.queries.zipping import PIECE, Sink, entries_of, go_on
from portal.holdings.queries import HOLDINGS, Holding

log = logging.getLogger(__name__)

# People open these in a spreadsheet.
SHEETS = frozenset(
    {"appointments", "medicines", "payments", "refunds", "messages", "access_log"}
)
# So many of a kind stand on the page; all of them stand in its files.
MOST_ON_PAGE = 300
# A table that is longer goes on in another file, which another job may write: so many
# rows take seconds, where a job has a minute.
MOST_IN_FILE = 10_000

Unit = tuple[str, Callable[[zipfile.ZipFile], Iterator[None]]]


@dataclass
class Progress:
    """How far an archive is: what the next go needs to know. Plain values, for JSON."""

    # Tables by label, and files by their names in the archive.
    written: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    # Tables that go on in another file, with the key of the last row that is written.
    begun: dict[str, Any] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    # What the page shows of each table.
    page: list[dict[str, Any]] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    size: int = 0
    is_finished: bool = False

    def to_json(self) -> str:
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> "Progress":
        return cls(**json.loads(text))


def _never() -> bool:
    return False


class Archive(File):
    """A ZIP that a storage reads from beginning to end, once, in constant memory.

    `on_step` is called after each table and each file, with how many are done. `labels`
    are the tables that go in; all that a person's copy has where it is not given. From
    when `is_over` says so no other member is begun: what came out until then is one
    part, and another archive goes on with `progress` as it is after it.
    """

    def __init__(
        self,
        person: Person,
        *,
        at: datetime,
        on_step: Callable[[int], None],
        labels: Sequence[str] | None = None,
        progress: Progress | None = None,
        is_over: Callable[[], bool] = _never,
    ) -> None:
        super().__init__(None, "archive.zip")
        self.person, self.at, self.on_step = person, at, on_step
        self.labels = list(kinds()) if labels is None else labels
        self.progress = progress or Progress()
        self.is_over = is_over

    @property
    def counts(self) -> dict[str, int]:
        """Rows by kind, and files."""
        return self.progress.counts

    @property
    def missing(self) -> list[str]:
        """Files that can't be opened."""
        return self.progress.missing

    @property
    def total(self) -> int:
        """How many tables and files there are to write."""
        return len(self.labels) + sum(1 for _ in files(self.person))

    def open(self, mode: str | None = None, *args: Any, **kwargs: Any) -> "Archive":
        """Storages open what they are given; this one makes itself as it is read."""
        return self

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        sink = Sink(self.progress.size)
        zipped = go_on(sink, self.progress.entries)
        for _ in self._write(zipped):
            yield from sink.take()
        if self.progress.is_finished:
            zipped.close()
        else:
            self.progress.entries = entries_of(zipped)
        yield from sink.take(least=1)
        self.progress.size = sink.tell()

    def _write(self, zipped: zipfile.ZipFile) -> Iterator[None]:
        """Writes member after member; gives way after each piece. Each go writes one at
        least, however little time it has."""
        written = self.progress.written
        is_first = True
        for name, write in self._units():
            while name not in written:
                if not is_first and self.is_over():
                    return
                is_first = False
                yield from write(zipped)
                if name not in self.progress.begun:
                    written.append(name)
                self.on_step(len(written))
        if not is_first and self.is_over():
            return
        self._write_end(zipped)
        self.progress.is_finished = True
        yield

    def _units(self) -> list[Unit]:
        """Every table and stored file by name, with how its next member is written."""
        tables: list[Unit] = [
            (label, partial(self._write_kind, label)) for label in self.labels
        ]
        return tables + [
            (name, partial(self._copy, name, stored))
            for name, stored in files(self.person)
        ]

    def _write_end(self, zipped: zipfile.ZipFile) -> None:
        fhir = bundle(self.person, at=self.at)
        zipped.writestr("fhir/bundle.json", json.dumps(fhir, indent=1))
        zipped.writestr("manifest.json", json.dumps(self.manifest(), indent=1))
        said = {"parts": self.progress.page, "person": self.person, "at": self.at}
        for name in ("index.html", "style.css"):
            zipped.writestr(name, render_to_string(f"portal/exports/{name}", said))

    def _write_kind(self, label: str, zipped: zipfile.ZipFile) -> Iterator[None]:
        """The next rows of a table as JSON, and as a sheet where people would open one.
        Two readings of the rows, because an archive takes one member at a time."""
        holding, rows = HOLDINGS[label], partial(self.person.rows, label)
        after = self.progress.begun.pop(label, None)
        before = 0 if after is None else self.counts[holding.kind]
        number = before // MOST_IN_FILE + 1
        name = holding.kind if number == 1 else f"{holding.kind}-{number}"
        shown: list[dict[str, Any]] = []
        count, last = before, after
        with zipped.open(f"data/{name}.json", "w", force_zip64=True) as out:
            out.write(b"[")
            for row in islice(rows(after=after), MOST_IN_FILE):
                said = plain(row, holding, self.person)
                out.write(b",\n " if count > before else b"\n ")
                out.write(json.dumps(said, ensure_ascii=False, default=str).encode())
                count, last = count + 1, row.pk
                if count <= MOST_ON_PAGE:
                    shown.append(said)
                yield
            out.write(b"\n]\n")
        if count > before and holding.kind in SHEETS:
            with zipped.open(f"sheets/{name}.csv", "w") as out:
                # The mark tells spreadsheets that it is UTF-8.
                out.write("\ufeff".encode() + _line(holding.columns))
                for row in rows(after=after, until=last):
                    said = plain(row, holding, self.person)
                    out.write(_line([said.get(name) for name in holding.columns]))
                    yield
        self.counts[holding.kind] = count
        self._show(holding, shown)
        if count == before + MOST_IN_FILE and any(rows(after=last)):
            self.progress.begun[label] = last

    def _show(self, holding: Holding, shown: list[dict[str, Any]]) -> None:
        """Put these rows on the page, and how many there are by now."""
        page, count = self.progress.page, self.counts[holding.kind]
        if not page or page[-1]["kind"] != holding.kind:
            page.append({"kind": holding.kind, "title": holding.title, "rows": []})
        part = page[-1]
        part["rows"] += [_labelled(row) for row in shown]
        part["count"], part["more"] = count, count - len(part["rows"])
        part["sheet"] = holding.kind in SHEETS
        part["goes_on"] = count > MOST_IN_FILE

    def _copy(self, name: str, stored: Any, zipped: zipfile.ZipFile) -> Iterator[None]:
        try:
            opened = stored.open("rb")
        except (FileNotFoundError, Unopened):
            # The rest is theirs all the same; the archive says what is missing.
            log.exception("A stored file can't be opened; the copy lacks it.")
            self.missing.append(name)
            return
        info = zipfile.ZipInfo(name, self.at.timetuple()[:6])
        # Pictures and PDFs are small already.
        info.compress_type = zipfile.ZIP_STORED
        with (
            opened as source,
            zipped.open(info, "w", force_zip64=True) as out,
        ):
            for piece in source.chunks(PIECE):
                out.write(piece)
                yield
        self.counts["files"] = self.counts.get("files", 0) + 1

    def manifest(self) -> dict[str, Any]:
        """What is in the archive, and what is not and why."""
        return {
            "made_at": self.at.isoformat(),
            "times": "UTC, ISO 8601",
            "counts": self.counts,
            "files_that_we_could_not_open": self.missing,
            "not_included": {
                label: one.note for label, one in HOLDINGS.items() if not one.kind
            },
        }


def _labelled(row: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """(column, its name for people, value) of what a row says."""
    return [(name, name.replace("_", " ").capitalize(), row[name]) for name in row]


def _line(cells: list[Any]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(safe_row(cells))
    return out.getvalue().encode()
