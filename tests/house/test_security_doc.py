"""docs/security.md and docs/compliance.md cite what is there and leave no claim out."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
CLAIMS = range(1, 101)
# `path`, `path::name`, `path::name[parameters]`
CITED = re.compile(r"`([\w.-]*/[\w./-]+|[\w-]+\.\w+)(?:::(\w+)(?:\[[^`]*\])?)?`")
ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+?) \| (.+?) \|$", re.M)


@cache
def _names(path: Path) -> frozenset[str]:
    """What a file defines: functions, classes, methods, and whatever is assigned."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return frozenset(re.findall(r"\w+", text))
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
        found |= {one.id for one in targets if isinstance(one, ast.Name)}
    return frozenset(found)


def wrong_citations(text: str) -> list[str]:
    """The citations in `text` that lead nowhere."""
    wrong = []
    for path, name in CITED.findall(text):
        file = ROOT / path
        is_there = file.is_file() or (not name and file.is_dir())
        if not is_there or (name and name not in _names(file)):
            wrong.append(f"{path}::{name}" if name else path)
    return wrong


def unproved(text: str) -> list[int]:
    """The claims that cite no test and do not say that they are open either."""
    return [
        int(number)
        for number, _, enforced, tested in ROW.findall(text)
        if "::test_" not in tested and "not yet" not in f"{enforced} {tested}".lower()
    ]


def _doc(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "least"), [("security.md", 250), ("compliance.md", 80)]
)
def test_what_is_cited_exists(name, least):
    text = _doc(name)
    assert wrong_citations(text) == []
    assert len(CITED.findall(text)) > least


def test_every_claim_has_a_row_in_order():
    assert [int(row[0]) for row in ROW.findall(_doc("security.md"))] == list(CLAIMS)


def test_every_claim_cites_a_test_or_says_what_is_missing():
    assert unproved(_doc("security.md")) == []


@pytest.mark.parametrize(
    "planted",
    [
        "`portal/passwords.py::LongEnoughToday`",
        "`portal/tests/test_passwords.py::test_nothing_at_all`",
        "`portal/tests/test_passwords.py::test_nothing_at_all[1-a b]`",
        "`portal/passwords/rules.py`",
        "`nothing.md`",
    ],
)
def test_a_citation_that_leads_nowhere_would_be_seen(planted):
    right = "`portal/passwords.py::LongEnough` `README.md` `portal/tests/`"
    assert wrong_citations(right) == []
    assert len(wrong_citations(f"{right} {planted}")) == 1


def test_a_claim_without_a_test_would_be_seen():
    row = "| 7 | A claim | `portal/passwords.py` | {} |"
    assert unproved(row.format("by hand")) == [7]
    assert unproved(row.format("not yet: nobody tests it")) == []
    assert unproved(row.format("`portal/tests/test_passwords.py::test_a`")) == []
