"""Step 1: what the visit is for; or, with a time from a link, whether to take it."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.proxies.models import Scope
from accounts.proxies.queries import reaches, viewed_patient, viewing_of
from booking.drafts.forms import Asked, ReasonForm, WordsForm, new_key, read_asked
from booking.drafts.models import Draft
from booking.drafts.permissions import opened_by, remember
from booking.drafts.queries import (
    Offers,
    nearest,
    offers,
    specialties_on_offer,
    unfinished,
)
from booking.drafts.services import begin_draft, change_reason, choose_time
from booking.drafts.views.steps import next_step, own_draft, step
from booking.openings.queries import MODES, Opening, choices_of, is_bookable, openings
from clinic.doctors.models import Doctor
from clinic.specialties.models import Specialty
from clinic.visit_types.models import Offering
from foundation import doors
from foundation.errors import Refused

INSTANT = timedelta(seconds=1)
NOT_FOR_THEM = (
    "You may not book visits for the person you act for. Go back to yourself to book "
    "for you, or ask them to let you book."
)


@doors.everybody("appointments", "book", doors.FORM)
@never_cache
def start(request: HttpRequest) -> HttpResponse:
    """Where every booking begins; a question skips what it already says.

    `doctor`, `service`, `location` and `specialty` are slugs, `slot` is an instant.
    GET changes nothing; POST begins a draft and, with a slot, holds the time.
    """
    if not reaches(request, Scope.BOOK):
        messages.warning(request, NOT_FOR_THEM)
        return redirect("accounts:family")
    asked = read_asked(request.POST if request.method == "POST" else request.GET)
    if not (asked.doctor or asked.specialty or asked.service):
        return _whom(request)
    found = _offers(request, asked)
    if not found.offerings:
        return _nobody(request, found)
    if asked.slot and asked.service:
        return _take(request, asked, asked.slot, found.offerings)
    return _why(request, asked, found.offerings)


@doors.everybody("appointments", "book", doors.FORM)
@step
def reason(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Step 1 again, with what was said. A question changes the specialty or doctor."""
    said = draft.answers
    given = read_asked(request.GET)
    asked = Asked(
        doctor=given.doctor or ("" if given.specialty else said.get("doctor", "")),
        specialty=given.specialty or (draft.specialty.slug if draft.specialty else ""),
        location=said.get("location", ""),
        language=given.language or said.get("language", ""),
        visit=given.visit or said.get("visit", ""),
    )
    found = _offers(request, asked)
    if not found.offerings:
        return _nobody(request, found)
    form = ReasonForm(
        request.POST or None, choices=choices_of(found.offerings), initial=said
    )
    if request.method == "POST" and form.is_valid():
        specialty = Specialty.objects.filter(slug=asked.specialty).first()
        change_reason(draft=draft, specialty=specialty, answers=_answers(asked, form))
        return redirect("booking:draft_time", draft.token)
    context = {"form": form, "asked": asked, "offering": found.offerings[0]}
    return _page(request, "booking/drafts/reason.html", {**context, "draft": draft})


def _offers(request: HttpRequest, asked: Asked) -> Offers:
    return offers(
        patient=viewed_patient(request),
        at=timezone.now(),
        service=asked.service if asked.slot else "",
        specialty=asked.specialty,
        doctor=asked.doctor,
        language=asked.language,
        mode=MODES.get(asked.visit, ""),
    )


def _whom(request: HttpRequest, *, is_lost: bool = False) -> HttpResponse:
    """What do you need help with, or whom do you want to see?"""
    at = timezone.now()
    doctors = Doctor.objects.listed(at.date()).order_by("last_name", "first_name")
    context = {
        "specialties": specialties_on_offer(at),
        "doctors": doctors,
        "unfinished": unfinished(opened_by(request.session, request.user)),
        "is_lost": is_lost,
        # Sent without a name, which the page leaves open: nobody comes first.
        "is_unnamed": "doctor" in request.GET and not is_lost,
    }
    status = 404 if is_lost else 200
    return render(request, "booking/drafts/start.html", context, status=status)


