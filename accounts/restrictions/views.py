"""Restrictions: the patient's page, and medical administration's."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.patients.queries import patient_of
from accounts.restrictions.forms import AskForm, DecideForm, LiftForm, PlaceForm
from accounts.restrictions.models import Restriction
from accounts.restrictions.permissions import visible_to
from accounts.restrictions.queries import restrictions_of, work_of
from accounts.restrictions.services import (
    ask_restriction,
    decide_restriction,
    lift_restriction,
    place_restriction,
    withdraw_restriction,
)
from accounts.users.queries import layout_for, signed_in_user
from foundation import doors
from foundation.caching import private
from foundation.errors import Refused

A_PAGE = 25


@doors.permitted("accounts.ask_restriction", "own data", "restrict its use", doors.FORM)
@private
def own(request: HttpRequest) -> HttpResponse:
    """What a restriction is, what became of one's requests, and the form to ask."""
    user = signed_in_user(request)
    patient = patient_of(user)
    if patient is None:
        return redirect("accounts:profile")
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            ask_restriction(
                actor=user, patient=patient, at=timezone.now(), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error("ground", str(refusal))
        else:
            messages.success(request, "We have your request. You get an answer here.")
            return redirect("accounts:restriction")
    at = timezone.now()
    rows = list(restrictions_of(patient))
    standing = any(row.is_in_force(at) and row.lifts_at is None for row in rows)
    waits = any(row.status == Restriction.Status.ASKED for row in rows)
    return render(
        request,
        "accounts/restrictions/own.html",
        {
            "form": form,
            "rows": rows,
            "may_ask": not (standing or waits) or bool(form.errors),
            "now": at,
            "zone": patient.time_zone,
            "layout": layout_for(user),
        },
        status=422 if form.errors else 200,
    )


@doors.permitted("accounts.ask_restriction", "own data", "use it again", doors.POST)
@private
def withdraw(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take a request back, or let one's record be used again, at once."""
    user = signed_in_user(request)
    mine = visible_to(user).filter(patient__user=user)
    row = get_object_or_404(mine, public_id=public_id)
    try:
        withdraw_restriction(actor=user, restriction=row, at=timezone.now())
        messages.success(request, "Done. Your record is used as usual.")
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect("accounts:restriction")


@doors.permitted(
    "accounts.manage_restrictions", "restrictions", "list, place", doors.FORM
)
@private
def restrictions(request: HttpRequest) -> HttpResponse:
    """What waits for an answer, what stands, and a form to place one."""
    form = PlaceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            place_restriction(
                actor=signed_in_user(request),
                patient=given["number"],
                ground=given["ground"],
                reason=given["reason"],
                at=timezone.now(),
            )
        except Refused as refusal:
            form.add_error("number", str(refusal))
        else:
            messages.success(request, "The record is closed from now on.")
            return redirect("accounts:restrictions")
    page = Paginator(work_of(request.user), A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "accounts/restrictions/restrictions.html",
        {"form": form, "page_obj": page, "now": timezone.now()},
        status=422 if form.errors else 200,
    )


@doors.permitted(
    "accounts.manage_restrictions", "restrictions", "decide, lift", doors.FORM
)
@private
def restriction(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One of them, with the form for what can be done: answer it, or lift it."""
    rows = visible_to(request.user).select_related("patient", "decided_by", "lifted_by")
    row = get_object_or_404(rows, public_id=public_id)
    at = timezone.now()
    asked = row.status == Restriction.Status.ASKED
    form = (DecideForm if asked else LiftForm)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _act(request, row, form)
        except Refused as refusal:
            form.add_error("reason", str(refusal))
        else:
            messages.success(request, "Done. The patient is told.")
            return redirect("accounts:restriction_one", public_id)
    return render(
        request,
        "accounts/restrictions/restriction.html",
        {
            "row": row,
            "patient": row.patient,
            "form": form,
            "is_asked": asked,
            "can_lift": row.is_in_force(at) and row.lifts_at is None,
            "now": at,
        },
        status=422 if form.errors else 200,
    )


def _act(request: HttpRequest, row: Restriction, form: DecideForm | LiftForm) -> None:
    actor, at = signed_in_user(request), timezone.now()
    reason = form.cleaned_data["reason"]
    if isinstance(form, DecideForm):
        is_granted = form.cleaned_data["outcome"] == "yes"
        decide_restriction(
            actor=actor, restriction=row, is_granted=is_granted, reason=reason, at=at
        )
    else:
        lift_restriction(actor=actor, restriction=row, reason=reason, at=at)
