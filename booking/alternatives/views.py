"""The times offered instead of a cancelled visit, by the link in the message."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from booking.alternatives.queries import (
    alternatives,
    answer_to,
    may_choose,
    substitutes_for,
)
from booking.alternatives.services import choose_alternative, want_none
from booking.appointments.models import Appointment, Party
from booking.appointments.queries import manage_token
from booking.appointments.views import by_link
from booking.drafts.forms import TimeForm
from foundation import doors
from foundation.errors import Refused


@doors.everybody("appointments", "choose instead by signed link", doors.FORM)
@by_link
def manage_instead(
    request: HttpRequest, visit: Appointment, signed: str
) -> HttpResponse:
    """The nearest free times, the same doctor's first; POST books the chosen one, or
    says that none is wanted. Looking changes nothing."""
    answer = answer_to(visit)
    if answer is not None and answer.chosen is not None:
        return redirect("booking:manage", manage_token(answer.chosen))
    if not may_choose(visit):
        return redirect("booking:manage", signed)
    if request.method != "POST":
        return _page(request, visit, signed)
    if "none" in request.POST:
        actor = request.user if request.user.is_authenticated else None
        at = timezone.now()
        want_none(actor=actor, appointment=visit, by=Party.PATIENT, at=at)
        messages.success(request, "Thank you. We will not look for another time.")
        return redirect("booking:manage", signed)
    return _choose(request, visit, signed)


def _choose(request: HttpRequest, visit: Appointment, signed: str) -> HttpResponse:
    form, at = TimeForm(request.POST), timezone.now()
    offering = None
    if form.is_valid():
        public_id, starts_at = form.cleaned_data["slot"]
        offered = substitutes_for(visit, at=at)
        offering = next((one for one in offered if one.public_id == public_id), None)
    if offering is None:
        return _page(request, visit, signed, form=form, status=422)
    try:
        made = choose_alternative(
            actor=request.user if request.user.is_authenticated else None,
            appointment=visit,
            offering=offering,
            starts_at=starts_at,
            at=at,
        )
    except Refused as refused:
        return _page(request, visit, signed, refused=refused, status=409)
    messages.success(request, "Your new visit is there. We have sent you its details.")
    return redirect("booking:manage", manage_token(made))


def _page(
    request: HttpRequest,
    visit: Appointment,
    signed: str,
    *,
    form: TimeForm | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "visit": visit,
        "signed": signed,
        "offered": alternatives(visit, at=timezone.now()),
        "has_error": form is not None,
        "refused": refused,
        "theirs": visit.patient.time_zone if visit.patient else "",
    }
    return render(request, "booking/alternatives/instead.html", context, status=status)
