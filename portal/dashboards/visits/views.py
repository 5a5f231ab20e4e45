"""One visit, for staff: what it is, what was done, what can be done."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from billing.follow_ups.queries import offer_of
from billing.follow_ups.services import WaitsForPayment
from billing.follow_ups.services import grant as grant_follow_up
from booking.appointments import services
from booking.appointments.models import Appointment, Party
from booking.appointments.permissions import visible_to
from booking.appointments.queries import grant_once_paid
from booking.moves import services as moves
from booking.moves.models import Move
from booking.queue import services as queue
from foundation import doors
from foundation.caching import private
from foundation.errors import Refused
from foundation.formats import money
from foundation.permissions import require
from portal.dashboards.visits.forms import GrantForm, MoveForm, ReasonForm
from portal.dashboards.visits.queries import all_moves, visit

VERBS: dict[str, tuple[Any, str]] = {
    "arrive": (queue.check_in, "Checked in."),
    "call": (queue.call_in, "Called in. The number is on the wall."),
    "start": (services.start_consultation, "Started."),
    "complete": (services.complete_visit, "Done."),
    "miss": (services.mark_missed, "Marked as missed."),
    "undo": (queue.take_back, "Taken back."),
    "back": (queue.take_done_back, "Taken back. The patient counts as arrived."),
    # Only with a reason, so only from the form; no button has this address.
    "reopen": (queue.reopen, "Taken back. The patient counts as arrived."),
}


def found_visit(request: HttpRequest, public_id: UUID) -> Appointment:
    """The visit, if this member of staff may see it."""
    return get_object_or_404(
        visible_to(request.user)
        .filter(patient__isnull=False)
        .select_related(
            "patient", "doctor__user", "visit_type", "location", "room", "turn"
        ),
        public_id=public_id,
    )


def _back(request: HttpRequest, public_id: UUID) -> HttpResponseRedirect:
    """To the list that the button stood in, or to the visit's own page."""
    address = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(address, allowed_hosts=None):
        address = reverse("workspace:appointment", args=[public_id])
    return HttpResponseRedirect(address)


@doors.permitted("accounts.work_here", "appointments", "read")
@private
def appointment(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One visit."""
    return _page(request, found_visit(request, public_id))


def _page(request: HttpRequest, found: Appointment, **forms: Any) -> HttpResponse:
    """The visit's page; with `form` or `move_form` from a post that has errors."""
    page = visit(request.user, found, at=timezone.now())
    return render(
        request,
        "portal/visits/appointment.html",
        {
            "page": page,
            "appointment": found,
            "patient": found.patient,
            "zone": found.location.time_zone,
            "form": ReasonForm(),
            "move_form": MoveForm(moves=page.all_moves),
            **forms,
        },
        status=422 if forms else 200,
    )


@doors.permitted("accounts.work_here", "appointments", "move", doors.POST)
def move(request: HttpRequest, public_id: UUID, verb: str) -> HttpResponse:
    """Check in, start, finish, mark as missed, or take the last of these back."""
    found = found_visit(request, public_id)
    require(request.user, "booking.move_appointment", found)
    service, done = VERBS[verb]
    _try(request, done, service, appointment=found)
    return _back(request, public_id)


@doors.permitted("accounts.work_here", "appointments", "move", doors.POST)
def change(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The same, and leaving a step out, with a reason for the history."""
    found = found_visit(request, public_id)
    require(request.user, "booking.move_appointment", found)
    form = MoveForm(request.POST, moves=all_moves(found, at=timezone.now()))
    if not form.is_valid():
        return _page(request, found, move_form=form)
    service, done = VERBS[form.cleaned_data["verb"]]
    _try(request, done, service, appointment=found, reason=form.cleaned_data["why"])
    return redirect("workspace:appointment", public_id=public_id)


@doors.permitted("accounts.work_here", "appointments", "approve, decline", doors.POST)
def approve(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Say yes to a request."""
    found = found_visit(request, public_id)
    require(request.user, "booking.approve_appointment", found)
    _try(
        request,
        "Approved. The patient is told.",
        services.approve_request,
        appointment=found,
    )
    return _back(request, public_id)


@doors.permitted("accounts.work_here", "appointments", "approve, decline", doors.POST)
def decline(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Say no to a request, with a reason."""
    found = found_visit(request, public_id)
    require(request.user, "booking.approve_appointment", found)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form=form)
    _try(
        request,
        "Declined. The patient is told, with your reason.",
        services.decline_request,
        appointment=found,
        **form.cleaned_data,
    )
    return _back(request, public_id)


@doors.permitted("accounts.work_here", "appointments", "approve, decline", doors.POST)
def approve_move(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Say yes to another time for a visit."""
    move = _asked(request, public_id)
    done = "Moved. The patient is told."
    _try(request, done, moves.approve_move, move=move)
    return _back(request, public_id)


@doors.permitted("accounts.work_here", "appointments", "approve, decline", doors.POST)
def decline_move(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Say no to it, with a reason; the visit stays."""
    move = _asked(request, public_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, found_visit(request, public_id), form=form)
    _try(
        request,
        "Declined. The visit stays, and the patient is told, with your reason.",
        moves.decline_move,
        move=move,
        **form.cleaned_data,
    )
    return _back(request, public_id)


def _asked(request: HttpRequest, public_id: UUID) -> Move:
    """The last move that was asked for the visit, which this person answers."""
    found = found_visit(request, public_id)
    require(request.user, "booking.approve_appointment", found)
    asked = found.moves.exclude(expires_at=None).select_related("appointment", "hold")
    move = asked.order_by("-asked_at", "-pk").first()
    if move is None:
        raise Http404
    return move


@doors.permitted(
    "accounts.work_here", "appointments", "cancel for the clinic", doors.POST
)
def cancel(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The clinic cancels: a reason is needed, all money goes back."""
    found = found_visit(request, public_id)
    require(request.user, "booking.move_appointment", found)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form=form)
    _try(
        request,
        "Cancelled. The patient is told, and gets back what was paid.",
        services.cancel_appointment,
        appointment=found,
        by=Party.CLINIC,
        **form.cleaned_data,
    )
    return redirect("workspace:appointment", public_id=public_id)


@doors.permitted(
    "accounts.work_here", "appointments", "charge as a follow-up", doors.POST
)
def grant(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Charge a booked visit as a follow-up, if all is as the page said."""
    found = found_visit(request, public_id)
    require(request.user, "booking.grant_follow_up", found)
    at = timezone.now()
    offer, form = offer_of(found, at=at), GrantForm(request.POST)
    if offer is None and grant_once_paid(found, at=at) is not None:
        messages.error(request, WaitsForPayment.sentence)
    elif offer is None or not form.agrees_to(offer):
        messages.error(request, "What can be granted has changed. Look at it again.")
    else:
        done = "Charged as a follow-up."
        if offer.back:
            back = money(offer.back, found.currency, exact=True)
            done = f"{done} {back} goes back to who paid."
        _try(request, done, grant_follow_up, appointment=found, seen=offer)
    return redirect("workspace:appointment", public_id=public_id)


def _try(request: HttpRequest, done: str, service: Any, **arguments: Any) -> None:
    try:
        service(actor=request.user, at=timezone.now(), **arguments)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
