"""Values for CSV and XLSX files that people open in a spreadsheet. Pure."""

from collections.abc import Sequence

# Spreadsheets take what begins so for a formula, also after blanks, and in the wide
# forms of East Asian keyboards.
_FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "\uff1d",
    "\uff0b",
    "\uff0d",
    "\uff20",
)
_BLANKS = " \u00a0\u200b\ufeff"


def safe_cell(value: object) -> str:
    """`value` as text that no spreadsheet runs.

    Text that could be a formula gets an apostrophe in front, which spreadsheets take
    for "this is text" (OWASP, CSV injection). NUL bytes go. Numbers stay as they are,
    minus signs too: only text that somebody typed can be a formula. None is empty.
    """
    if value is None:
        return ""
    text = str(value).replace("\x00", "")
    is_number = not isinstance(value, str) and not isinstance(value, bool)
    if is_number and _is_number(text):
        return text
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
