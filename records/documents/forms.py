from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError

from records.documents.models import Document
from records.documents.queries import ACCEPT
from records.uploads.queries import MAX_BYTES, TOO_LARGE, Arrived, NotThere

# Prescriptions are made here, not brought.
CATEGORIES = [
    choice
    for choice in Document.Category.choices
    if choice[0] != Document.Category.PRESCRIPTION
]


class UploadForm(forms.Form):
    """A file for a patient's record. It comes with the form, or came in parts before it
    and is named by `upload`; then `arrived` finds it, and raises NotThere."""

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
    upload = forms.UUIDField(
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid": "Choose the file again"},
    )

    def __init__(
        self, *args: Any, arrived: Callable[[UUID], Arrived], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._arrived = arrived
        self.has_arrived = False
        if self.is_bound and self.data.get("upload"):
            self.fields["file"].required = False

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and file.size > MAX_BYTES:
            raise ValidationError(TOO_LARGE)
        return file

    def clean(self) -> dict[str, Any]:
        """Put what arrived in parts where the file would be. One that came with the
        form goes before it."""
        data = self.cleaned_data
        public_id = data.pop("upload", None)
        if public_id and not data.get("file") and not self.has_error("file"):
            try:
                found = self._arrived(public_id)
            except NotThere as refusal:
                self.forget()
                self.add_error("file", str(refusal))
            else:
                data["file"], data["upload"] = found.file, found.upload
                self.has_arrived = True
        return data

    def forget(self) -> None:
        """The file that came in parts is of no use: the page asks for another."""
        data: Any = self.data
        data = data.copy()
        data["upload"] = ""
        self.data = data
        self.fields["file"].required = True
        self.has_arrived = False


class StaffUploadForm(UploadForm):
    """The same, by somebody who works here."""

    is_shared_with_patient = forms.BooleanField(
        label="The patient can see it",
        required=False,
        initial=True,
    )
