"""Rooms of a location, for administrators."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.users.queries import signed_in_user
from clinic.locations.models import Location
from clinic.resources.forms import RoomForm
from clinic.resources.models import Room
from clinic.resources.queries import offered_in
from clinic.resources.services import NameTaken, reopen_room, save_room
from foundation import doors


@doors.permitted("clinic.manage_clinic", "rooms", "add", doors.FORM)
def add(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Add a room to a location."""
    location = get_object_or_404(Location, public_id=public_id)
    return _form(request, location, None)


@doors.permitted("clinic.manage_clinic", "rooms", "change", doors.FORM)
def edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Rename a room, and see who uses it."""
    rooms = Room.objects.select_related("location")
    room = get_object_or_404(rooms, public_id=public_id)
    return _form(request, room.location, room)


def _form(request: HttpRequest, location: Location, room: Room | None) -> HttpResponse:
    title = room.name if room else ""
    form = RoomForm(request.POST or None, initial={"name": title})
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_room(
                actor=signed_in_user(request),
                location=location,
                room=room,
                **form.cleaned_data,
            )
        except NameTaken as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"{saved.name} is saved.")
            return redirect("clinic:location", public_id=location.public_id)
    return render(
        request,
        "clinic/rooms/edit.html",
        {
            "form": form,
            "location": location,
            "room": room,
            "title": title,
            "offered": offered_in(room) if room else [],
        },
        status=422 if form.errors else 200,
    )


@doors.permitted("clinic.manage_clinic", "rooms", "open again", doors.POST)
def reopen(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Open a closed room again."""
    room = get_object_or_404(Room, public_id=public_id)
    reopen_room(actor=signed_in_user(request), room=room)
    messages.success(request, f"{room.name} is open again.")
    return redirect("clinic:room", public_id=public_id)
