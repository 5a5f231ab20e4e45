"""Filling in a form: which there are, page by page, the check, and what was sent."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.patients.permissions import acted_on_by
from accounts.proxies.models import Scope
from accounts.proxies.queries import show_as
from accounts.users.queries import signed_in_user
from booking.appointments.models import Appointment
from foundation import doors
from foundation.caching import private
from foundation.errors import Refused
from foundation.outages import Away
from foundation.permissions import require
from foundation.uuids import read_uuid
from records.documents.queries import UploadRefused
from records.questionnaires.models import Kind, Questionnaire
from records.questionnaires.queries import Page
from records.responses.forms import PageForm, name_of, remove_name
from records.responses.models import QuestionnaireResponse
from records.responses.permissions import visible_to
from records.responses.queries import (
    FILLABLE,
    answered_for,
    files_of,
    forms_of_visit,
    lines_of,
    mistakes_of,
    progress_of,
    read_again,
)
from records.responses.services import (
    NotTheSame,
    answer_with_file,
    answer_without_file,
    begin_response,
    confirm_response,
    save_answers,
    send_response,
)

BEGUN = QuestionnaireResponse.Status.IN_PROGRESS
NOT_KEPT = (
    "Our storage of files does not answer, so this file was not kept. Choose it again"
    " in a few minutes. Your other answers are kept."
)
CHANGED = (
    "This form has changed since you began. What still fits is filled in; look "
    "through it once more."
)


def _visit(request: HttpRequest, public_id: UUID) -> Appointment:
    """The visit of the patient who is signed in, or of somebody they act for in the
    record: answers belong to it. Raises Http404 for any other."""
    patients = acted_on_by(request.user, Scope.RECORDS)
    rows = Appointment.objects.filter(patient__in=patients)
    rows = rows.select_related("patient", "doctor", "location", "visit_type")
    visit = get_object_or_404(rows, public_id=public_id)
    show_as(request, visit.patient)
    return visit


def _response(request: HttpRequest, public_id: UUID) -> QuestionnaireResponse:
    """Their own response, or that of somebody they act for."""
    rows = visible_to(request.user).select_related(
        "patient", "questionnaire", "appointment__location", "appointment__doctor"
    )
    row = get_object_or_404(rows, public_id=public_id)
    if not request.user.has_perm("records.answer_form", row):
        raise Http404
    show_as(request, row.patient)
    return row


@doors.permitted("records.answer_forms", "own forms", "list, begin", doors.FORM)
@private
def visit_forms(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The forms of one visit; POST begins one, goes on with it, or says that the
    earlier answers are right still."""
    visit = _visit(request, public_id)
    if request.method == "POST":
        try:
            return _go_on(request, visit)
        except Refused as refusal:
            messages.warning(request, str(refusal))
            return redirect("records:visit_forms", public_id)
    forms = forms_of_visit(visit)
    context = {
        "visit": visit,
        "forms": forms,
        "answered": answered_for(request.user, forms),
        "is_open": visit.status in FILLABLE,
        "zone": visit.location.time_zone,
    }
    return render(request, "records/responses/visit_forms.html", context)


def _go_on(request: HttpRequest, visit: Appointment) -> HttpResponse:
    user, at = signed_in_user(request), timezone.now()
    key, seen = (read_uuid(request.POST.get(name)) for name in ("key", "confirm"))
    if key is None or (seen is None and "confirm" in request.POST):
        raise Http404
    if seen is not None:
        try:
            confirm_response(actor=user, visit=visit, key=key, seen=seen, at=at)
        except NotTheSame as changed:
            messages.warning(request, str(changed))
        else:
            messages.success(request, "Thank you. Your doctor sees it as of today.")
            return redirect("records:visit_forms", visit.public_id)
    row = begin_response(actor=user, visit=visit, key=key, at=at)
    return redirect("records:form_page", row.public_id, 1)


@doors.permitted("records.answer_forms", "own forms", "fill in", doors.FORM)
@private
def form_page(request: HttpRequest, public_id: UUID, number: int) -> HttpResponse:
    """One page of a form. Whatever button is pressed, what was typed is kept; only
    "Continue" asks for it to be right."""
    row = _response(request, public_id)
    if row.status != BEGUN:
        return redirect("records:own_response", public_id)
    if request.method != "POST" and _is_outdated(row):
        return redirect("records:visit_forms", row.appointment.public_id)
    progress = progress_of(row)
    page = progress.page(number)
    if page is None:
        raise Http404
    refused = _take_files(request, row, page) if request.method == "POST" else {}
    form = PageForm(
        request.POST if request.method == "POST" else None,
        page=page,
        items=progress.items,
        answers=row.answers,
        files=files_of(row.patient, page.items, row.answers),
        refused=refused,
        is_judged=request.POST.get("do") not in ("back", "later"),
    )
    if request.method == "POST":
        answer = _save(request, row, form, number, len(progress.pages))
        if answer is not None:
            return answer
    context = {
        "row": row,
        "form": form,
        "page": page,
        "total": len(progress.pages),
        "zone": row.appointment.location.time_zone,
    }
    status = 422 if form.errors else 200
    return render(request, "records/responses/page.html", context, status=status)


