"""Step 2: the day and the time."""

from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django_htmx.middleware import HtmxDetails

from booking.appointments.services import SlotTaken
from booking.drafts.forms import TimeForm, ZoneForm, read_wanted
from booking.drafts.models import Draft
from booking.drafts.permissions import opens
from booking.drafts.queries import (
    Offers,
    draft_patient,
    follow_up_lines,
    has_lapsed,
    has_time,
    held_opening,
    is_over,
    nearest,
    offers,
    times,
)
from booking.drafts.services import (
    NotOffered,
    TimeRefused,
    choose_time,
    set_time_zone,
)
from booking.drafts.views.steps import next_step, own_draft, step, theirs
from booking.openings.queries import choices_of, is_bookable
from foundation import doors
from foundation.errors import Refused
from foundation.formats import local

# What the time page can be asked for.
QUESTION = ("doctor", "location", "month", "day")


@doors.everybody("appointments", "book", doors.FORM)
@never_cache
def time(request: HttpRequest, token: UUID) -> HttpResponse:
    """Step 2: the day and time; POST holds one. When it is gone: the nearest times, the
    way to all of them, every answer kept."""
    if request.method != "POST":
        return _time_page(request, token)
    if not opens(request.session, token):
        raise Http404
    form = TimeForm(request.POST)
    if not form.is_valid():
        return _time_page(request, token, form=form, status=422)
    try:
        return _choose(request, token, *form.cleaned_data["slot"])
    except NotOffered as refused:
        form.add_error("slot", str(refused))
        return _time_page(request, token, form=form, status=422)
    except Refused as refused:
        return _time_page(request, token, refused=refused, status=409)


def _choose(
    request: HttpRequest, token: UUID, offering_id: UUID, starts_at: datetime
) -> HttpResponse:
    try:
        chosen = choose_time(
            actor=request.user if request.user.is_authenticated else None,
            token=token,
            offering_id=offering_id,
            starts_at=starts_at,
            at=timezone.now(),
        )
    except Draft.DoesNotExist as error:
        raise Http404 from error
    except TimeRefused as refused:
        if not isinstance(refused.because, SlotTaken):
            raise
        return _gone_page(request, refused, starts_at)
    return next_step(request, chosen.draft)


def _gone_page(
    request: HttpRequest, refused: TimeRefused, starts_at: datetime
) -> HttpResponse:
    """Somebody else has the time. Not the whole page of times: when hundreds press on
    one, each of them is to hear so at once."""
    draft, offering, at = refused.draft, refused.offering, timezone.now()
    zone, there = offering.location.time_zone, theirs(request, draft)
    differs = there and (
        local(starts_at, zone).utcoffset() != local(starts_at, there).utcoffset()
    )
    context = {
        "draft": draft,
        "offering": offering,
        "refused": refused,
        "starts_at": starts_at,
        "zone": zone,
        "theirs": there if differs else "",
        "nearest": nearest(
            offering, starts_at, patient=draft_patient(draft, request.user), at=at
        ),
        "all_times": _address(request, day=local(starts_at, zone).date().isoformat()),
    }
    template = "_gone" if HtmxDetails(request) else "gone"
    return render(request, f"booking/drafts/{template}.html", context, status=409)


def _offers(request: HttpRequest, draft: Draft) -> Offers:
    return offers(
        patient=draft_patient(draft, request.user),
        at=timezone.now(),
        service=draft.answers["service"],
        specialty=draft.specialty.slug if draft.specialty else "",
    )


def _time_page(
    request: HttpRequest, token: UUID, *, status: int = 200, **context: Any
) -> HttpResponse:
    draft = own_draft(request, token)
    if draft.appointment is not None and is_over(draft.appointment):
        return redirect("booking:draft_confirmed", token)
    if not draft.answers.get("service"):
        return redirect("booking:draft_reason", token)
    at = timezone.now()
    found = _offers(request, draft)
    context |= {"draft": draft}
    if not any(is_bookable(one) for one in found.offerings):
        context |= {"offerings": found.offerings, "closed": found.closed}
        return render(request, "booking/drafts/no_times.html", context, status=status)
    kept = held_opening(draft, found.offerings)
    shown = times(
        found.offerings,
        read_wanted(request.GET, draft.answers, near=kept),
        patient=draft_patient(draft, request.user),
        kept=kept,
        is_held=has_time(draft, at=at),
        theirs=theirs(request, draft),
        at=at,
    )
    context |= {
        "times": shown,
        "expired": kept if kept and has_lapsed(draft, at=at) else None,
        "choice": choices_of(found.offerings)[0],
        "follow_ups": follow_up_lines(
            found.offerings, patient=draft_patient(draft, request.user), at=at
        ),
        "zone_form": ZoneForm(initial={"time_zone": draft.time_zone}),
        "here": _address(request),
        "previous_url": _month_address(request, shown.previous),
        "next_url": _month_address(request, shown.following),
    }
    if shown.soonest:
        context["soonest_url"] = _address(request, day=shown.soonest.date.isoformat())
    # Scripts put only the times in place.
    template = "_times" if HtmxDetails(request) else "time"
    return render(request, f"booking/drafts/{template}.html", context, status=status)


def _address(request: HttpRequest, **changes: str) -> str:
    """The question of this page with some parts changed; "" where there is none."""
    asked = {**request.GET.dict(), **changes}
    kept = {name: asked[name] for name in QUESTION if name in asked}
    return f"?{urlencode(kept)}" if kept else ""


def _month_address(request: HttpRequest, first: date | None) -> str:
    return _address(request, month=f"{first:%Y-%m}", day="") if first else ""


@doors.everybody("appointments", "book", doors.POST)
@step
def zone(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Remember the visitor's time zone, and show the times again."""
    form = ZoneForm(request.POST)
    if form.is_valid():
        set_time_zone(draft=draft, time_zone=form.cleaned_data["time_zone"])
    else:
        messages.error(request, "Choose a place in your time zone.")
    return redirect(
        reverse("booking:draft_time", args=[draft.token]) + _address(request)
    )
