"""Visits outside hours: the list of them, and the question before a change of hours."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from foundation import doors
from foundation.caching import private
from foundation.formats import plural
from portal.dashboards.strays.forms import DecideForm
from portal.dashboards.strays.queries import KEEP, LATER, Hit, hit_of, strays_for
from portal.dashboards.strays.services import settle

CONFIRMED = "confirmed"


@doors.permitted("booking.view_strays", "visits outside hours", "list")
@private
def strays(request: HttpRequest) -> HttpResponse:
    """Those to decide on, those whose patient was asked, and those that stay."""
    return _page(request)


def _page(request: HttpRequest, form: DecideForm | None = None) -> HttpResponse:
    at = timezone.now()
    found = strays_for(request.user, at=at)
    if form is None:
        form = _form(request, found.open)
    return render(
        request,
        "portal/strays/strays.html",
        {
            "form": form,
            "found": found,
            "offered": hit_of(request.user, found.offered, at=at),
            "kept": hit_of(request.user, found.kept, at=at),
            "more": len(found.open) - len(form.strays),
        },
        status=422 if form.errors else 200,
    )


def _form(request: HttpRequest, ids: Sequence[int]) -> DecideForm:
    hit = hit_of(request.user, ids, at=timezone.now())
    return DecideForm(request.POST or None, strays=hit.strays)


@doors.permitted("booking.view_strays", "visits outside hours", "settle", doors.POST)
@private
def settle_strays(request: HttpRequest) -> HttpResponse:
    """Do what was chosen for each visit on the list, also for one that was decided on
    before. Each choice asks whether this person may."""
    found = strays_for(request.user, at=timezone.now())
    form = _form(request, [*found.open, *found.offered, *found.kept])
    if not form.is_valid():
        return _page(request, _form(request, found.open))
    carry_out(request, form)
    return redirect("workspace:strays")


def carry_out(request: HttpRequest, form: DecideForm) -> None:
    """Do what a valid form says, and tell what was done and what was not."""
    decisions = [one for one in form.decisions() if one.act != LATER or _was_kept(one)]
    refused = settle(
        actor=request.user,
        decisions=decisions,
        reason=form.cleaned_data["reason"],
        at=timezone.now(),
    )
    done = len(decisions) - len(refused)
    if done:
        messages.success(request, f"{plural(done, 'visit')} settled.")
    for words in refused:
        messages.warning(request, f"Not done, so it stays on the list. {words}")


def _was_kept(decision: Any) -> bool:
    return bool(decision.visit.stray_decisions.filter(kind="KEPT").exists())


@dataclass(frozen=True)
class Change:
    """A change of hours that somebody is about to make: what it is called, where the
    form of it is sent, with which fields, and the way back. `hit` says what becomes of
    the visits."""

    title: str
    about: str
    address: str
    back: str
    button: str
    form: forms.BaseForm | None = None
    hit: str = "booked in this time"


def ask_first(
    request: HttpRequest, change: Change, ids: Sequence[int], act: Callable[[], Any]
) -> HttpResponse | None:
    """Show the visits with these keys, which a change would leave outside the hours,
    with what can be done with each. None once somebody has seen them and said what:
    then `act` has made the change, and the choices are carried out. What cannot be
    done, or was booked meanwhile, stands on the list."""
    hit = hit_of(request.user, ids, at=timezone.now())
    has_seen = CONFIRMED in request.POST
    form = DecideForm(
        request.POST if has_seen else None, strays=hit.strays, prefix="strays"
    )
    if ids and not (has_seen and form.is_valid()):
        return _question(request, change, hit, form)
    act()
    if ids:
        carry_out(request, form)
    return None


def _question(
    request: HttpRequest, change: Change, hit: Hit, form: DecideForm
) -> HttpResponse:
    context = {"change": change, "hit": hit, "form": form, "keep": KEEP}
    status = 422 if form.errors else 200
    return render(request, "portal/strays/question.html", context, status=status)
