"""Two pages: the free times, and what the chosen one means. Only the button on the
second changes anything, so no program that looks ahead at links can move a visit.
"""

import uuid
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from booking.appointments.models import Appointment
from booking.appointments.queries import (
    cancellation_terms,
    late_fee,
    manage_token,
    slot_at,
    terms_after_move,
    why_stays,
)
from booking.appointments.services import SlotTaken
from booking.drafts.forms import TimeForm, read_wanted
from booking.drafts.queries import nearest
from booking.moves import services
from booking.moves.forms import MoveForm
from booking.moves.models import Move
from booking.moves.queries import (
    BY_PHONE,
    needs_answer,
    offering_of,
    places,
    price_line,
    standing,
    times_to_move,
)
from booking.moves.views.ways import Way
from booking.openings.queries import Opening
from clinic.visit_types.models import Offering
from foundation.errors import Refused
from foundation.formats import date_time, local, zone_name

# What the page of times can be asked for.
QUESTION = ("location", "month", "day")


def times_step(
    request: HttpRequest, way: Way, *, form: TimeForm | None = None
) -> HttpResponse:
    """The free times; with a `form` that names none of them, what is wrong with it."""
    at, visit = timezone.now(), way.visit
    refusal = _refuse(request, way, at)
    if refusal is not None:
        return refusal
    offerings = places(visit, at=at)
    if not offerings:
        messages.warning(request, BY_PHONE)
        return redirect(way.here)
    asked = {"location": visit.location.slug}
    shown = times_to_move(
        visit,
        offerings,
        read_wanted(_question(request), asked),
        theirs=_theirs(request, visit),
        at=at,
    )
    there = shown.wanted.location
    context = {
        "visit": visit,
        "way": way,
        "form": form or TimeForm(),
        "times": shown,
        "places": shown.locations,
        "place_slug": there,
        "place": dict(shown.locations).get(there, visit.location.name),
        "price_line": price_line(visit, visit.starts_at),
        "previous_url": _month(there, shown.previous),
        "next_url": _month(there, shown.following),
        "soonest_url": _day(there, shown.soonest),
    }
    # Scripts put only the times in place.
    template = "_times" if HtmxDetails(request) else "times"
    status = 422 if form is not None else 200
    return render(request, f"booking/moves/{template}.html", context, status=status)


def _question(request: HttpRequest) -> QueryDict:
    """What the page was asked for; the doctor is the visit's."""
    asked = QueryDict(mutable=True)
    asked.update({name: request.GET[name] for name in QUESTION if name in request.GET})
    return asked


def _month(location: str, first: date | None) -> str:
    question = {"location": location, "month": f"{first:%Y-%m}"} if first else {}
    return f"?{urlencode(question)}" if question else ""


def _day(location: str, opening: Opening | None) -> str:
    if opening is None:
        return ""
    question = {"location": location, "day": opening.date.isoformat()}
    return f"?{urlencode(question)}"


def _refuse(request: HttpRequest, way: Way, at: datetime) -> HttpResponse | None:
    """Back to the visit's page, where this visit cannot be moved."""
    now = standing(way.visit, at=at)
    if now.is_movable:
        return None
    words = now.why_not or services.NotMovable.sentence
    if now.asked is not None:
        words = "You have asked for another time already. Withdraw that first."
    messages.warning(request, words)
    return redirect(way.here)


def check_step(request: HttpRequest, way: Way) -> HttpResponse:
    """What the chosen time means; POST moves."""
    asked = request.POST if request.method == "POST" else request.GET
    chosen = TimeForm(asked)
    at = timezone.now()
    offering = None
    if chosen.is_valid():
        public_id, starts_at = chosen.cleaned_data["slot"]
        offering = offering_of(places(way.visit, at=at), public_id)
    if offering is None:
        chosen.add_error("slot", TimeForm.NONE)
        return times_step(request, way, form=chosen)
    if request.method == "POST":
        return _move(request, way, offering, starts_at, at)
    refusal = _refuse(request, way, at)
    if refusal is not None:
        return refusal
    patient = way.visit.patient
    found = slot_at(offering, starts_at, at=at, patient=patient, besides=way.visit.pk)
    if found is None:
        return _gone_page(request, way, offering, starts_at, SlotTaken())
    stays = why_stays(way.visit, starts_at)
    if stays:
        chosen.add_error("slot", stays)
        return times_step(request, way, form=chosen)
    form = MoveForm(initial={"slot": asked["slot"], "key": uuid.uuid4()})
    return _check_page(request, way, offering, starts_at, form=form)


