"""Whether anybody warns of a part that we ship: `make advisories`.

Asks a database that speaks OSV's protocol (osv.dev knows PyPI and npm), by name and
version and nothing else. ADVISORIES_URL names another one. Says plainly when nothing
was checked: no answer is not a good answer. Of a critical warning it says by when the
fix has to be in.
"""

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from delivery.parts import Part, locked

URL = "https://api.osv.dev"
ECOSYSTEMS = {"pypi": "PyPI", "npm": "npm"}
SECONDS = 20
# How many are asked about at once. Source: OSV, "POST /v1/querybatch".
BATCH = 500
CLEAN, FOUND, NOT_CHECKED = 0, 1, 2
# How long a critical warning may be out before its fix is in.
IN_TIME = timedelta(hours=72)


class NoData(Exception):
    """Nobody answered, or not in a way that says something; the words say what."""


@dataclass(frozen=True)
class Notice:
    """One warning: how bad its authors call it, "" where they do not say, and since
    when it is out."""

    id: str
    severity: str
    published: datetime

    def words(self, *, now: datetime) -> str:
        """The warning for a line of the report. One that nobody has rated may be
        critical, and is treated as if it were."""
        told = f"{self.id} {self.severity.lower() or 'not rated'}"
        if self.severity not in {"", "CRITICAL"}:
            return told
        due = self.published + IN_TIME
        late = ", OVERDUE" if due < now else ""
        return f"{told}, fix due by {due:%Y-%m-%d %H:%M} UTC{late}"


def notice(name: str, *, url: str) -> Notice:
    """What the database knows of a warning. Raises NoData. Source of the fields: OSV,
    "GET /v1/vulns/{id}"; GitHub's database rates in `database_specific`."""
    told = _ask_for(f"{url.rstrip('/')}/v1/vulns/{quote(name, safe='')}")
    rated = told.get("database_specific") or {}
    try:
        published = datetime.fromisoformat(str(told["published"]))
    except (KeyError, ValueError) as error:
        raise NoData(f"{name} does not say since when it is out") from error
    if published.tzinfo is None:
        published = published.replace(tzinfo=UTC)
    return Notice(name, str(rated.get("severity") or "").upper(), published)


def warnings_for(parts: list[Part], *, url: str) -> dict[str, list[str]]:
    """The ids of warnings by the part's address; only of parts that have any.

    Raises NoData unless every part was answered for.
    """
    found = {}
    for begin in range(0, len(parts), BATCH):
        batch = parts[begin : begin + BATCH]
        for part, ids in zip(batch, _ask(batch, url), strict=True):
            if ids:
                found[part.purl] = ids
    return found


def _ask(parts: list[Part], url: str) -> Iterator[list[str]]:
    queries = [
        {
            "package": {"name": part.name, "ecosystem": ECOSYSTEMS[part.kind]},
            "version": part.version,
        }
        for part in parts
    ]
    results = _ask_for(f"{url.rstrip('/')}/v1/querybatch", {"queries": queries})
    answers = results.get("results")
    if not isinstance(answers, list) or len(answers) != len(parts):
        raise NoData("the answer does not fit the question")
    for answer in answers:
        if answer.get("next_page_token"):
            raise NoData("the answer goes on, on pages that were not read")
        yield sorted(str(one["id"]) for one in answer.get("vulns") or [])


def _ask_for(address: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    if urlsplit(address).scheme not in {"http", "https"}:
        raise NoData("ADVISORIES_URL is no address of a server")
    sent = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(  # noqa: S310 looked at just now
        address, sent, {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(asked, timeout=SECONDS) as answer:  # noqa: S310  # nosec B310
            told = json.load(answer)
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise NoData(f"no answer from {urlsplit(address).netloc}") from error
    if not isinstance(told, dict):
        raise NoData("the answer does not fit the question")
    return told


def main() -> int:
    parts = locked()
    url = os.environ.get("ADVISORIES_URL") or URL
    try:
        found = warnings_for(parts, url=url)
        lines = [
            f"{purl}: {notice(name, url=url).words(now=datetime.now(UTC))}\n"
            for purl, names in sorted(found.items())
            for name in names
        ]
    except NoData as why:
        sys.stdout.write(f"Not checked: no data ({why}).\n")
        return NOT_CHECKED
    sys.stdout.writelines(lines)
    sys.stdout.write(f"{len(parts)} parts checked, {len(found)} with warnings.\n")
    return FOUND if found else CLEAN


if __name__ == "__main__":
    sys.exit(main())
