"""Displays on the wall, and the poster with the code at the door."""

import io
from uuid import UUID

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from booking.queue import services
from booking.queue.permissions import visible_screens
from foundation import doors
from foundation.caching import private
from portal.dashboards.front_desk.queries import locations_of
from portal.dashboards.queue.forms import ScreenForm


@doors.permitted("booking.manage_screens", "displays", "list, make", doors.FORM)
@private
def screens(request: HttpRequest) -> HttpResponse:
    """Every display of the user's places. The address of a new one is shown once: it
    cannot be read again, but replaced."""
    places = locations_of(request.user)
    typed = request.POST if request.method == "POST" else None
    form = ScreenForm(typed, locations=places)
    address = ""
    if form.is_valid():
        _, key = services.make_screen(
            actor=request.user, at=timezone.now(), **form.cleaned_data
        )
        address = f"{settings.SITE_URL}{reverse('booking:screen', args=[key])}"
        form = ScreenForm(locations=places)
    return _page(request, form, places, address)


def _page(
    request: HttpRequest, form: ScreenForm, places: object, address: str
) -> HttpResponse:
    shown = visible_screens(request.user).filter(ended_at=None)
    context = {
        "form": form,
        "screens": shown.select_related("location").order_by("location__name", "name"),
        "places": places,
        "address": address,
    }
    status = 422 if form.errors else 200
    return render(request, "portal/queue/screens.html", context, status=status)


@doors.permitted("booking.manage_screens", "displays", "end", doors.POST)
def end_screen(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Its address opens nothing any more."""
    screen = get_object_or_404(visible_screens(request.user), public_id=public_id)
    services.end_screen(actor=request.user, screen=screen, at=timezone.now())
    messages.success(request, "The display is ended.")
    return redirect("workspace:screens")


@doors.permitted("booking.manage_screens", "posters", "print")
@private
def poster(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One page for the door: a code that leads to checking in at this place."""
    location = get_object_or_404(locations_of(request.user), public_id=public_id)
    path = reverse("booking:here_door", args=[location.public_id])
    address = f"{settings.SITE_URL}{path}"
    context = {"location": location, "address": address, "code": _code(address)}
    return render(request, "portal/queue/poster.html", context)


def _code(address: str) -> SafeString:
    """The address as a drawing of dark squares; it holds no text and no style."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, scale=8, border=2, nl=False
    )
    # Made of numbers by the library; the address stands in no attribute.
    return mark_safe(out.getvalue().decode())  # noqa: S308  # nosec B308 B703
