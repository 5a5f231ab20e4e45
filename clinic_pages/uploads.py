"""What editors may hand in as a document or a picture.

Every form of the CMS that takes either is made from one of these two: adding, editing,
several at once, and the choosers. `refuse_bombs` stands before the one that takes a
spreadsheet.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from wagtail.admin import messages
from wagtail.documents.forms import BaseDocumentForm
from wagtail.images.forms import BaseImageForm

from foundation.inspection.archives import refuse_large_archive
from foundation.inspection.files import MEGABYTE, FileRefused, Taken, inspected
from foundation.inspection.limits import Unfit

PAPERS = Taken(
    endings={"application/pdf": frozenset({".pdf"})},
    most_bytes=settings.WAGTAILDOCS_MAX_UPLOAD_SIZE,
    too_large=f"This file is larger than "
    f"{settings.WAGTAILDOCS_MAX_UPLOAD_SIZE // MEGABYTE} MB. Save it at a lower "
    "quality, or split it into several files.",
    otherwise="This file is named as a PDF but is something else. Save it as a PDF "
    "in the program that made it, then choose it here again.",
)
PICTURES = Taken(
    endings={
        "image/jpeg": frozenset({".jpg", ".jpeg"}),
        "image/png": frozenset({".png"}),
        "image/webp": frozenset({".webp"}),
        "image/avif": frozenset({".avif"}),
    },
    most_bytes=settings.WAGTAILIMAGES_MAX_UPLOAD_SIZE,
    too_large=f"This picture is larger than "
    f"{settings.WAGTAILIMAGES_MAX_UPLOAD_SIZE // MEGABYTE} MB. Save it at a smaller "
    "size.",
    otherwise="This file is named as a picture but is something else. Save it as a "
    "JPEG or PNG in the program that made it, then choose it here again.",
)
# A spreadsheet of redirects. A clinic has hundreds of them, not millions.
MOST_BYTES_OF_SHEET = MEGABYTE


class PdfForm(BaseDocumentForm):
    """A document is a PDF by what is in it, and holds nothing that acts."""

    def clean_file(self) -> Any:
        return _cleaned(self, PAPERS)

    def add_error(self, field: str | None, error: Any) -> None:
        """Where several are added at once and a title was wrong, the next step asks for
        that alone; the file was looked at in the first and is not there yet."""
        if "file" not in self.fields and hasattr(error, "error_dict"):
            error.error_dict.pop("file", None)
            if not error.error_dict:
                return
        super().add_error(field, error)


class PictureForm(BaseImageForm):
    """A picture is one by what is in it, and holds nothing but the picture."""

    def clean_file(self) -> Any:
        return _cleaned(self, PICTURES)


def _cleaned(form: Any, taken: Taken) -> Any:
    """The form's file, with a clean copy in the place of what was sent.

    It is the very file of the request that is changed: where another field is wrong,
    Wagtail keeps the file from there for the next step (adding several at once).
    """
    file = form.cleaned_data["file"]
    if "file" not in form.changed_data:
        return file
    try:
        clean = inspected(file, taken)
    except FileRefused as refusal:
        raise ValidationError(str(refusal)) from refusal
    file.seek(0)
    file.truncate()
    file.write(clean.content)
    file.flush()
    file.seek(0)
    file.size = len(clean.content)
    return file


def refuse_bombs(
    view: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Guards the import of redirects: a spreadsheet is an archive, which may unpack to
    more than there is memory."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        try:
            for file in request.FILES.values():
                _refuse_large_sheet(file)
        except Unfit as unfit:
            messages.error(request, str(unfit))
            return redirect(request.path)
        return view(request)

    return guarded


def _refuse_large_sheet(file: Any) -> None:
    if file.size > MOST_BYTES_OF_SHEET:
        raise Unfit("This file is larger than 1 MB. Import it in several parts.")
    start = file.read(4)
    file.seek(0)
    # What the importer opens as an archive goes by the ending; this goes by both.
    if start == b"PK\x03\x04" or file.name.lower().endswith(".xlsx"):
        refuse_large_archive(file)
