"""Values for files that people open in a spreadsheet. Pure."""

from collections.abc import Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_BLANKS = " \u00a0\u200b\ufeff"


def safe_cell(value: object) -> str:
    """`value` as text that no spreadsheet runs: what could be a formula gets an
    apostrophe in front (OWASP, CSV injection). Numbers stay, None is empty."""
    if value is None:
        return ""
    text = str(value).replace("\x00", "")
    if isinstance(value, int | float):
        return text
    return f"'{text}" if text.lstrip(_BLANKS).startswith(_FORMULA) else text


def safe_row(values: Sequence[object]) -> list[str]:
    """The cells of one row, each made safe."""
    return [safe_cell(value) for value in values]