def _is_outdated(row: QuestionnaireResponse) -> bool:
    return row.questionnaire.status != Questionnaire.Status.ACTIVE


def _take_files(
    request: HttpRequest, row: QuestionnaireResponse, page: Page
) -> dict[str, str]:
    """Keep the files that came with a page, or take out what is to go, whatever button
    was pressed; by control, why a file was not kept. What is kept by itself while
    somebody types comes without files."""
    refused: dict[str, str] = {}
    if request.headers.get("X-Requested-With") == "autosave":
        return refused
    for item in page.items:
        if item.kind != Kind.FILE:
            continue
        asked: dict[str, Any] = {
            "actor": signed_in_user(request),
            "response": row,
            "item": item,
            "at": timezone.now(),
        }
        file = request.FILES.get(name_of(item))
        try:
            if file is not None:
                answer_with_file(file=file, **asked)
            elif remove_name(item) in request.POST:
                answer_without_file(**asked)
        except UploadRefused as refusal:
            refused[name_of(item)] = str(refusal)
        except Away:
            refused[name_of(item)] = NOT_KEPT
    row.refresh_from_db(fields=["answers"])
    return refused


def _save(
    request: HttpRequest,
    row: QuestionnaireResponse,
    form: PageForm,
    number: int,
    total: int,
) -> HttpResponse | None:
    """Keep the page and go where the button says; None where something is wrong."""
    kept = save_answers(
        actor=signed_in_user(request), response=row, answers=form.typed()
    )
    if request.headers.get("X-Requested-With") == "autosave":
        return HttpResponse(status=204)
    if kept.questionnaire_id != row.questionnaire_id:
        messages.warning(request, CHANGED)
        return redirect("records:form_page", row.public_id, 1)
    if form.refused:
        # It can be chosen again here only.
        form.full_clean()
        return None
    do = request.POST.get("do")
    if do == "later":
        messages.success(request, "Kept. You can go on here, or on another device.")
        return redirect("records:visit_forms", row.appointment.public_id)
    if do == "back":
        return redirect("records:form_page", row.public_id, max(number - 1, 1))
    if not form.is_valid():
        return None
    if number < total:
        return redirect("records:form_page", row.public_id, number + 1)
    return redirect("records:form_check", row.public_id)


@doors.permitted("records.answer_forms", "own forms", "check, send", doors.FORM)
@private
def form_check(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Everything that was answered, with what is missing yet; POST sends it."""
    row = _response(request, public_id)
    if row.status != BEGUN:
        return redirect("records:own_response", public_id)
    if _is_outdated(row):
        messages.warning(request, CHANGED)
        return redirect("records:visit_forms", row.appointment.public_id)
    progress = progress_of(row)
    files = files_of(row.patient, progress.items, row.answers)
    mistakes = mistakes_of(progress.pages, row.answers, files)
    if request.method == "POST" and not mistakes:
        try:
            send_response(
                actor=signed_in_user(request), response=row, at=timezone.now()
            )
        except Refused as refusal:
            messages.warning(request, str(refusal))
            return redirect("records:visit_forms", row.appointment.public_id)
        messages.success(request, "Sent. Your doctor sees it beside your visit.")
        return redirect("records:visit_forms", row.appointment.public_id)
    pages = [
        (page, [one for one in lines_of(progress.items, row.answers, files=files)
                if one.item in page.items])
        for page in progress.pages
    ]  # fmt: skip
    context = {"row": row, "pages": pages, "mistakes": mistakes, "total": len(pages)}
    status = 422 if request.method == "POST" else 200
    return render(request, "records/responses/check.html", context, status=status)


@doors.permitted("records.answer_forms", "own forms", "read, change", doors.FORM)
@private
def own_response(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What was sent; POST begins a new response with these answers, to change one."""
    row = _response(request, public_id)
    if row.status == BEGUN:
        return redirect("records:form_page", public_id, 1)
    require(request.user, "records.view_response", row)
    if request.method == "POST":
        try:
            begun = begin_response(
                actor=signed_in_user(request),
                visit=row.appointment,
                key=row.key,
                at=timezone.now(),
            )
        except Refused as refusal:
            messages.warning(request, str(refusal))
            return redirect("records:own_response", public_id)
        return redirect("records:form_page", begun.public_id, 1)
    context = {
        "row": row,
        "answered": read_again(request.user, row, compares=False),
        "may_change": row.appointment.status in FILLABLE,
        "zone": row.appointment.location.time_zone,
    }
    return render(request, "records/responses/own.html", context)
