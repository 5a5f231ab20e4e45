"""Values for CSV and XLSX files that people open in a spreadsheet. Pure."""

import re
from collections.abc import Sequence

# Spreadsheets take what begins so for a formula, also after blanks, and in the wide
# forms of East Asian keyboards.
_SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"
_FORMULA = (*_SIGNS, "\t", "\r", "\n")
_BLANKS = " \u00a0\u200b\ufeff"
# Where a comma is the decimal sign they take a semicolon for the end of a cell, and
# our quotes for letters; then a line break or a tab inside of one ends it as well.
_AFTER = re.compile(rf"([;\t\r\n][{_BLANKS}]*)(?=[{re.escape(_SIGNS)}])")


def safe_cell(value: object) -> str:
    """`value` as text that no spreadsheet runs.

    Text that could be a formula gets an apostrophe in front, which spreadsheets take
    for "this is text" (OWASP, CSV injection). NUL bytes go. Numbers stay as they are,
    minus signs too: only text that somebody typed can be a formula. None is empty.
    The same inside, where a spreadsheet of another country could begin a new cell.
    """
    if value is None:
        return ""
    text = str(value).replace("\x00", "")
    is_number = not isinstance(value, str) and not isinstance(value, bool)
    if is_number and _is_number(text):
        return text
    text = _AFTER.sub(r"\1'", text)
    bare = text.lstrip(_BLANKS)
    return f"'{text}" if bare.startswith(_FORMULA) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def safe_row(values: Sequence[object]) -> list[str]:
    """The cells of one row, each made safe."""
    if isinstance(values, str):
        raise TypeError("A row is a sequence of cells, not a text.")
    return [safe_cell(value) for value in values]
