"""Erasing a person's data: for the person, and for those who decide and release."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.factors.views import fresh_factor
from accounts.patients.queries import patient_of
from accounts.users.queries import layout_for, signed_in_user
from foundation import doors
from foundation.caching import private
from foundation.errors import Refused
from foundation.permissions import require
from portal.erasures.forms import AskForm, DecideForm, KeptForm
from portal.erasures.models import OPEN, Erasure
from portal.erasures.permissions import visible_to
from portal.erasures.queries import (
    kept_until,
    listed_erasures,
    newest_erasure,
    obstacle,
    report_lines,
)
from portal.erasures.services import (
    ask_erasure,
    decide_erasure,
    open_kept,
    release_erasure,
    withdraw_erasure,
)
from portal.holdings.queries import records_of

A_PAGE = 25


def _posts(request: HttpRequest, **_: Any) -> bool:
    return request.method == "POST"


@doors.permitted("portal.ask_erasure", "own data", "ask for erasure", doors.FORM)
@fresh_factor(when=_posts)
@private
def own(request: HttpRequest) -> HttpResponse:
    """What an erasure means, what is kept until when, and what became of the wish."""
    user, at = signed_in_user(request), timezone.now()
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            ask_erasure(actor=user, words=form.cleaned_data["words"], at=at)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "We have your wish and will answer soon.")
            return redirect("erasures:own")
    erasure = newest_erasure(user)
    return render(
        request,
        "portal/erasures/own.html",
        {
            "form": form,
            "erasure": erasure,
            "is_open": erasure is not None and erasure.status in OPEN,
            "obstacle": obstacle(patient_of(user), at),
            "kept_until": kept_until(records_of(user), at.date()),
            "layout": layout_for(user),
        },
        status=422 if form.errors else 200,
    )


@doors.permitted("portal.ask_erasure", "own data", "take the wish back", doors.POST)
@private
def withdraw(request: HttpRequest) -> HttpResponse:
    """Nothing is erased after all."""
    user = signed_in_user(request)
    erasure = newest_erasure(user)
    if erasure is None:
        raise Http404
    try:
        withdraw_erasure(actor=user, erasure=erasure)
        messages.success(request, "You have taken it back. Nothing is erased.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("erasures:own")


@doors.permitted("portal.work_on_erasures", "erasures", "list")
@private
def erasures(request: HttpRequest) -> HttpResponse:
    """What waits for an answer or for its release; `?show=all` has all there were."""
    is_open = request.GET.get("show") != "all"
    rows = listed_erasures(request.user, is_open=is_open)
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    return render(
        request, "portal/erasures/erasures.html", {"page_obj": page, "is_open": is_open}
    )


def _found(request: HttpRequest, public_id: UUID) -> Erasure:
    rows = visible_to(request.user).annotate(number=F("patient__number"))
    return get_object_or_404(rows, public_id=public_id)


@doors.permitted("portal.work_on_erasures", "erasures", "read, decide", doors.FORM)
@fresh_factor(when=_posts)
@private
def erasure(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One wish; POST is medical administration's answer."""
    found = _found(request, public_id)
    form = DecideForm(request.POST or None)
    if request.method == "POST":
        require(request.user, "portal.decide_erasure", found)
        if form.is_valid() and _decided(request, found, form):
            messages.success(request, "Your answer is saved. The person is told.")
            return redirect("erasures:erasure", public_id)
    return _page(request, found, form, status=422 if form.errors else 200)


def _decided(request: HttpRequest, found: Erasure, form: DecideForm) -> bool:
    try:
        decide_erasure(
            actor=signed_in_user(request),
            erasure=found,
            at=timezone.now(),
            **form.cleaned_data,
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def _page(
    request: HttpRequest,
    found: Erasure,
    form: DecideForm | None = None,
    kept_form: KeptForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = request.user
    may_see_who = user.has_perm("portal.decide_erasure", found)
    return render(
        request,
        "portal/erasures/erasure.html",
        {
            "erasure": found,
            # Administrators manage people, not charts: they see the number alone.
            "patient": found.patient if may_see_who else None,
            "form": form or DecideForm(),
            "kept_form": kept_form or KeptForm(),
            "may_decide": may_see_who and found.status == Erasure.Status.ASKED,
            "may_release": found.status == Erasure.Status.APPROVED
            and user.has_perm("portal.release_erasure", found),
            "may_open_kept": bool(found.kept)
            and user.has_perm("portal.open_kept_record", found),
            "may_read": may_see_who,
            "lines": report_lines(found),
            "kept_until": found.kept_until,
        },
        status=status,
    )


@doors.permitted("portal.work_on_erasures", "erasures", "release", doors.POST)
@fresh_factor()
@private
def release(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The second person lets it begin."""
    found = _found(request, public_id)
    require(request.user, "portal.release_erasure", found)
    try:
        release_erasure(actor=signed_in_user(request), erasure=found, at=timezone.now())
        messages.success(request, "It has begun. The report will stand here.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("erasures:erasure", public_id)


@doors.permitted("portal.work_on_erasures", "erasures", "open the kept", doors.POST)
@fresh_factor()
@private
def kept(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The closed record as a file, for a reason that is logged."""
    found = _found(request, public_id)
    require(request.user, "portal.open_kept_record", found)
    if not found.kept:
        raise Http404
    form = KeptForm(request.POST)
    if not form.is_valid():
        return _page(request, found, kept_form=form, status=422)
    file = found.kept.open("rb")
    open_kept(
        actor=signed_in_user(request),
        erasure=found,
        reason=form.cleaned_data["reason"],
    )
    response = FileResponse(
        file,
        as_attachment=True,
        filename="closed-record.zip",
        content_type="application/zip",
    )
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    return response
