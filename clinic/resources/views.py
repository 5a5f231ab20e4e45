"""Rooms and equipment of a location, and what they offer, for administrators."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.users.queries import signed_in_user
from clinic.locations.models import Location
from clinic.resources.forms import CapabilityForm, EquipmentForm, RoomForm
from clinic.resources.models import Capability, Equipment, Room
from clinic.resources.queries import offered_in, uses
from clinic.resources.services import (
    NameTaken,
    StillUsed,
    remove_capability,
    reopen_room,
    save_capability,
    save_equipment,
    save_room,
    set_equipment_active,
)
from foundation import doors


@doors.permitted("clinic.manage_clinic", "rooms", "add", doors.FORM)
def add(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Add a room to a location."""
    location = get_object_or_404(Location, public_id=public_id)
    return _room_form(request, location, None)


@doors.permitted("clinic.manage_clinic", "rooms", "change", doors.FORM)
def edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What a room is called and offers, its own hours, and who uses it."""
    rooms = Room.objects.select_related("location")
    room = get_object_or_404(rooms, public_id=public_id)
    return _room_form(request, room.location, room)


def _saved(
    request: HttpRequest,
    form: RoomForm | EquipmentForm,
    save: Callable[..., Room | Equipment],
    location: Location,
    **which: Room | Equipment | None,
) -> HttpResponse | None:
    """Back to the location when what was sent is saved; None to show the form."""
    if request.method != "POST" or not form.is_valid():
        return None
    actor = signed_in_user(request)
    try:
        saved = save(actor=actor, location=location, **which, **form.content)
    except NameTaken as refusal:
        form.add_error("name", str(refusal))
        return None
    messages.success(request, f"{saved.name} is saved.")
    return redirect("clinic:location", public_id=location.public_id)


def _room_form(
    request: HttpRequest, location: Location, room: Room | None
) -> HttpResponse:
    title = room.name if room else ""
    form = RoomForm(request.POST or None, resource=room)
    if done := _saved(request, form, save_room, location, room=room):
        return done
    offered = list(offered_in(room)) if room else []
    context = {
        "form": form,
        "location": location,
        "room": room,
        "title": title,
        "offered": offered,
        "is_bound": any(one.only_this_room for one in offered),
    }
    status = 422 if form.errors else 200
    return render(request, "clinic/rooms/edit.html", context, status=status)


@doors.permitted("clinic.manage_clinic", "rooms", "open again", doors.POST)
def reopen(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Open a closed room again."""
    room = get_object_or_404(Room, public_id=public_id)
    reopen_room(actor=signed_in_user(request), room=room)
    messages.success(request, f"{room.name} is open again.")
    return redirect("clinic:room", public_id=public_id)


@doors.permitted("clinic.manage_clinic", "equipment", "add", doors.FORM)
def add_equipment(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Add a piece of equipment to a location."""
    location = get_object_or_404(Location, public_id=public_id)
    return _equipment_form(request, location, None)


@doors.permitted("clinic.manage_clinic", "equipment", "change", doors.FORM)
def edit_equipment(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What a piece of equipment is called and offers, where it stands, its hours."""
    rows = Equipment.objects.select_related("location", "room")
    piece = get_object_or_404(rows, public_id=public_id)
    return _equipment_form(request, piece.location, piece)


def _equipment_form(
    request: HttpRequest, location: Location, piece: Equipment | None
) -> HttpResponse:
    title = piece.name if piece else ""
    form = EquipmentForm(request.POST or None, location=location, resource=piece)
    if done := _saved(request, form, save_equipment, location, equipment=piece):
        return done
    context = {"form": form, "location": location, "equipment": piece, "title": title}
    status = 422 if form.errors else 200
    return render(request, "clinic/rooms/equipment.html", context, status=status)


@doors.permitted("clinic.manage_clinic", "equipment", "close", doors.POST)
def close_equipment(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Out of use for good; what it is booked for stands under rooms and equipment."""
    return _set_active(request, public_id, False)


@doors.permitted("clinic.manage_clinic", "equipment", "open again", doors.POST)
def reopen_equipment(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """In use again."""
    return _set_active(request, public_id, True)


def _set_active(request: HttpRequest, public_id: UUID, is_active: bool) -> HttpResponse:
    piece = get_object_or_404(Equipment, public_id=public_id)
    set_equipment_active(
        actor=signed_in_user(request), equipment=piece, is_active=is_active
    )
    words = "in use again" if is_active else "out of use"
    messages.success(request, f"{piece.name} is {words}.")
    return redirect("clinic:equipment", public_id=public_id)


@doors.permitted("clinic.manage_clinic", "capabilities", "list, add", doors.FORM)
def capabilities(request: HttpRequest) -> HttpResponse:
    """The clinic's own list of what rooms and equipment offer and visits need."""
    form = CapabilityForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = save_capability(actor=signed_in_user(request), **form.cleaned_data)
        except NameTaken as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"{made.name} is on the list.")
            return redirect("clinic:capabilities")
    known = list(Capability.objects.order_by("name"))
    used = uses(known)
    rows = [(one, used[one.pk]) for one in known]
    return render(
        request,
        "clinic/rooms/capabilities.html",
        {"form": form, "rows": rows},
        status=422 if form.errors else 200,
    )


@doors.permitted("clinic.manage_clinic", "capabilities", "remove", doors.POST)
def end_capability(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take off the list what nothing offers or needs."""
    capability = get_object_or_404(Capability, public_id=public_id)
    try:
        remove_capability(actor=signed_in_user(request), capability=capability)
    except StillUsed as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{capability.name} is off the list.")
    return redirect("clinic:capabilities")
