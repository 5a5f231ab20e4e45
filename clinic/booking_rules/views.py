"""What a location has of its own for booking, for administrators."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.users.queries import signed_in_user
from clinic.booking_rules.forms import BookingRulesForm
from clinic.booking_rules.queries import usual_at
from clinic.booking_rules.services import set_booking_rules
from clinic.locations.models import Location
from foundation import doors


@doors.permitted("clinic.manage_clinic", "locations", "change", doors.FORM)
def edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Notice, horizon, reminders, notes, displays and waiting list of one location."""
    location = get_object_or_404(Location, public_id=public_id)
    form = BookingRulesForm(
        request.POST if request.method == "POST" else None,
        location=location,
        usual=usual_at(location),
    )
    if form.is_valid():
        set_booking_rules(
            actor=signed_in_user(request), location=location, **form.content
        )
        messages.success(request, f"Saved for {location.name}.")
        return redirect("clinic:location", public_id=public_id)
    context = {"form": form, "location": location}
    status = 422 if form.errors else 200
    return render(request, "clinic/booking_rules/edit.html", context, status=status)
