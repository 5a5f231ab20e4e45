"""Steps 2 and 3: the time, and who is coming."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django_htmx.middleware import HtmxDetails

from booking.drafts.forms import (
    TimeForm,
    ZoneForm,
    details_again,
    details_from,
    read_wanted,
    typed_answers,
)
from booking.drafts.models import Draft
from booking.drafts.permissions import opened_by
from booking.drafts.queries import (
    Offers,
    has_lapsed,
    has_time,
    held_opening,
    is_over,
    nearest,
    offers,
    own_patient,
    times,
)
from booking.drafts.services import (
    choose_time,
    extend_draft,
    save_answers,
    set_time_zone,
)
from booking.openings.queries import Opening, choices_of, is_bookable
from clinic.visit_types.models import Offering
from foundation import doors
from foundation.errors import Refused

# What the time page can be asked for.
QUESTION = ("doctor", "location", "month", "day")

StepView = Callable[[HttpRequest, Draft], HttpResponse]


def step(view: StepView) -> Callable[[HttpRequest, UUID], HttpResponse]:
    """A page of a draft: of this browser's own, else 404, and never kept by caches.

    A draft that led to a booking shows the booking, whatever step is asked for: so
    sending a form again comes out at the same place.
    """

    @never_cache
    @wraps(view)
    def wrapper(request: HttpRequest, token: UUID) -> HttpResponse:
        draft = own_draft(request, token)
        if draft.appointment is not None and is_over(draft.appointment):
            return redirect("booking:draft_confirmed", token)
        return view(request, draft)

    return wrapper


def own_draft(request: HttpRequest, token: UUID) -> Draft:
    """The draft of this browser, with its time. Raises Http404 for anybody else's."""
    rows = opened_by(request.session).select_related(
        "specialty",
        "appointment__doctor",
        "appointment__visit_type",
        "appointment__location",
        "appointment__patient",
    )
    rows = rows.prefetch_related("appointment__doctor__specialties")
    return get_object_or_404(rows, token=token)


def next_step(request: HttpRequest, draft: Draft) -> HttpResponse:
    """On to the first page that still lacks an answer."""
    if not has_time(draft, at=timezone.now()):
        return redirect("booking:draft_time", draft.token)
    if own_patient(request.user) is None and not details_from(draft).is_valid():
        return redirect("booking:draft_details", draft.token)
    return redirect("booking:draft_check", draft.token)


@doors.everybody("appointments", "book", doors.FORM)
@step
def time(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Step 2: the day and time; POST holds one.

    When it is gone: the same day, the nearest times, and every answer kept.
    """
    if not draft.answers.get("service"):
        return redirect("booking:draft_reason", draft.token)
    found = _offers(request, draft)
    if request.method != "POST":
        return _time_page(request, draft, found)
    form = TimeForm(request.POST, offerings=found.offerings)
    if not form.is_valid():
        return _time_page(request, draft, found, form=form, status=422)
    offering, starts_at = form.cleaned_data["slot"]
    refused = hold(request, draft, offering, starts_at)
    if refused is None:
        return next_step(request, own_draft(request, draft.token))
    patient, at = own_patient(request.user), timezone.now()
    return _time_page(
        request,
        draft,
        found,
        lost=_opening(offering, starts_at),
        status=409,
        refused=refused,
        nearest=nearest(offering, starts_at, patient=patient, at=at),
    )


def hold(
    request: HttpRequest, draft: Draft, offering: Offering, starts_at: datetime
) -> Refused | None:
    """Hold the time for the draft. Returns what stands against it, or None."""
    try:
        choose_time(
            actor=request.user if request.user.is_authenticated else None,
            draft=draft,
            offering=offering,
            starts_at=starts_at,
            at=timezone.now(),
        )
    except Refused as refused:
        return refused
    return None


def _opening(offering: Offering, starts_at: datetime) -> Opening:
    length = timedelta(minutes=offering.visit_type.duration_minutes)
    return Opening(starts_at, starts_at + length, offering)


def _offers(request: HttpRequest, draft: Draft) -> Offers:
    return offers(
        patient=own_patient(request.user),
        at=timezone.now(),
        service=draft.answers["service"],
        specialty=draft.specialty.slug if draft.specialty else "",
    )


def _time_page(
    request: HttpRequest,
    draft: Draft,
    found: Offers,
    *,
    lost: Opening | None = None,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    at = timezone.now()
    context |= {"draft": draft}
    if not any(is_bookable(one) for one in found.offerings):
        context |= {"offerings": found.offerings, "closed": found.closed}
        return render(request, "booking/drafts/no_times.html", context, status=status)
    kept = held_opening(draft, found.offerings)
    shown = times(
        found.offerings,
        read_wanted(request.GET, draft.answers, near=lost or kept),
        patient=own_patient(request.user),
        kept=kept,
        is_held=has_time(draft, at=at),
        theirs=theirs(request, draft),
        at=at,
    )
    context |= {
        "times": shown,
        "expired": kept if kept and lost is None and has_lapsed(draft, at=at) else None,
        "choice": choices_of(found.offerings)[0],
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


def theirs(request: HttpRequest, draft: Draft) -> str:
    """The visitor's own zone, where we know it."""
    return draft.time_zone or getattr(request.user, "time_zone", "")


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


@doors.everybody("appointments", "book", doors.FORM)
@step
def details(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Step 3: who is coming. What is typed is kept, right or wrong."""
    if request.method == "POST":
        draft = save_answers(draft=draft, answers=typed_answers(request.POST))
    if not has_time(draft, at=timezone.now()):
        return redirect("booking:draft_time", draft.token)
    patient = own_patient(request.user)
    form = details_again(draft, request.user)
    if request.method == "POST" and patient is None:
        form = details_from(draft)
    if request.method == "POST" and (patient or form.is_valid()):
        return redirect("booking:draft_check", draft.token)
    context = {
        "draft": draft,
        "visit": draft.appointment,
        "form": form,
        "patient": patient,
        "theirs": theirs(request, draft),
    }
    status = 422 if form.errors else 200
    return render(request, "booking/drafts/details.html", context, status=status)


@doors.everybody("appointments", "book", doors.POST)
@step
def save(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Keep what was typed, without judging; then go where the button says."""
    save_answers(draft=draft, answers=typed_answers(request.POST))
    if request.headers.get("X-Requested-With") == "autosave":
        return HttpResponse(status=204)
    if request.GET.get("then") == "exit":
        return redirect("/")
    if request.GET.get("then") == "sign-in":
        query = urlencode({"next": reverse("booking:draft_check", args=[draft.token])})
        return redirect(f"{reverse('account_login')}?{query}")
    return redirect("booking:draft_time", draft.token)


@doors.everybody("appointments", "book", doors.POST)
@step
def extend(request: HttpRequest, draft: Draft) -> HttpResponse:
    """ "I need more time": once, 15 minutes more, and back to the same step."""
    typed = typed_answers(request.POST) if "first_name" in request.POST else {}
    try:
        extend_draft(draft=draft, answers=typed, at=timezone.now())
    except Refused as refused:
        messages.warning(request, str(refused))
    names = {"check": "booking:draft_check", "pay": "billing:payment_pay"}
    back = names.get(request.GET.get("from", ""), "booking:draft_details")
    return redirect(back, draft.token)
