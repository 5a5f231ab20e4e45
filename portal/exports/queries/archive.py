"""The archive, made while it is written: nothing of it lies anywhere unsealed."""

import csv
import io
import json
import logging
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.core.files.base import File
from django.template.loader import render_to_string

from foundation.encryption.keyring import Unopened
from foundation.spreadsheets import safe_row
from portal.exports.queries.fhir import bundle
from portal.exports.queries.rows import Person, files, kinds, plain
from portal.holdings.queries import HOLDINGS

log = logging.getLogger(__name__)

PIECE = 256 * 1024
# People open these in a spreadsheet.
SHEETS = frozenset(
    {"appointments", "medicines", "payments", "refunds", "messages", "access_log"}
)
# So many of a kind stand on the page; all of them stand in its file.
MOST_ON_PAGE = 300


class _Sink(io.RawIOBase):
    """Takes what the archive writes, until somebody fetches it."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held += data
        return len(data)

    def take(self, least: int = PIECE) -> Iterator[bytes]:
        if len(self._held) >= least:
            held, self._held = bytes(self._held), bytearray()
            yield held


class Archive(File):
    """A ZIP that a storage reads from beginning to end, once, in constant memory.

    `on_step` is called after each kind of data, with how many are done. `labels` are
    the tables that go in; all that a person's copy has where it is not given.
    """

    def __init__(
        self,
        person: Person,
        *,
        at: datetime,
        on_step: Callable[[int], None],
        labels: Sequence[str] | None = None,
    ) -> None:
        super().__init__(None, "archive.zip")
        self.person, self.at, self.on_step = person, at, on_step
        self.labels = list(kinds()) if labels is None else labels
        self.counts: dict[str, int] = {}
        self.missing: list[str] = []

    def open(self, mode: str | None = None, *args: Any, **kwargs: Any) -> "Archive":
        """Storages open what they are given; this one makes itself as it is read."""
        return self

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        sink = _Sink()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as zipped:
            for _ in self._write(zipped):
                yield from sink.take()
        yield from sink.take(least=1)

    def _write(self, zipped: zipfile.ZipFile) -> Iterator[None]:
        """Writes member after member; gives way after each piece."""
        page: list[dict[str, Any]] = []
        for number, label in enumerate(self.labels, start=1):
            holding = HOLDINGS[label]
            shown: list[dict[str, Any]] = []
            yield from self._write_kind(zipped, label, shown)
            count = self.counts[holding.kind]
            page.append(
                {
                    "kind": holding.kind,
                    "title": holding.title,
                    "count": count,
                    "rows": [_labelled(row) for row in shown],
                    "more": count - len(shown),
                    "sheet": holding.kind in SHEETS,
                }
            )
            self.on_step(number)
        for name, stored in files(self.person):
            yield from self._copy(zipped, name, stored)
        fhir = bundle(self.person, at=self.at)
        zipped.writestr("fhir/bundle.json", json.dumps(fhir, indent=1))
        zipped.writestr("manifest.json", json.dumps(self.manifest(), indent=1))
        said = {"parts": page, "person": self.person, "at": self.at}
        for name in ("index.html", "style.css"):
            zipped.writestr(name, render_to_string(f"portal/exports/{name}", said))
        yield

    def _write_kind(
        self, zipped: zipfile.ZipFile, label: str, shown: list[dict[str, Any]]
    ) -> Iterator[None]:
        """One table as JSON, and as a sheet where people would open one. Two readings
        of the rows, because an archive takes one member at a time."""
        holding = HOLDINGS[label]
        count = 0
        with zipped.open(f"data/{holding.kind}.json", "w", force_zip64=True) as out:
            out.write(b"[")
            for row in self._plain(label):
                out.write(b",\n " if count else b"\n ")
                out.write(json.dumps(row, ensure_ascii=False, default=str).encode())
                count += 1
                if count <= MOST_ON_PAGE:
                    shown.append(row)
                yield
            out.write(b"\n]\n")
        self.counts[holding.kind] = count
        if count and holding.kind in SHEETS:
            with zipped.open(f"sheets/{holding.kind}.csv", "w") as out:
                # The mark tells spreadsheets that it is UTF-8.
                out.write("\ufeff".encode() + _line(holding.columns))
                for row in self._plain(label):
                    out.write(_line([row.get(name) for name in holding.columns]))
                    yield

    def _plain(self, label: str) -> Iterator[dict[str, Any]]:
        holding = HOLDINGS[label]
        for row in self.person.rows(label):
            yield plain(row, holding, self.person)

    def _copy(self, zipped: zipfile.ZipFile, name: str, stored: Any) -> Iterator[None]:
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
