"""Step 2: the day and the time."""

from collections.abc import Sequence
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

from accounts.patients.models import Patient
from booking.appointments.services import SlotTaken
from booking.drafts.forms import TimeForm, ZoneForm, read_slot, read_wanted
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
    nearest_of_all,
    offers,
    others_at,
    times,
)
from booking.drafts.services import (
    NotOffered,
    TimeRefused,
    choose_time,
    set_time_zone,
)
from booking.drafts.views.steps import next_step, own_draft, step, theirs
from booking.openings.queries import MODES, choices_of, is_bookable, price_of
from clinic.visit_types.models import Offering
from foundation import doors
from foundation.errors import Refused
from foundation.formats import local, money
from foundation.languages import language_name

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
    slot = read_slot(request.POST.get("slot", ""))
    if slot is None:
        form = TimeForm(request.POST)
        return _time_page(request, token, form=form, status=422)
    try:
        return _choose(request, token, *slot)
    except NotOffered as refused:
        form = TimeForm(request.POST)
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
        return _instead(request, refused, starts_at)
    return next_step(request, chosen.draft)


def _instead(
    request: HttpRequest, refused: TimeRefused, starts_at: datetime
) -> HttpResponse:
    """Somebody else has the time. Who asked for anyone gets it with another doctor, if
    one is free; else the nearest times."""
    if read_wanted(request.GET, refused.draft.answers).doctor:
        return _gone_page(request, refused, starts_at)
    lost, at = refused.offering, timezone.now()
    patient = draft_patient(refused.draft, request.user)
    found = [
        one
        for one in _offers(refused.draft, patient, at=at).offerings
        if one.location_id == lost.location_id
    ]
    for offering in others_at(found, lost, starts_at, patient=patient, at=at):
        try:
            chosen = choose_time(
                actor=request.user if request.user.is_authenticated else None,
                token=refused.draft.token,
                offering_id=offering.public_id,
                starts_at=starts_at,
                at=at,
            )
        except TimeRefused as again:
            if not isinstance(again.because, SlotTaken):
                raise
            continue
        messages.info(
            request,
            f"{lost.doctor.full_name} has just been booked at this time."
            f" {offering.doctor.full_name} is free then, so you have it with them"
            f"{_other_price(lost, offering)}.",
        )
        return next_step(request, chosen.draft)
    return _gone_page(request, refused, starts_at, anyone=found)


def _other_price(lost: Offering, offering: Offering) -> str:
    """What another doctor's visit costs, where that differs."""
    price = price_of(offering)
    if price == price_of(lost):
        return ""
    return f", for {money(price, offering.visit_type.currency, exact=True)}"


def _gone_page(
    request: HttpRequest,
    refused: TimeRefused,
    starts_at: datetime,
    *,
    anyone: Sequence[Offering] = (),
) -> HttpResponse:
    """Somebody else has the time; near it is what `anyone` has, or the same doctor. Not
    the whole page of times: when hundreds press on one, each of them is to hear so at
    once."""
    draft, offering, at = refused.draft, refused.offering, timezone.now()
    zone, there = offering.location.time_zone, theirs(request, draft)
    differs = there and (
        local(starts_at, zone).utcoffset() != local(starts_at, there).utcoffset()
    )
    patient = draft_patient(draft, request.user)
    near = (
        nearest_of_all(anyone, starts_at, zone=zone, patient=patient, at=at)
        if len(anyone) > 1
        else nearest(offering, starts_at, patient=patient, at=at)
    )
    context = {
        "draft": draft,
        "offering": offering,
        "is_anyone": len(anyone) > 1,
        "here": _address(request),
        "refused": refused,
        "starts_at": starts_at,
        "zone": zone,
        "theirs": there if differs else "",
        "nearest": near,
        "all_times": _address(request, day=local(starts_at, zone).date().isoformat()),
    }
    template = "_gone" if HtmxDetails(request) else "gone"
    return render(request, f"booking/drafts/{template}.html", context, status=409)


def _offers(draft: Draft, patient: Patient | None, *, at: datetime) -> Offers:
    return offers(
        patient=patient,
        at=at,
        service=draft.answers["service"],
        specialty=draft.specialty.slug if draft.specialty else "",
        language=draft.answers.get("language", ""),
        mode=MODES.get(draft.answers.get("visit", ""), ""),
    )


def _time_page(
    request: HttpRequest, token: UUID, *, status: int = 200, **context: Any
) -> HttpResponse:
    draft = own_draft(request, token)
    if draft.appointment is not None and is_over(draft.appointment):
        return redirect("booking:draft_confirmed", token)
    if not draft.answers.get("service"):
        return redirect("booking:draft_reason", token)
    at, patient = timezone.now(), draft_patient(draft, request.user)
    found = _offers(draft, patient, at=at)
    context |= {"draft": draft}
    if not any(is_bookable(one) for one in found.offerings):
        context |= {"offerings": found.offerings, "closed": found.closed}
        return render(request, "booking/drafts/no_times.html", context, status=status)
    kept = held_opening(draft, found.offerings)
    shown = times(
        found.offerings,
        read_wanted(request.GET, draft.answers, near=kept),
        patient=patient,
        kept=kept,
        is_held=has_time(draft, at=at),
        theirs=theirs(request, draft),
        at=at,
    )
    context |= {
        "times": shown,
        # Places with different clocks are never mixed, so "any" is one of them.
        "has_clocks": len({one.location.time_zone for one in found.offerings}) > 1,
        "expired": kept if kept and has_lapsed(draft, at=at) else None,
        "choice": choices_of(found.offerings)[0],
        "has_list": any(one.location.has_waitlist for one in found.offerings),
        "language": language_name(draft.answers.get("language", "")),
        "follow_ups": follow_up_lines(found.offerings, patient=patient, at=at),
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
