"""Whether anybody warns of a part that we ship: `make advisories`.

Asks a database that speaks OSV's protocol (osv.dev knows PyPI and npm), by name and
version and nothing else. ADVISORIES_URL names another one. Says plainly when nothing
was checked: no answer is not a good answer.
"""

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from delivery.parts import Part, locked

URL = "https://api.osv.dev"
ECOSYSTEMS = {"pypi": "PyPI", "npm": "npm"}
SECONDS = 20
# How many are asked about at once. Source: OSV, "POST /v1/querybatch".
BATCH = 500
CLEAN, FOUND, NOT_CHECKED = 0, 1, 2


class NoData(Exception):
    """Nobody answered, or not in a way that says something; the words say what."""


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
    results = _post(f"{url.rstrip('/')}/v1/querybatch", {"queries": queries})
    answers = results.get("results")
    if not isinstance(answers, list) or len(answers) != len(parts):
        raise NoData("the answer does not fit the question")
    for answer in answers:
        if answer.get("next_page_token"):
            raise NoData("the answer goes on, on pages that were not read")
        yield sorted(str(one["id"]) for one in answer.get("vulns") or [])


def _post(address: str, body: dict[str, Any]) -> dict[str, Any]:
    if urlsplit(address).scheme not in {"http", "https"}:
        raise NoData("ADVISORIES_URL is no address of a server")
    asked = urllib.request.Request(  # noqa: S310 looked at just now
        address, json.dumps(body).encode(), {"Content-Type": "application/json"}
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
    except NoData as why:
        sys.stdout.write(f"Not checked: no data ({why}).\n")
        return NOT_CHECKED
    for purl, ids in sorted(found.items()):
        sys.stdout.write(f"{purl}: {', '.join(ids)}\n")
    sys.stdout.write(f"{len(parts)} parts checked, {len(found)} with warnings.\n")
    return FOUND if found else CLEAN


if __name__ == "__main__":
    sys.exit(main())
