"""Documents, for patients in the portal and for staff beside the chart."""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from accounts.patients.models import Patient
from accounts.patients.permissions import is_own
from accounts.patients.permissions import visible_to as visible_patients
from accounts.proxies.models import Scope
from accounts.proxies.queries import is_for_viewed, viewed_or_404, viewing_mark
from foundation import doors
from foundation.caching import private
from foundation.errors import Refused
from foundation.outages import Away
from foundation.permissions import require
from records.documents.forms import StaffUploadForm, UploadForm
from records.documents.models import Document
from records.documents.permissions import visible_to
from records.documents.queries import (
    UploadRefused,
    document_lines,
    opening_token,
    opens,
)
from records.documents.services import (
    add_document,
    record_download,
    remove_document,
)
from records.uploads.queries import arrived
from records.uploads.views import FOR_ANOTHER, form_settings

NOT_KEPT = (
    "Our storage of files does not answer, so this file was not added. Choose it again "
    "in a few minutes. What you wrote is still here."
)


def _form(
    request: HttpRequest, kind: type[UploadForm], patient: Patient, at: datetime
) -> UploadForm:
    return kind(
        request.POST or None,
        request.FILES or None,
        arrived=partial(arrived, request.user, patient, at=at),
    )


def _add(
    request: HttpRequest, patient: Patient, form: UploadForm, at: datetime
) -> Document | None:
    """Keep the file, or put the reason next to the field."""
    try:
        if not form.is_valid():
            return None
        return add_document(
            actor=request.user,  # type: ignore[arg-type]
            patient=patient,
            at=at,
            **form.cleaned_data,
        )
    except UploadRefused as refusal:
        form.forget()
        form.add_error("file", str(refusal))
    except Away:
        form.add_error("file", ValidationError(NOT_KEPT, code="away"))
    return None


def _status(form: UploadForm) -> int:
    """What is wrong with the form is the sender's to change; what is away is not."""
    if form.has_error("file", "away"):
        return 503
    return 422 if form.errors else 200


def _what_next(document: Document) -> str:
    if document.state == Document.State.QUARANTINED:
        return "It opens once it has been checked for viruses, in a minute or so."
    return "It can be opened now."


@doors.signed_in("documents", "list own, add", doors.FORM)
@private
def documents(request: HttpRequest) -> HttpResponse:
    """A patient's own documents, and a form to add one."""
    patient = viewed_or_404(request, Scope.RECORDS)
    require(request.user, "records.add_document", patient)
    now = timezone.now()
    form = _form(request, UploadForm, patient, now)
    if request.method == "POST" and not is_for_viewed(request):
        form.add_error(None, FOR_ANOTHER)
    elif request.method == "POST" and (added := _add(request, patient, form, now)):
        messages.success(request, f"Added. {_what_next(added)}")
        return redirect("records:documents")
    return render(
        request,
        "records/documents/documents.html",
        {
            "form": form,
            "uploads": form_settings(reverse("records:own_uploads")),
            "viewing_mark": viewing_mark(request),
            "patient": patient,
            "lines": document_lines(request.user, patient, at=now),
        },
        status=_status(form),
    )


@doors.permitted("accounts.work_in_care", "documents", "list, add", doors.FORM)
@private
def patient_documents(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The documents of a patient, for staff."""
    patient = get_object_or_404(visible_patients(request.user), public_id=public_id)
    require(request.user, "records.add_document", patient)
    now = timezone.now()
    form = _form(request, StaffUploadForm, patient, now)
    if request.method == "POST" and (added := _add(request, patient, form, now)):
        messages.success(request, f"It is in the record. {_what_next(added)}")
        return redirect("records:patient_documents", public_id=public_id)
    return render(
        request,
        "records/documents/patient_documents.html",
        {
            "form": form,
            "uploads": form_settings(
                reverse("records:patient_uploads", args=[public_id])
            ),
            "patient": patient,
            "has_scanner": bool(settings.CLAMAV_ADDRESS),
            "lines": document_lines(request.user, patient, at=now),
        },
        status=_status(form),
    )


def _openable(request: HttpRequest, public_id: UUID) -> Document:
    return get_object_or_404(
        visible_to(request.user).select_related("patient"),
        public_id=public_id,
        state=Document.State.CLEAN,
        removed_at=None,
    )


@doors.signed_in("documents", "download")
@private
def download(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """On to the file, by an address that opens it for minutes, here, for them only."""
    document = _openable(request, public_id)
    session = request.session.session_key or ""
    token = opening_token(document, request.user, session, "GET")
    return redirect("records:file", public_id=public_id, token=token)


@doors.signed_in("documents", "download")
@private
def file(request: HttpRequest, public_id: UUID, token: str) -> FileResponse:
    """The file itself, as an attachment, logged. Whatever does not fit the token, a
    person, a session, a method, a minute, is not there."""
    document = _openable(request, public_id)
    session = request.session.session_key or ""
    if not opens(token, document, request.user, session, request.method or ""):
        raise Http404
    record_download(actor=request.user, document=document)  # type: ignore[arg-type]
    suffix = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}
    response = FileResponse(
        document.file.open("rb"),
        as_attachment=True,
        filename=(slugify(document.title) or "document")
        + suffix[document.content_type],
        content_type=document.content_type,
    )
    # Whatever the file says, it may run nothing and reach nothing.
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@doors.signed_in("documents", "remove", doors.POST)
def remove(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take back what was added by mistake."""
    document: Any = get_object_or_404(
        visible_to(request.user), public_id=public_id, removed_at=None
    )
    try:
        remove_document(
            actor=request.user,  # type: ignore[arg-type]
            document=document,
            at=timezone.now(),
        )
        messages.success(request, "Removed.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    at_work = request.user.has_perm("accounts.work_in_care")
    if is_own(request.user, document.patient) or not at_work:
        return redirect("records:documents")
    return redirect("records:patient_documents", public_id=document.patient.public_id)