def _nobody(request: HttpRequest, found: Offers) -> HttpResponse:
    """Nothing can be booked: the doctor takes no new patients, or is not here."""
    if not found.closed:
        return _whom(request, is_lost=True)
    context = {"doctor": found.closed[0], "next": request.get_full_path()}
    return render(request, "booking/drafts/not_taking.html", context)


def _why(request: HttpRequest, asked: Asked, offerings: list[Offering]) -> HttpResponse:
    """The reason, from what the doctor or the specialty offers."""
    form = ReasonForm(
        request.POST or None,
        choices=choices_of(offerings),
        initial={"service": asked.service, "key": new_key(uuid.uuid4())},
    )
    if request.method == "POST" and form.is_valid():
        draft = _begin(request, asked, form)
        return redirect("booking:draft_time", draft.token)
    context = {"form": form, "asked": asked, "offering": offerings[0]}
    return _page(request, "booking/drafts/reason.html", context)


def _take(
    request: HttpRequest, asked: Asked, starts_at: datetime, offerings: list[Offering]
) -> HttpResponse:
    """A time from a link: look at it, and hold it with a press of the button."""
    there = [one for one in offerings if one.location.slug == asked.location]
    opening = _opening(request, there or offerings, starts_at)
    offering = opening.offering if opening else (there or offerings)[0]
    form = WordsForm(request.POST or None, initial={"key": new_key(uuid.uuid4())})
    context: dict[str, Any] = {"form": form, "asked": asked, "offering": offering}
    context |= {"opening": opening, "starts_at": starts_at}
    if request.method == "POST" and form.is_valid():
        draft = _begin(request, asked, form)
        refused = _hold(request, draft, offering, starts_at)
        if refused is None:
            return next_step(request, own_draft(request, draft.token))
        context |= {"draft": draft, "refused": refused, "opening": None}
    if context["opening"] is None and is_bookable(offering):
        context["nearest"] = nearest(
            offering, starts_at, patient=viewed_patient(request), at=timezone.now()
        )
    return _page(request, "booking/drafts/take.html", context)


def _hold(
    request: HttpRequest, draft: Draft, offering: Offering, starts_at: datetime
) -> Refused | None:
    """Hold the time for the draft. Returns what stands against it, or None."""
    try:
        choose_time(
            actor=request.user if request.user.is_authenticated else None,
            token=draft.token,
            offering_id=offering.public_id,
            starts_at=starts_at,
            at=timezone.now(),
        )
    except Refused as refused:
        return refused
    return None


def _opening(
    request: HttpRequest, offerings: list[Offering], starts_at: datetime
) -> Opening | None:
    found = openings(
        offerings,
        after=starts_at,
        until=starts_at + INSTANT,
        at=timezone.now(),
        patient=viewed_patient(request),
    )
    return next((one for one in found if one.starts_at == starts_at), None)


def _begin(request: HttpRequest, asked: Asked, form: ReasonForm | WordsForm) -> Draft:
    viewing = viewing_of(request)
    draft = begin_draft(
        token=form.cleaned_data["key"] or uuid.uuid4(),
        specialty=Specialty.objects.filter(slug=asked.specialty).first(),
        answers=_answers(asked, form),
        for_patient=viewing.patient if viewing else None,
    )
    remember(request.session, draft.token)
    return draft


def _answers(asked: Asked, form: ReasonForm | WordsForm) -> dict[str, str]:
    said = form.cleaned_data
    return {
        "doctor": asked.doctor,
        "location": asked.location,
        "language": asked.language,
        "visit": asked.visit,
        "service": said.get("service", asked.service),
        "reason": said["reason"],
    }


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    status = 409 if "refused" in context else 422 if context["form"].errors else 200
    return render(request, template, context, status=status)
