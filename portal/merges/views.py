"""Possible duplicates, two records side by side, and a merge that can be undone."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.factors.views import fresh_factor
from accounts.models import Patient
from accounts.users.queries import signed_in_user
from foundation import doors
from foundation.caching import private
from foundation.errors import Refused
from foundation.uuids import read_uuid
from portal.merges.forms import MergeForm, UndoForm
from portal.merges.permissions import can_merge, mergeable_by, visible_to
from portal.merges.queries import (
    LABELS,
    acting_for,
    amounts,
    differing,
    likely_pairs,
    obstacles,
    owner_after,
    pairs_with,
    undo_plan,
)
from portal.merges.services import merge_records, say_different, undo_merge

LATELY = 25


def _posts(request: HttpRequest, **_: Any) -> bool:
    return request.method == "POST"


@doors.permitted("portal.manage_merges", "duplicates", "list")
@private
def duplicates(request: HttpRequest) -> HttpResponse:
    """Records that may be one person's, and what was merged lately; `?patient=` those
    that may be this one."""
    user, at = request.user, timezone.now()
    patient = _asked(request)
    merges = visible_to(user).select_related("kept", "merged", "merged_by")
    return render(
        request,
        "portal/merges/duplicates.html",
        {
            "patient": patient,
            "pairs": pairs_with(user, patient) if patient else likely_pairs(user),
            "merges": [] if patient else merges.order_by("-merged_at")[:LATELY],
            "at": at,
        },
    )


def _asked(request: HttpRequest) -> Patient | None:
    key = request.GET.get("patient", "")
    if not key:
        return None
    return get_object_or_404(mergeable_by(request.user), public_id=read_uuid(key))


@doors.permitted("portal.manage_merges", "duplicates", "say they differ", doors.POST)
@private
def different(request: HttpRequest) -> HttpResponse:
    """They are two people: off the list."""
    rows = mergeable_by(request.user)
    keys = [read_uuid(request.POST.get(name)) for name in ("one", "other")]
    one, other = (get_object_or_404(rows, public_id=key) for key in keys)
    if one == other:
        raise Http404
    say_different(actor=signed_in_user(request), one=one, other=other)
    messages.success(request, "They are off the list.")
    return redirect("merges:duplicates")


@doors.permitted("portal.manage_merges", "duplicates", "compare, merge", doors.FORM)
@fresh_factor(when=_posts)
@private
def compare(request: HttpRequest, stays_id: UUID, goes_id: UUID) -> HttpResponse:
    """Two records side by side; POST makes them one."""
    at, rows = timezone.now(), mergeable_by(request.user).filter(merged_into=None)
    rows = rows.select_related("user")
    stays = get_object_or_404(rows, public_id=stays_id)
    goes = get_object_or_404(rows.exclude(pk=stays.pk), public_id=goes_id)
    form = MergeForm(
        request.POST or None,
        facts=differing(stays, goes),
        numbers=(stays.number, goes.number),
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = merge_records(
                actor=signed_in_user(request),
                kept=stays,
                merged=goes,
                facts=form.taken,
                reason=form.cleaned_data["reason"],
                at=at,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The two records are one now.")
            return redirect("merges:merge", made.public_id)
    return render(
        request,
        "portal/merges/compare.html",
        {
            "form": form,
            "stays": stays,
            "goes": goes,
            "amounts": amounts(stays, goes),
            "blocked": obstacles(stays, goes, at=at),
            "proxies": acting_for(goes, at),
            "owner": owner_after(stays, goes),
        },
        status=422 if form.errors else 200,
    )


@doors.permitted("portal.manage_merges", "duplicates", "read, undo", doors.FORM)
@fresh_factor(when=_posts)
@private
def merge(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What was merged, and what undoing it would give back; POST undoes it."""
    rows = visible_to(request.user).select_related("kept", "merged", "merged_by")
    found, at = get_object_or_404(rows, public_id=public_id), timezone.now()
    is_open = found.undone_at is None and at < found.undo_until
    may = is_open and can_merge(request.user, found.merged)
    plan = undo_plan(found) if may else None
    form = UndoForm(request.POST or None, parts=plan.asked if plan else [])
    if request.method == "POST" and form.is_valid():
        try:
            undo_merge(
                actor=signed_in_user(request), merge=found, at=at, **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "They are two records again.")
            return redirect("merges:merge", public_id)
    return render(
        request,
        "portal/merges/merge.html",
        {
            "merge": found,
            "plan": plan,
            "form": form,
            "is_over": found.undone_at is None and not is_open,
            "facts_back": [LABELS[name] for name in plan.facts_back] if plan else [],
            "facts_stay": [LABELS[name] for name in plan.facts_stay] if plan else [],
        },
        status=422 if form.errors else 200,
    )