def _move(
    request: HttpRequest,
    way: Way,
    offering: Offering,
    starts_at: datetime,
    at: datetime,
) -> HttpResponse:
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _check_page(request, way, offering, starts_at, form=form)
    try:
        made = services.move_visit(
            actor=request.user if request.user.is_authenticated else None,
            appointment=way.visit,
            offering=offering,
            starts_at=starts_at,
            reason=form.cleaned_data["reason"],
            at=at,
            idempotency_key=form.cleaned_data["key"],
        )
    except SlotTaken as refused:
        return _gone_page(request, way, offering, starts_at, refused)
    except Refused as refused:
        messages.warning(request, str(refused))
        return redirect(way.here)
    messages.success(request, _done_words(made, offering))
    if way.is_link and made.status == Move.Status.DONE:
        # The link that led here is void by now.
        return redirect("booking:manage", manage_token(made.appointment))
    return redirect(way.here)


def _done_words(made: Move, offering: Offering) -> str:
    zone = offering.location.time_zone
    when = f"{date_time(made.to_starts_at, zone)}, {zone_name(zone, made.to_starts_at)}"
    if made.status == Move.Status.DONE:
        return f"Your visit has moved to {when}."
    return f"We have asked for {when}. Until there is an answer your visit stays."


def _check_page(
    request: HttpRequest,
    way: Way,
    offering: Offering,
    starts_at: datetime,
    *,
    form: MoveForm,
) -> HttpResponse:
    at, visit = timezone.now(), way.visit
    zone = offering.location.time_zone
    length = visit.visit_type.duration_minutes
    terms = terms_after_move(visit, starts_at=starts_at, zone=zone, at=at)
    day = urlencode(
        {
            "location": offering.location.slug,
            "day": local(starts_at, zone).date().isoformat(),
        }
    )
    context = {
        "visit": visit,
        "way": way,
        "form": form,
        "opening": Opening(starts_at, starts_at + timedelta(minutes=length), offering),
        "terms": terms,
        "late_fee": late_fee(visit),
        "is_late": at >= cancellation_terms(visit, at=at).free_until,
        "needs_answer": needs_answer(visit),
        "price_line": price_line(visit, starts_at),
        "theirs": _theirs(request, visit),
        "day_url": f"?{day}",
    }
    status = 422 if form.errors else 200
    return render(request, "booking/moves/check.html", context, status=status)


def _gone_page(
    request: HttpRequest,
    way: Way,
    offering: Offering,
    starts_at: datetime,
    refused: Refused,
) -> HttpResponse:
    """Somebody else has the time: the nearest ones, and the way to all of them."""
    zone, theirs = offering.location.time_zone, _theirs(request, way.visit)
    differs = theirs and (
        local(starts_at, zone).utcoffset() != local(starts_at, theirs).utcoffset()
    )
    day = local(starts_at, zone).date().isoformat()
    question = urlencode({"location": offering.location.slug, "day": day})
    context = {
        "visit": way.visit,
        "way": way,
        "refused": refused,
        "starts_at": starts_at,
        "zone": zone,
        "theirs": theirs if differs else "",
        "nearest": nearest(
            offering, starts_at, patient=way.visit.patient, at=timezone.now()
        ),
        "day_url": f"?{question}",
    }
    return render(request, "booking/moves/gone.html", context, status=409)


def withdraw_step(request: HttpRequest, way: Way) -> HttpResponse:
    """Take back what was asked for, if something still is."""
    asked = Move.objects.filter(appointment=way.visit, status=Move.Status.ASKED).first()
    if asked is not None:
        services.withdraw_move(
            actor=request.user if request.user.is_authenticated else None,
            move=asked,
            at=timezone.now(),
        )
    messages.success(request, "Your visit stays at its time.")
    return redirect(way.here)


def _theirs(request: HttpRequest, visit: Appointment) -> str:
    """The patient's own zone, or that of who moves it for them, where we know it."""
    own = visit.patient.time_zone if visit.patient else ""
    return getattr(request.user, "time_zone", "") or own
