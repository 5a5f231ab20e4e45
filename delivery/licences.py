"""Under which terms each part may be used, as SPDX writes it.

Packages say so in three ways; the newest is the truest. `make licences` writes
docs/licences.md.
"""

import sys
from importlib import metadata
from itertools import groupby

from delivery.parts import ROOT, Part, locked

PAGE = ROOT / "docs" / "licences.md"
# Not installed here: for other systems than ours. From their own pages.
ELSEWHERE = {"ansicon": "MPL-2.0", "brotlicffi": "MIT"}
# "BSD License" is two; the one with more conditions is taken.
CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.1-or-later",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
# May be built into what a clinic runs, whatever the clinic does with its own changes.
# Those with conditions on changes to themselves (LGPL, MPL, OFL) are used as they come.
FREE_TO_USE = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "LGPL-2.1-or-later",
    "LGPL-3.0-only", "LGPL-3.0-or-later", "MIT", "MIT-0", "MIT-CMU", "MPL-1.1",
    "MPL-2.0", "OFL-1.1", "PSF-2.0", "Unlicense",
}  # fmt: skip
HEAD = """# Licences

What MedConsult is built from, and under which terms. Written by `make licences` from
the lock files and from what the packages say of themselves; a test compares. MedConsult
itself is under the BSD 3-Clause licence.

Where there are several with "OR" between them, we take whichever suits;
`delivery/licences.py` has the list of those that suit.

| licence | packages |
|---|---|
"""


def licensed() -> list[Part]:
    """Every locked part with its licence; empty where nobody knows."""
    parts = locked()
    for part in parts:
        part.licence = part.licence or _of_python(part.name)
    return parts


def is_free_to_use(expression: str) -> bool:
    """Whether an SPDX expression lets us: all of "AND", one of "OR"."""
    choices = expression.replace("(", "").replace(")", "").split(" OR ")
    return any(
        all(one.strip() in FREE_TO_USE for one in choice.split(" AND "))
        for choice in choices
    )


def page(parts: list[Part]) -> str:
    """docs/licences.md. Versions are in the lock; they would only make it old."""

    def words(part: Part) -> str:
        return part.name if part.served else f"{part.name} (build only)"

    rows = []
    ordered = sorted(parts, key=lambda part: (part.licence, part.name.lower()))
    for licence, group in groupby(ordered, key=lambda part: part.licence):
        names = sorted({words(part) for part in group}, key=str.lower)
        rows.append(f"| {licence or 'unknown'} | {', '.join(names)} |\n")
    return HEAD + "".join(rows)


def _of_python(name: str) -> str:
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ELSEWHERE.get(name, "")
    if "License-Expression" in told:
        return str(told["License-Expression"])
    classifiers = [line.split(" :: ")[-1] for line in told.get_all("Classifier") or []]
    known = [CLASSIFIERS[one] for one in classifiers if one in CLASSIFIERS]
    # What stands in the old field says more than "BSD License" does.
    old = str(told["License"]).strip() if "License" in told else ""
    if old in FREE_TO_USE and len(known) < 2:
        return old
    return " OR ".join(sorted(known))


if __name__ == "__main__":
    PAGE.write_text(page(licensed()), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}\n")
