"""Sending a file in parts, by tus 1.0: its core, and the extensions creation,
expiration and termination. https://tus.io/protocols/resumable-upload

What arrives waits, sealed, until the form of the page names it. One thing of the
protocol's core is left out on purpose: X-HTTP-Method-Override would let a POST pass for
a method that its door does not take.
"""

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date

from accounts.patients.models import Patient
from accounts.patients.permissions import visible_to as visible_patients
from accounts.proxies.models import Scope
from accounts.proxies.queries import viewed_or_404, viewing_mark
from foundation import doors
from foundation.caching import private
from foundation.permissions import require
from records.uploads.models import Upload
from records.uploads.permissions import visible_to
from records.uploads.queries import MAX_BYTES, TOO_LARGE, read_metadata, received
from records.uploads.services import (
    Elsewhere,
    Gone,
    TooLarge,
    append_part,
    begin_upload,
    end_upload,
)

VERSION = "1.0.0"
PART_TYPE = "application/offset+octet-stream"
BEGIN = ("POST", "OPTIONS")
GO_ON = ("HEAD", "PATCH", "DELETE")

FOR_ANOTHER = (
    "You have chosen another person to act for since you opened this page. Look at the "
    "top for whom it is now, and send the file again."
)


@doors.signed_in("documents", "send in parts", BEGIN)
@private
def own_uploads(request: HttpRequest) -> HttpResponse:
    """Begin to send a file for one's own record, or for who is acted for."""
    patient = viewed_or_404(request, Scope.RECORDS)
    require(request.user, "records.add_document", patient)
    return _begin(request, patient, viewing_mark(request))


@doors.permitted("accounts.work_in_care", "documents", "send in parts", BEGIN)
@private
def patient_uploads(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Begin to send a file for a patient's record, at work."""
    patient = get_object_or_404(visible_patients(request.user), public_id=public_id)
    require(request.user, "records.add_document", patient)
    return _begin(request, patient, "")


def _begin(request: HttpRequest, patient: Patient, mark: str) -> HttpResponse:
    if request.method == "OPTIONS":
        return _answer(204)
    if request.headers.get("Tus-Resumable") != VERSION:
        return _answer(412)
    size = _number(request.headers.get("Upload-Length"))
    if not size:
        return _answer(400, "Say how long the file is, with Upload-Length.")
    named = read_metadata(request.headers.get("Upload-Metadata", ""))
    if named.viewing not in ("", mark):
        return _answer(409, FOR_ANOTHER)
    try:
        upload = begin_upload(
            actor=request.user,  # type: ignore[arg-type]
            patient=patient,
            size=size,
            named=named,
            at=timezone.now(),
        )
    except TooLarge as refusal:
        return _answer(413, str(refusal))
    return _answer(201, upload=upload, offset=received(upload))


@doors.signed_in("documents", "send in parts", GO_ON)
@private
def upload(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """How far it is, the next part, or the end of it. To others it is not there."""
    found = get_object_or_404(
        visible_to(request.user, at=timezone.now()).select_related("patient"),
        public_id=public_id,
    )
    if not request.user.has_perm("records.add_document", found.patient):
        raise Http404
    if request.headers.get("Tus-Resumable") != VERSION:
        return _answer(412)
    if request.method == "HEAD":
        return _answer(200, upload=found, offset=received(found))
    if request.method == "DELETE":
        end_upload(upload=found, at=timezone.now())
        return _answer(204)
    return _append(request, found)


def _append(request: HttpRequest, found: Upload) -> HttpResponse:
    if request.content_type != PART_TYPE:
        return _answer(415, f"Send parts as {PART_TYPE}.")
    offset = _number(request.headers.get("Upload-Offset"))
    if offset is None:
        return _answer(400, "Say where the part begins, with Upload-Offset.")
    try:
        now = append_part(
            upload=found, offset=offset, content=request.body, at=timezone.now()
        )
    except Elsewhere as refusal:
        return _answer(409, str(refusal), upload=found, offset=received(found))
    except TooLarge:
        return _answer(413, "The file is longer than was said.")
    except Gone as refusal:
        return _answer(410, str(refusal))
    return _answer(204, upload=found, offset=now)


def _number(text: str | None) -> int | None:
    # More digits than any file has are no number of ours.
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 15:
        return None
    return int(text)


def _answer(
    status: int, words: str = "", *, upload: Upload | None = None, offset: int = 0
) -> HttpResponse:
    response = HttpResponse(
        f"{words}\n" if words else "", status=status, content_type="text/plain"
    )
    response["Tus-Resumable"] = response["Tus-Version"] = VERSION
    response["Tus-Extension"] = "creation,expiration,termination"
    response["Tus-Max-Size"] = str(MAX_BYTES)
    if upload is not None:
        response["Upload-Offset"] = str(offset)
        response["Upload-Length"] = str(upload.size)
        response["Upload-Expires"] = http_date(upload.expires_at.timestamp())
        if status == 201:
            response["Location"] = reverse("records:upload", args=[upload.public_id])
    return response


def form_settings(address: str) -> dict[str, str | int]:
    """What the page's script has to know to send a file in parts to `address`."""
    return {
        "address": address,
        "part": settings.UPLOAD_PART,
        "most": MAX_BYTES,
        "too_large": TOO_LARGE,
    }
