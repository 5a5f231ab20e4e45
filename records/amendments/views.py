"""Corrections: asked for by patients, answered by the clinic."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.proxies.models import Scope
from accounts.proxies.queries import (
    is_for_viewed,
    show_as,
    viewed_or_404,
    viewed_patient,
    viewing_mark,
)
from accounts.users.queries import signed_in_user
from foundation import doors
from foundation.caching import private
from foundation.errors import Refused
from records.amendments.forms import AnswerForm, AskForm, DisagreeForm
from records.amendments.models import Amendment
from records.amendments.permissions import visible_to
from records.amendments.queries import about, amendments_of, subjects_of, work_of
from records.amendments.services import answer_amendment, ask_amendment, disagree

A_PAGE = 20
FOR_ANOTHER = (
    "You have chosen another person to act for since you opened this page. Look at the "
    "top for whom it is now, choose again what is not right, and send it."
)


@doors.permitted("records.ask_amendment", "own corrections", "list")
@private
def own_amendments(request: HttpRequest) -> HttpResponse:
    """What was asked for, by oneself or the person one acts for, with the answers."""
    if viewed_patient(request) is None:
        return redirect("accounts:profile")
    patient = viewed_or_404(request, Scope.RECORDS)
    page = Paginator(amendments_of(request.user, patient), A_PAGE)
    return render(
        request,
        "records/amendments/own.html",
        {"page_obj": page.get_page(request.GET.get("page")), "patient": patient},
    )


@doors.permitted("records.ask_amendment", "own corrections", "ask", doors.FORM)
@private
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a correction; `?about=` says of what."""
    user = signed_in_user(request)
    if viewed_patient(request) is None:
        return redirect("accounts:profile")
    patient = viewed_or_404(request, Scope.RECORDS)
    form = AskForm(
        request.POST or None,
        subjects=subjects_of(user, patient),
        initial={"subject": request.GET.get("about", "")},
    )
    if request.method == "POST" and not is_for_viewed(request):
        form.add_error(None, FOR_ANOTHER)
    elif request.method == "POST" and form.is_valid():
        try:
            made = ask_amendment(
                actor=user, patient=patient, at=timezone.now(), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "We have your request. You get an answer here.")
            return redirect("records:own_amendment", made.public_id)
    return render(
        request,
        "records/amendments/ask.html",
        {"form": form, "viewing_mark": viewing_mark(request)},
        status=422 if form.errors else 200,
    )


@doors.permitted("records.ask_amendment", "own corrections", "read", doors.FORM)
@private
def own_amendment(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One request with its answer; POST adds what one says to a denial."""
    user = signed_in_user(request)
    row = _found(request, public_id)
    if not user.has_perm("records.disagree_amendment", row):
        raise Http404
    show_as(request, row.patient)
    form = DisagreeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            disagree(actor=user, amendment=row, at=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "It stands in your record beside our answer.")
            return redirect("records:own_amendment", public_id)
    return _page(request, "own_one", row, form)


@doors.permitted("records.answer_amendments", "corrections", "list")
@private
def amendments(request: HttpRequest) -> HttpResponse:
    """What patients asked for, what waits first; `?show=all` with what is answered."""
    rows, is_all = work_of(request.user), request.GET.get("show") == "all"
    if not is_all:
        rows = rows.filter(status=Amendment.Status.ASKED)
    return render(
        request,
        "records/amendments/amendments.html",
        {
            "page_obj": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
            "is_all": is_all,
            "now": timezone.now(),
        },
    )


@doors.permitted("accounts.work_in_care", "corrections", "read, answer", doors.FORM)
@private
def amendment(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One request, with the form for whoever may answer it."""
    user = signed_in_user(request)
    row = _found(request, public_id)
    if user.has_perm("records.disagree_amendment", row):
        return redirect("records:own_amendment", public_id)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        accepted = form.cleaned_data["outcome"] == Amendment.Status.ACCEPTED
        try:
            answer_amendment(
                actor=user,
                amendment=row,
                is_accepted=accepted,
                reason=form.cleaned_data["reason"],
                at=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
            row.refresh_from_db()
        else:
            messages.success(request, "The answer stands in the record.")
            return redirect("records:amendment", public_id)
    return _page(request, "amendment", row, form)


def _found(request: HttpRequest, public_id: UUID) -> Amendment:
    rows = visible_to(request.user).select_related(
        "patient", "decided_by", "appointment__doctor", "document", "prescription"
    )
    return get_object_or_404(rows, public_id=public_id)


def _page(
    request: HttpRequest, name: str, row: Amendment, form: AnswerForm | DisagreeForm
) -> HttpResponse:
    context = {
        "row": row,
        "patient": row.patient,
        "about": about(row),
        "form": form,
        "now": timezone.now(),
    }
    status = 422 if form.errors else 200
    return render(request, f"records/amendments/{name}.html", context, status=status)
