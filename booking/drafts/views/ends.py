"""Step 4 and after: look at everything, book, and what happens next."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.patients.models import Patient
from accounts.patients.queries import claim_path
from booking.appointments.models import Appointment, Status
from booking.appointments.queries import (
    cancellation_terms,
    late_fee,
    leads_to_come,
    manage_token,
    missed_fee,
)
from booking.appointments.services import HoldExpired
from booking.appointments.views import ics_response
from booking.drafts.forms import CheckForm, details_from
from booking.drafts.models import Draft
from booking.drafts.queries import boxes_for, draft_patient, has_time
from booking.drafts.services import submit_draft
from booking.drafts.views.steps import next_step, own_draft, step, theirs
from foundation import doors
from foundation.errors import Refused

# What a calendar may hold: not what may still be declined.
IN_CALENDARS = (Status.CONFIRMED, Status.ARRIVED)
NAMED = ("first_name", "last_name", "birth_date", "phone", "email")


@doors.everybody("appointments", "book", doors.FORM)
@step
def check(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Step 4: all answers on one page; POST books.

    Where it is paid first, goes on to the payment; else to the booking.
    """
    visit, patient = draft.appointment, draft_patient(draft, request.user)
    details = details_from(draft)
    is_known = patient is not None or details.is_valid()
    if visit is None or not is_known or not has_time(draft, at=timezone.now()):
        return next_step(request, draft)
    who = patient or Patient(**details.cleaned_data)
    boxes = boxes_for(patient, by_another=draft.for_patient is not None)
    form = CheckForm(request.POST or None, boxes=boxes, initial=_fresh(visit))
    if request.method == "POST" and form.is_valid():
        return _book(request, draft, visit, who, form=form)
    return _check_page(request, draft, visit, who, form=form)


def _fresh(visit: Appointment) -> dict[str, Any]:
    """What the form begins with: a key of its own, and the price that is shown."""
    return {"key": uuid.uuid4(), "price": visit.price}


def _book(
    request: HttpRequest,
    draft: Draft,
    visit: Appointment,
    who: Patient,
    *,
    form: CheckForm,
) -> HttpResponse:
    try:
        booked = submit_draft(
            actor=request.user if request.user.is_authenticated else None,
            draft=draft,
            details={name: getattr(who, name) for name in NAMED},
            at=timezone.now(),
            idempotency_key=form.cleaned_data["key"],
            agreed=form.agreed(),
            price_seen=form.cleaned_data["price"],
        )
    except HoldExpired:
        return redirect("booking:draft_time", draft.token)
    except Refused as refused:
        boxes = boxes_for(
            draft_patient(draft, request.user),
            by_another=draft.for_patient is not None,
        )
        # The price may be another one by now.
        draft = own_draft(request, draft.token)
        visit = draft.appointment or visit
        form = CheckForm(boxes=boxes, initial=_fresh(visit))
        return _check_page(request, draft, visit, who, form=form, refused=refused)
    if booked.status == Status.HELD:
        # The press of the button goes on to the till: nobody has to press twice.
        return redirect("billing:payment_pay", draft.token, preserve_request=True)
    return redirect("booking:draft_confirmed", draft.token)


def _check_page(
    request: HttpRequest,
    draft: Draft,
    visit: Appointment,
    who: Patient,
    *,
    form: CheckForm,
    refused: Refused | None = None,
) -> HttpResponse:
    at = timezone.now()
    terms = cancellation_terms(visit, at=at)
    context = {
        "draft": draft,
        "visit": visit,
        "who": who,
        "form": form,
        "refused": refused,
        "free_until": terms.free_until if terms.free_until > at else None,
        "late_fee": late_fee(visit),
        "missed_fee": missed_fee(visit),
        "theirs": theirs(request, draft),
    }
    status = 409 if refused else 422 if form.errors else 200
    return render(request, "booking/drafts/check.html", context, status=status)


@doors.everybody("appointments", "book")
@never_cache
def confirmed(request: HttpRequest, token: uuid.UUID) -> HttpResponse:
    """What became of it, in its own words: booked, requested, to be paid, let go."""
    draft = own_draft(request, token)
    visit = draft.appointment
    if visit is None or visit.patient is None:
        return next_step(request, draft)
    at = timezone.now()
    terms = cancellation_terms(visit, at=at)
    context = {
        "draft": draft,
        "visit": visit,
        "terms": terms,
        "late_fee": late_fee(visit),
        "is_held": has_time(draft, at=at),
        "manage": manage_token(visit),
        "claim": claim_path(visit.patient),
        "theirs": theirs(request, draft),
        "leads": leads_to_come(visit, at=at),
        "may_cancel_freely": terms.free_until > at,
    }
    return render(request, "booking/drafts/confirmed.html", context)


@doors.everybody("appointments", "book")
@never_cache
def calendar(request: HttpRequest, token: uuid.UUID) -> HttpResponse:
    """The booked visit for the visitor's own calendar."""
    visit = own_draft(request, token).appointment
    if visit is None or visit.status not in IN_CALENDARS:
        raise Http404
    return ics_response(request, visit)
