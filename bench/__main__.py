"""`make bench`: measure, show a table, write bench/results.json.

python -m bench [SECTION …]   only these sections; the others keep no old figures

The data sets live in a database of their own beside the one of DATABASE_URL, made anew
by every run.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

HERE = Path(__file__).resolve().parent
# Modules with a `measure()` that yields figures, in the order of the table.
SECTIONS = (
    "times",
    "reminding",
    "waiting",
    "queue",
    "booking",
    "pages",
    "phone",
    "audit",
    "files",
)


def main(asked: list[str]) -> int:
    unknown = set(asked) - set(SECTIONS)
    if unknown:
        sys.stderr.write(f"Sections are {', '.join(SECTIONS)}.\n")
        return 2
    server = os.environ.get("DATABASE_URL", "")
    if not server:
        sys.stderr.write("DATABASE_URL is not set; `make bench` sets it.\n")
        return 2
    with own_database(server) as url:
        os.environ["DATABASE_URL"] = url
        os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
        rows = run(asked or list(SECTIONS))
    (HERE / "results.json").write_text(json.dumps(rows, indent=2) + "\n")
    return 0


@contextmanager
def own_database(server: str) -> Iterator[str]:
    """A fresh, empty database on the same server, named after the one that was given;
    dropped afterwards."""
    parts = urlsplit(server)
    name = f"{parts.path.strip('/') or 'medconsult'}_bench"
    own = sql.Identifier(name)
    drop = sql.SQL("drop database if exists {} with (force)").format(own)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(drop)
        connection.execute(sql.SQL("create database {}").format(own))
    try:
        yield urlunsplit(parts._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(drop)


def run(sections: list[str]) -> list[dict[str, object]]:
    """Measure section after section; the rows of results.json."""
    # Settings are read when Django is first imported: not before they are set.
    django = importlib.import_module("django")
    django.setup()
    figures = importlib.import_module("bench.figures")
    management = importlib.import_module("django.core.management")
    say("Migrating an empty database …")
    management.call_command("migrate", interactive=False, verbosity=0)
    management.call_command("createcachetable", verbosity=0)
    management.call_command("grant_roles")
    found = []
    for name in sections:
        say(f"Measuring {name} …")
        began = time.monotonic()
        for figure in importlib.import_module(f"bench.{name}").measure():
            say(f"  {figure.name}: {figure.ratio:.2f} ({figure.goal})")
            found.append(figure)
        say(f"  took {time.monotonic() - began:.0f} s")
    importlib.import_module("django.db").connections.close_all()
    print("\n" + figures.table(found))
    return [figure.as_row() for figure in found]


def say(words: str) -> None:
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
