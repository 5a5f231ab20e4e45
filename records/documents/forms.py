from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from records.documents.models import Document
from records.documents.queries import ACCEPT, MAX_BYTES

# Prescriptions are made here, not brought.
CATEGORIES = [
    choice
    for choice in Document.Category.choices
    if choice[0] != Document.Category.PRESCRIPTION
]


class UploadForm(forms.Form):
    """A file for a patient's record."""

    file = forms.FileField(
        label="File",
        help_text="PDF, JPEG or PNG, up to 20 MB. A photo of a paper is fine.",
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPT}),
        error_messages={"required": "Choose a file, for example a PDF or a photo"},
    )
    title = forms.CharField(
        label="What is it?",
        help_text="For example “Letter from the eye hospital, May”.",
        max_length=160,
        error_messages={"required": "Say what it is, for example “Blood test, May”"},
    )
    category = forms.ChoiceField(
        label="Kind",
        choices=CATEGORIES,
        initial=Document.Category.LETTER,
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise ValidationError(
                "This file is larger than 20 MB. Scan it at a lower quality, or split "
                "it into several files."
            )
        return file


class StaffUploadForm(UploadForm):
    """The same, by somebody who works here."""

    is_shared_with_patient = forms.BooleanField(
        label="The patient can see it",
        required=False,
        initial=True,
    )
