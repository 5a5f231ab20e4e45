"""The queue: everybody's for the desk, their own for who sees patients."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.users.models import Role
from booking.appointments.services import RoomUnfit
from booking.queue.forms import PlaceRulesForm, QueueRulesForm
from booking.queue.queries import rule_book, rules_row
from booking.queue.services import change_room, set_place_rules, set_rules
from clinic.identity.queries import current
from foundation import doors
from foundation.caching import private
from foundation.errors import Refused
from foundation.permissions import require
from portal.dashboards.front_desk.queries import locations_with
from portal.dashboards.queue.forms import PlaceForm, RoomForm
from portal.dashboards.queue.queries import (
    columns_of,
    own_doctor,
    places_of_queue,
    rooms_for,
    visits_today,
)
from portal.dashboards.visits.views import found_visit


@doors.permitted("booking.view_queue", "appointments", "keep the queue")
@private
def queue(request: HttpRequest) -> HttpResponse:
    """Who is here, who comes, who is in, and how long they wait; htmx gets the columns
    alone."""
    at, user = timezone.now(), request.user
    places = places_of_queue(user)
    form = PlaceForm(request.GET, locations=places)
    location = form.chosen()
    columns = []
    if location is not None:
        visits = visits_today(user, location, at=at, doctor=own_doctor(user))
        columns = columns_of(user, visits, location, at=at)
    htmx: Any = getattr(request, "htmx", None)
    context = {
        "form": form,
        "columns": columns,
        "location": location,
        "is_choice": len(places) > 1,
        "zone": location.time_zone if location else current().time_zone,
        "at": at,
    }
    name = "_queue" if htmx else "queue"
    return render(request, f"portal/queue/{name}.html", context)


@doors.permitted("accounts.work_in_care", "appointments", "change rooms", doors.FORM)
@private
def room(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Another room for a visit, or a swap with who has it then."""
    visit = found_visit(request, public_id)
    require(request.user, "booking.move_appointment", visit)
    typed = request.POST if request.method == "POST" else None
    form = RoomForm(typed, location_id=visit.location_id)
    if form.is_valid():
        try:
            change_room(
                actor=request.user,
                appointment=visit,
                room=form.cleaned_data["room"],
                swaps=form.cleaned_data["swap"],
                why=form.cleaned_data["why"],
                at=timezone.now(),
            )
        except RoomUnfit as unfit:
            form.add_error("why", f"{unfit} Choose another room, or say why this one")
        except Refused as refused:
            form.add_error("room", str(refused))
        else:
            messages.success(request, f"Now in {form.cleaned_data['room'].name}.")
            return redirect("workspace:queue")
    rooms = rooms_for(visit, at=timezone.now())
    context = {"visit": visit, "form": form, "rooms": rooms}
    status = 422 if form.errors else 200
    return render(request, "portal/queue/room.html", context, status=status)


@doors.permitted("booking.set_queue_rules", "queue rules", "set", doors.FORM)
@private
def set_queue_rules(request: HttpRequest) -> HttpResponse:
    """How early one checks in, and when a visit counts as missed; and which locations
    have rules of their own."""
    form = QueueRulesForm(
        request.POST if request.method == "POST" else None, instance=rules_row(None)
    )
    if form.is_valid():
        set_rules(actor=request.user, **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("workspace:queue")
    own = rule_book().places
    places = locations_with(request.user, Role.MEDICAL_ADMIN)
    context = {"form": form, "places": [(one, own.get(one.pk)) for one in places]}
    status = 422 if form.errors else 200
    return render(request, "portal/queue/rules.html", context, status=status)


@doors.permitted("booking.set_queue_rules", "queue rules", "set", doors.FORM)
@private
def set_queue_rules_at(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What a location has of its own, beside the clinic's rules."""
    here = locations_with(request.user, Role.MEDICAL_ADMIN)
    location = get_object_or_404(here, public_id=public_id)
    form = PlaceRulesForm(
        request.POST if request.method == "POST" else None,
        instance=rules_row(location),
        usual=rule_book().clinic,
    )
    if form.is_valid():
        set_place_rules(actor=request.user, location=location, **form.cleaned_data)
        messages.success(request, f"Saved for {location.name}.")
        return redirect("workspace:queue_rules")
    context = {"form": form, "location": location}
    status = 422 if form.errors else 200
    return render(request, "portal/queue/place_rules.html", context, status=status)
