""" "I am here": by the link in a message, in the portal, or by the code at the door."""

from typing import Any
from uuid import UUID

from allauth.core import ratelimit
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.patients.permissions import acted_on_by
from accounts.proxies.models import Scope
from accounts.proxies.queries import reaches
from booking.appointments.forms import FindForm
from booking.appointments.models import Appointment
from booking.appointments.permissions import visible_to
from booking.appointments.queries import manage_token, money_of
from booking.appointments.views import by_link, own_visit
from booking.queue.forms import HereForm
from booking.queue.models import State, Turn
from booking.queue.queries import standing_of, visit_here, visits_here
from booking.queue.services import check_in
from clinic.locations.models import Location
from foundation import doors
from foundation.errors import Refused
from foundation.permissions import require

# The same for everything that does not fit: nobody learns who has a visit today.
NOTHING = (
    "We found no visit that you can check in to here now with this reference and date."
    " Ask at the front desk."
)

OFTEN = "Too many tries. Wait a few minutes, or ask at the front desk."


@doors.everybody("appointments", "check in by signed link", doors.FORM)
@by_link
def here_link(request: HttpRequest, visit: Appointment, signed: str) -> HttpResponse:
    """Check in, and see when it is one's turn, by the link in a message. GET changes
    nothing: mail programs open links too."""
    here = reverse("booking:here_link", args=[signed])
    return _page(request, visit, here, via=Turn.Via.LINK, signed=signed)


@doors.signed_in("appointments", "check in own", doors.FORM)
@never_cache
def here_own(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The same in the portal, for oneself and for those one acts for."""
    visit = own_visit(request, public_id)
    require(request.user, "booking.view_appointment", visit)
    here = reverse("booking:here_own", args=[public_id])
    return _page(request, visit, here, via=Turn.Via.PORTAL, signed="")


def _page(
    request: HttpRequest, visit: Appointment, here: str, *, via: str, signed: str
) -> HttpResponse:
    """htmx gets the part that changes by itself."""
    at = timezone.now()
    patient = visit.patient
    asks = patient is not None and not patient.address
    typed = request.POST if request.method == "POST" else None
    form = HereForm(typed, asks_address=asks)
    if form.is_valid():
        _check_in(request, visit, via=via, address=form.cleaned_data.get("address", ""))
        return redirect(here)
    htmx: Any = getattr(request, "htmx", None)
    context = {
        "visit": visit,
        "standing": standing_of(visit, at=at),
        "State": State,
        "form": form,
        "here": here,
        "signed": signed,
        "money": money_of(visit),
        "shows_money": bool(signed) or reaches(request, Scope.MONEY),
        "layout": "layouts/booking.html" if signed else "layouts/portal.html",
        "at": at,
    }
    name = "_here" if htmx else "here"
    status = 422 if form.errors else 200
    return render(request, f"booking/queue/{name}.html", context, status=status)


def _check_in(
    request: HttpRequest, visit: Appointment, *, via: str, address: str = ""
) -> Turn | None:
    actor = request.user if request.user.is_authenticated else None
    try:
        turn = check_in(
            actor=actor, appointment=visit, at=timezone.now(), via=via, address=address
        )
    except Refused as refused:
        messages.warning(request, str(refused))
        return None
    messages.success(request, f"You are checked in. Your number is {turn.number}.")
    return turn


@doors.everybody("appointments", "check in by the code at the door", doors.FORM)
@never_cache
def here_door(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What the code at the door of a location leads to.

    Whoever is signed in sees their visits there; others prove themselves by reference
    and birth date. The answer is the same for whatever does not fit, and tries are
    counted by visitor and by reference.
    """
    location = get_object_or_404(Location, public_id=public_id, is_active=True)
    form = FindForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            found = _found(request, location, form)
            if found is not None:
                _check_in(request, found, via=Turn.Via.DOOR)
                return redirect("booking:here_link", manage_token(found))
            status = 429 if form.has_error("__all__", "often") else 422
    context = {"location": location, "form": form, "visits": _own(request, location)}
    return render(request, "booking/queue/door.html", context, status=status)


def _found(
    request: HttpRequest, location: Location, form: FindForm
) -> Appointment | None:
    data = form.cleaned_data
    if not ratelimit.consume(request, action="check_in", key=data["reference"]):
        form.add_error(None, ValidationError(OFTEN, code="often"))
        return None
    visit = visit_here(location, at=timezone.now(), **data)
    if visit is None:
        form.add_error(None, NOTHING)
    return visit


def _own(request: HttpRequest, location: Location) -> list[tuple[Appointment, bool]]:
    if not request.user.is_authenticated:
        return []
    own = visible_to(request.user).filter(
        patient__in=acted_on_by(request.user, Scope.BOOK)
    )
    return visits_here(own, location, at=timezone.now())
