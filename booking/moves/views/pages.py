"""The addresses of a move, each in two kinds: for who is signed in, and for a link."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache

from booking.appointments.models import Appointment
from booking.appointments.queries import manage_token, read_manage_token
from booking.appointments.views import by_link, own_visit
from booking.moves.forms import MoveForm
from booking.moves.models import Move
from booking.moves.views.steps import check_step, times_step, withdraw_step
from booking.moves.views.ways import link_way, portal_way
from foundation import doors
from foundation.permissions import require


@doors.signed_in("appointments", "move own")
@never_cache
def move(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The free times for a visit of one's own."""
    visit = own_visit(request, public_id)
    require(request.user, "booking.change_time", visit)
    return times_step(request, portal_way(visit))


@doors.signed_in("appointments", "move own", doors.FORM)
@never_cache
def move_check(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The chosen time beside the one there is, and what it costs; POST moves."""
    visit = own_visit(request, public_id)
    require(request.user, "booking.change_time", visit)
    return check_step(request, portal_way(visit))


@doors.signed_in("appointments", "move own", doors.POST)
@never_cache
def move_withdraw(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take back what was asked for."""
    visit = own_visit(request, public_id)
    require(request.user, "booking.change_time", visit)
    return withdraw_step(request, portal_way(visit))


@doors.everybody("appointments", "move by signed link")
@by_link
def manage_move(request: HttpRequest, visit: Appointment, signed: str) -> HttpResponse:
    """The free times, by the link in a message."""
    return times_step(request, link_way(visit, signed))


@doors.everybody("appointments", "move by signed link", doors.FORM)
@never_cache
def manage_move_check(request: HttpRequest, signed: str) -> HttpResponse:
    """The chosen time, by the link in a message; POST moves, and ends the link.

    So the same form sent twice comes with a link that is void: it is led to where the
    first one led.
    """
    moved = _moved_by(request, signed)
    if moved is not None:
        return redirect("booking:manage", manage_token(moved))
    return _check_by_link(request, signed)


@by_link
def _check_by_link(
    request: HttpRequest, visit: Appointment, signed: str
) -> HttpResponse:
    return check_step(request, link_way(visit, signed))


@doors.everybody("appointments", "move by signed link", doors.POST)
@by_link
def manage_move_withdraw(
    request: HttpRequest, visit: Appointment, signed: str
) -> HttpResponse:
    """Take back what was asked for, by the link in a message."""
    return withdraw_step(request, link_way(visit, signed))


def _moved_by(request: HttpRequest, signed: str) -> Appointment | None:
    """The visit that this very form has moved already; None for any other request."""
    link = read_manage_token(signed, at=timezone.now())
    form = MoveForm(request.POST)
    if request.method != "POST" or link is None or not form.is_valid():
        return None
    rows = Move.objects.filter(
        idempotency_key=form.cleaned_data["key"],
        appointment__public_id=link.public_id,
    )
    found = rows.select_related("appointment").first()
    return found.appointment if found else None
