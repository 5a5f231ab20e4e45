"""Reviews: by who had the visit, for everybody, and for who decides."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.users.queries import signed_in_user
from booking.appointments.models import Appointment
from booking.appointments.views import own_visit
from booking.openings.views import live
from booking.reviews.forms import DecideForm, ReviewForm
from booking.reviews.models import Review
from booking.reviews.permissions import moderated_by
from booking.reviews.queries import opinion, read_review_token, review_of
from booking.reviews.services import (
    NoReason,
    decide_review,
    withdraw_review,
    write_review,
)
from clinic.doctors.models import Doctor
from foundation import doors
from foundation.caching import private
from foundation.errors import Refused
from foundation.permissions import require

A_PAGE = 25
SAID = ("stars", "waited", "listened", "again", "comment")


@doors.everybody("reviews", "write by signed link", doors.FORM)
@never_cache
def review_link(request: HttpRequest, token: str) -> HttpResponse:
    """By the link in a message. What was written before is not shown: whoever reads
    the mailbox has the link, too."""
    visit = read_review_token(token, at=timezone.now())
    if visit is None:
        raise Http404
    return _step(request, visit, actor=None)


@doors.signed_in("reviews", "write own", doors.FORM)
@never_cache
def review_own(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """From one's visits, with what was written before."""
    visit = own_visit(request, public_id)
    require(request.user, "booking.write_review", visit)
    return _step(request, visit, actor=signed_in_user(request))


def _step(request: HttpRequest, visit: Appointment, *, actor: Any) -> HttpResponse:
    """The form; POST keeps what it says, or takes it back."""
    known = review_of(visit)
    is_standing = known is not None and known.status != Review.Status.WITHDRAWN
    first: dict[str, Any] = {}
    if known is not None and is_standing and actor is not None:
        first = {name: getattr(known, name) for name in SAID}
    typed = None if "withdraw" in request.POST else request.POST or None
    form = ReviewForm(typed, initial=first)
    if request.method == "POST" and _done(request, visit, form, actor):
        return redirect(request.path)
    return render(
        request,
        "booking/reviews/write.html",
        {
            "form": form,
            "visit": visit,
            "review": known if is_standing else None,
            "is_link": actor is None,
        },
        status=422 if form.errors else 200,
    )


def _done(
    request: HttpRequest, visit: Appointment, form: ReviewForm, actor: Any
) -> bool:
    try:
        if "withdraw" in request.POST:
            withdraw_review(actor=actor, visit=visit)
            messages.success(request, "Your review is taken back.")
            return True
        if not form.is_valid():
            return False
        write_review(actor=actor, visit=visit, at=timezone.now(), **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return True
    messages.success(request, "Thank you. We read it, and then it is on our website.")
    return True


@doors.everybody("reviews", "read what is shown")
@live
def doctor_reviews(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What people say about a listed doctor; no content below the floor."""
    doctors = Doctor.objects.listed(timezone.now().date())
    doctor = get_object_or_404(doctors, public_id=public_id)
    found = opinion(doctor)
    if found is None:
        return HttpResponse(status=204)
    context = {"doctor": doctor, "opinion": found}
    return render(request, "booking/reviews/_doctor.html", context)


@doors.permitted("booking.moderate_reviews", "reviews", "list")
@private
def reviews(request: HttpRequest) -> HttpResponse:
    """What waits to be read; `?show=all` has all there are."""
    is_open = request.GET.get("show") != "all"
    rows = moderated_by(request.user).exclude(status=Review.Status.WITHDRAWN)
    if is_open:
        rows = rows.filter(status=Review.Status.WAITING)
    rows = rows.select_related("doctor", "appointment__location")
    order = "written_at" if is_open else "-written_at"
    page = Paginator(rows.order_by(order, "pk"), A_PAGE)
    return render(
        request,
        "booking/reviews/reviews.html",
        {"page_obj": page.get_page(request.GET.get("page")), "is_open": is_open},
    )


@doors.permitted("booking.moderate_reviews", "reviews", "decide, reply", doors.FORM)
@private
def review(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One review; POST decides. Its author is not named: who said it is no reason."""
    rows = moderated_by(request.user).select_related("doctor", "appointment__location")
    found = get_object_or_404(rows, public_id=public_id)
    form = DecideForm(
        request.POST or None,
        initial={
            "act": {"SHOWN": "show", "HIDDEN": "hide"}.get(found.status),
            "reason": found.reason,
            "reply": found.reply,
        },
    )
    if request.method == "POST" and form.is_valid() and _decided(request, found, form):
        messages.success(request, "Your answer is saved. Its author is told.")
        return redirect("booking:reviews")
    return render(
        request,
        "booking/reviews/review.html",
        {"form": form, "review": found},
        status=422 if form.errors else 200,
    )


def _decided(request: HttpRequest, found: Review, form: DecideForm) -> bool:
    said = form.cleaned_data
    try:
        decide_review(
            actor=signed_in_user(request),
            review=found,
            is_shown=said["act"] == "show",
            reason=said["reason"],
            reply=said["reply"],
            seen_at=said["seen_at"],
            at=timezone.now(),
        )
    except Refused as refusal:
        field = "reason" if isinstance(refusal, NoReason) else None
        form.add_error(field, str(refusal))
        return False
    return True
