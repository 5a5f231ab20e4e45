"""What editors may hand in as a document."""

from typing import Any

from django.core.exceptions import ValidationError
from wagtail.documents.forms import BaseDocumentForm

PDF = b"%PDF-"


class PdfForm(BaseDocumentForm):
    """A document is a PDF by what is in it, not only by its name."""

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if "file" not in self.changed_data:
            return file
        file.seek(0)
        start = file.read(len(PDF))
        file.seek(0)
        if start != PDF:
            raise ValidationError(
                "This file is named as a PDF but is something else. Save it as a PDF "
                "in the program that made it, then choose it here again."
            )
        return file
