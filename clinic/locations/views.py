"""Locations and closures, for administrators."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.users.queries import signed_in_user
from clinic.identity.queries import current
from clinic.locations.forms import ClosureForm, LocationForm, by_weekday
from clinic.locations.models import Closure, Location
from clinic.locations.services import (
    remove_closure,
    reopen_location,
    save_location,
)
from clinic.resources.queries import equipment_of, rooms_of
from foundation import doors


@doors.permitted("clinic.manage_clinic", "locations", "list")
def locations(request: HttpRequest) -> HttpResponse:
    """All locations, also those that are closed."""
    rows = Location.objects.prefetch_related("opening_hours")
    return render(
        request,
        "clinic/locations/locations.html",
        {"locations": rows.order_by("-is_active", "name")},
    )


@doors.permitted("clinic.manage_clinic", "locations", "change", doors.FORM)
def edit(
    request: HttpRequest,
    public_id: UUID | None = None,
    *,
    form: LocationForm | None = None,
) -> HttpResponse:
    """Add a location, or show one and its opening hours. The roof changes one that is
    there, because it knows who is booked in it; its `form` comes back with what is
    wrong with it."""
    location = get_object_or_404(Location, public_id=public_id) if public_id else None
    title = str(location or "")
    is_new = request.method == "POST" and location is None
    form = form or LocationForm(
        request.POST if is_new else None,
        instance=location,
        week=by_weekday(location.opening_hours.all()) if location else None,
        initial={} if location else {"time_zone": current().time_zone},
    )
    if is_new and form.is_valid():
        saved = save_location(
            actor=signed_in_user(request), location=None, **form.content
        )
        messages.success(request, f"{saved.name} is saved.")
        return redirect("clinic:location", public_id=saved.public_id)
    return render(
        request,
        "clinic/locations/edit.html",
        {
            "form": form,
            "location": location,
            "title": title,
            "rooms": rooms_of(location) if location else [],
            "equipment": equipment_of(location) if location else [],
        },
        status=422 if form.errors else 200,
    )


@doors.permitted("clinic.manage_clinic", "locations", "open again", doors.POST)
def reopen_closed(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Open a closed location again."""
    location = get_object_or_404(Location, public_id=public_id)
    reopen_location(actor=signed_in_user(request), location=location)
    messages.success(request, f"{location.name} is open again.")
    return redirect("clinic:location", public_id=public_id)


@doors.permitted("clinic.manage_clinic", "closures", "list")
def closures(request: HttpRequest, *, form: ClosureForm | None = None) -> HttpResponse:
    """Holidays and other days on which nobody is seen. The roof adds one, because it
    knows who is booked then; its `form` comes back with what is wrong with it."""
    coming = Closure.objects.filter(ends_date__gt=timezone.localdate())
    return render(
        request,
        "clinic/locations/closures.html",
        {
            "form": form or ClosureForm(),
            "closures": coming.select_related("location").order_by("starts_date"),
        },
        status=422 if form else 200,
    )


@doors.permitted("clinic.manage_clinic", "closures", "remove", doors.POST)
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a closure back."""
    remove_closure(
        actor=request.user,  # type: ignore[arg-type]
        closure=get_object_or_404(Closure, pk=pk),
    )
    messages.success(request, "Open as usual on these days.")
    return redirect("clinic:closures")
