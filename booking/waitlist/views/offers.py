"""Answering an offer: in the portal, or by the link in its message."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.patients.permissions import acted_on_by
from accounts.proxies.models import Scope
from accounts.proxies.queries import show_as
from booking.appointments.models import Appointment
from booking.appointments.queries import manage_token, money_of, show_price
from booking.appointments.queries.terms import LINK_OUTLIVES
from booking.waitlist.models import Offer
from booking.waitlist.permissions import visible_offers
from booking.waitlist.queries import (
    outcome_of,
    read_offer_token,
    visit_of,
    whole_offers,
)
from booking.waitlist.services import accept_offer, decline_offer
from foundation import doors
from foundation.errors import Refused
from foundation.permissions import require

NO = "You said no to this time. You stay on the waiting list."


@doors.signed_in("waiting list", "answer own offers", doors.FORM)
@never_cache
def offer(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One offer, of one's own or of somebody whom one books for; POST answers it."""
    rows = whole_offers().filter(
        pk__in=visible_offers(request.user),
        entry__patient__in=acted_on_by(request.user, Scope.BOOK),
    )
    found = get_object_or_404(rows, public_id=public_id)
    show_as(request, found.entry.patient)
    require(request.user, "booking.answer_offer", found)
    here = reverse("booking:offer", args=[public_id])
    return _page(request, found, here, signed="")


@doors.everybody("waiting list", "answer by signed link", doors.FORM)
@never_cache
def offer_managed(request: HttpRequest, signed: str) -> HttpResponse:
    """The same by the link in a message, without signing in: when, with whom and where,
    and nothing about health. GET changes nothing: mail programs open links too. Like a
    visit's link it ends a month after the time."""
    public_id = read_offer_token(signed)
    if public_id is None:
        raise Http404
    still = whole_offers().filter(freed__starts_at__gt=timezone.now() - LINK_OUTLIVES)
    found = get_object_or_404(still, public_id=public_id)
    here = reverse("booking:offer_managed", args=[signed])
    return _page(request, found, here, signed=signed)


def _page(
    request: HttpRequest, found: Offer, here: str, *, signed: str
) -> HttpResponse:
    at = timezone.now()
    if request.method == "POST":
        return _answer(request, found, here, signed=signed)
    layout = "layouts/booking.html" if signed else "layouts/portal.html"
    visit, hold = visit_of(found), found.freed.hold
    if hold is not None and hold.patient_id is None:
        show_price(hold, found.entry.patient, at=at)
    context = {
        "offer": found,
        "is_open": found.is_open(at),
        "visit": visit,
        "outcome": outcome_of(found),
        "visit_url": _visit_url(visit, signed) if visit else "",
        "must_pay": visit is not None and money_of(visit).state == "DUE",
        "layout": layout,
        "signed": signed,
    }
    return render(request, "booking/waitlist/offer.html", context)


def _answer(
    request: HttpRequest, found: Offer, here: str, *, signed: str
) -> HttpResponse:
    actor = request.user if request.user.is_authenticated else None
    about: dict[str, Any] = {"actor": actor, "offer": found, "at": timezone.now()}
    try:
        if request.POST.get("answer") == "decline":
            decline_offer(**about, by_link=bool(signed))
            messages.success(request, NO)
        elif request.POST.get("answer") == "accept":
            visit = accept_offer(**about, by_link=bool(signed))
            return redirect(_visit_url(visit, signed))
    except Refused as refused:
        messages.warning(request, str(refused))
    return redirect(here)


def _visit_url(visit: Appointment, signed: str) -> str:
    if signed:
        return reverse("booking:manage", args=[manage_token(visit)])
    return reverse("booking:appointment", args=[visit.public_id])
