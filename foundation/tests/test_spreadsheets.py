import csv
import io
import re
from decimal import Decimal

import pytest

from foundation.spreadsheets import safe_cell, safe_row


@pytest.mark.parametrize(
    "formula",
    [
        "=1+1",
        "=cmd|' /C calc'!A0",
        "+1",
        "-2+3+cmd|' /C calc'!A0",
        "@SUM(1+1)",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        "  =1+1",
        "\u00a0=1",
        "\ufeff=1",
        "\uff1d1+1",
        "\x00=1+1",
        "-5",
    ],
)
def test_what_could_be_a_formula_becomes_text(formula):
    assert safe_cell(formula).startswith("'")


@pytest.mark.parametrize("between", [";", "; ", "\n", "\r\n", "\t", "x;;"])
@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(1)", "\uff1d1"])
def test_no_country_begins_a_cell_with_it(between, formula):
    """Where semicolons divide cells, the quotes of ours are letters."""
    file = io.StringIO()
    csv.writer(file).writerow(safe_row(["a", f"b{between}{formula}", "c"]))
    cells = re.split(r"[;\t\r\n]", file.getvalue())
    assert not [one for one in cells if one.strip().startswith(formula[0])]
    assert f"'{formula}" in file.getvalue()


@pytest.mark.parametrize(
    "text", ["Ann", "a=b", "1-2", "O'Brien", "Ülkü", "", "a; b", "one\r\n\r\ntwo"]
)
def test_what_is_none_stays(text):
    assert safe_cell(text) == text


@pytest.mark.parametrize(
    ("value", "cell"),
    [(-5, "-5"), (Decimal("-4.20"), "-4.20"), (None, ""), (True, "True"), (1.5, "1.5")],
)
def test_numbers_stay_numbers(value, cell):
    assert safe_cell(value) == cell


def test_a_row_survives_a_csv_file():
    file = io.StringIO()
    csv.writer(file).writerow(safe_row(["=1", 'say "hi"', -3]))
    assert next(csv.reader(io.StringIO(file.getvalue()))) == ["'=1", 'say "hi"', "-3"]
