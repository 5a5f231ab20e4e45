"""A visit is put at another place of the calendar: what that means, before it is done.

Whether it was dragged there, brought by keys or followed a link, it comes here: GET
says what would change and what stands in the way, and only POST changes anything.
"""

import uuid
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from booking.appointments.models import LIVE, Appointment, Status
from booking.moves.models import Move
from booking.moves.services import ChangedMeanwhile, hand_over, move_for_patient
from booking.queue.services import change_room
from foundation import doors
from foundation.caching import private
from foundation.errors import Refused
from foundation.formats import short_date_time
from foundation.permissions import require
from portal.dashboards.visit_times.forms import PlaceForm, WishForm
from portal.dashboards.visit_times.queries import Outcome, Wish, outcome_of
from portal.dashboards.visits.views import found_visit


@doors.permitted("accounts.work_here", "appointments", "give another time", doors.FORM)
@private
def visit_place(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What a visit would be at another time, with another doctor or in another room;
    POST does it. htmx gets the answer alone."""
    visit = found_visit(request, public_id)
    require(request.user, "booking.move_appointment", visit)
    asked = request.POST if request.method == "POST" else request.GET
    wish_form = WishForm(asked)
    if not wish_form.is_valid():
        # Without JavaScript the free times are the way to another one.
        return redirect("workspace:visit_time", public_id=public_id)
    data = wish_form.cleaned_data
    wish = Wish(data["starts_at"], doctor=data["doctor"], room=data["room"])
    at = timezone.now()
    if request.method == "POST":
        return _do(request, visit, wish, data["seen"], at)
    form = PlaceForm(initial={**asked.dict(), "key": uuid.uuid4()})
    return _page(request, visit, wish, form, seen=data["seen"], at=at)


def _page(
    request: HttpRequest,
    visit: Appointment,
    wish: Wish,
    form: PlaceForm,
    *,
    seen: int | None,
    at: datetime,
    refusal: Refused | None = None,
) -> HttpResponse:
    changed = isinstance(refusal, ChangedMeanwhile)
    is_stale = changed or (seen is not None and visit.sequence != seen)
    outcome = outcome_of(request.user, visit, wish, at=at)
    against = list(outcome.against)
    if not _is_movable(visit, wish):
        against = ["Only a visit that is booked can be moved."]
    if refusal is not None and not against:
        against = [str(refusal)]
    offering = outcome.offering
    context = {
        "appointment": visit,
        "patient": visit.patient,
        "outcome": outcome,
        "against": against,
        "location": offering.location if offering else visit.location,
        "doctor": offering.doctor if offering else visit.doctor,
        "zone": (offering.location if offering else visit.location).time_zone,
        "is_room": wish.room is not None,
        "is_stale": is_stale,
        "form": form,
        "back": _back(request, visit),
        "here": request.get_full_path(),
    }
    name = "_place" if getattr(request, "htmx", None) else "place"
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, f"portal/visit_times/{name}.html", context, status=status)


def _is_movable(visit: Appointment, wish: Wish) -> bool:
    if wish.room is not None:
        return visit.status in LIVE
    return visit.status == Status.CONFIRMED


def _do(
    request: HttpRequest,
    visit: Appointment,
    wish: Wish,
    seen: int | None,
    at: datetime,
) -> HttpResponse:
    form = PlaceForm(request.POST)
    if not form.is_valid():
        return _page(request, visit, wish, form, seen=seen, at=at)
    key = form.cleaned_data["key"]
    if Move.objects.filter(appointment=visit, idempotency_key=key).exists():
        # Sent again: to where the first one led.
        return _onward(request, visit)
    outcome = outcome_of(request.user, visit, wish, at=at)
    try:
        done = _put(request, visit, outcome, form.cleaned_data, seen=seen, at=at)
    except Refused as refusal:
        visit.refresh_from_db()
        return _page(request, visit, wish, form, seen=seen, at=at, refusal=refusal)
    messages.success(request, done)
    return _onward(request, visit)


def _onward(request: HttpRequest, visit: Appointment) -> HttpResponse:
    address = _back(request, visit)
    if getattr(request, "htmx", None):
        return HttpResponseClientRedirect(address)
    return HttpResponseRedirect(address)


def _put(
    request: HttpRequest,
    visit: Appointment,
    outcome: Outcome,
    data: dict[str, Any],
    *,
    seen: int | None,
    at: datetime,
) -> str:
    """Do it by the service that fits, and say what was done. The service looks at what
    is in the way itself, whatever `outcome` says."""
    user, offering = request.user, outcome.offering
    if data["room"] is not None:
        room = data["room"]
        if seen is not None and visit.sequence != seen and visit.room_id != room.pk:
            raise ChangedMeanwhile
        change_room(actor=user, appointment=visit, room=room, at=at)
        return f"Now in {room.name}."
    if offering is None:
        raise Refused(" ".join(outcome.against))
    asked: dict[str, Any] = {
        "actor": user,
        "appointment": visit,
        "offering": offering,
        "reason": data["reason"],
        "at": at,
        "idempotency_key": data["key"],
        "seen": seen,
    }
    if offering.doctor_id != visit.doctor_id:
        hand_over(**asked)
        return (
            f"{offering.doctor.short_name} sees the patient instead. The patient is"
            " told, with your reason."
        )
    move_for_patient(starts_at=outcome.starts_at, **asked)
    when = short_date_time(outcome.starts_at, offering.location.time_zone, staff=True)
    return f"Moved to {when}. The patient is told, with your reason."


def _back(request: HttpRequest, visit: Appointment) -> str:
    """The calendar that somebody came from, or the visit's own page."""
    address = request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(address, allowed_hosts=None):
        return address
    return reverse("workspace:appointment", args=[visit.public_id])
