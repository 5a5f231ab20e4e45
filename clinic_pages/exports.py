"""What the CMS gives out as CSV and XLSX: our report, and all of Wagtail's own."""

from typing import Any

from wagtail.admin.views.mixins import SpreadsheetExportMixin, list_to_str

from foundation.spreadsheets import safe_cell


def _cell(value: Any) -> Any:
    """Numbers stay numbers; whatever is text could be a formula."""
    if value is None or isinstance(value, bool | int | float):
        return value
    return safe_cell(value)


def _cell_of_list(value: list[str]) -> str:
    return safe_cell(list_to_str(value))


def neutralise_exports() -> None:
    """Make every cell of every export of the CMS safe (OWASP, CSV injection).

    Wagtail looks a value's class up in this table of the views' base, in order, so what
    stands last is for all that has no entry of its own.
    """
    table: dict[Any, Any] = SpreadsheetExportMixin.custom_value_preprocess
    table[list] = {"csv": _cell_of_list, "xlsx": _cell_of_list}
    table[object] = {"csv": _cell, "xlsx": _cell}
