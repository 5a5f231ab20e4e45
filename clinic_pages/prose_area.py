"""The box of the editor of rich text. Apart from the fields, which are loaded first."""

from typing import Any

from draftjs_exporter.error import ExporterException
from wagtail.admin.rich_text.editors.draftail import DraftailRichTextArea

from clinic_pages.prose import clean_stored

_NOT_THE_EDITORS = (
    *(ValueError, TypeError, AttributeError, LookupError),
    *(RecursionError, ExporterException),
)


class ProseArea(DraftailRichTextArea):
    """The editor's box. What does not come from the editor, but as HTML, is cleaned
    like everything else, in place of an error that nobody understands."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        try:
            return super().value_from_datadict(data, files, name)
        except _NOT_THE_EDITORS:
            return clean_stored(str(data.get(name, "")), self.features)
