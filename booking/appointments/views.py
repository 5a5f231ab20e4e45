"""A patient's own visits: in the portal, and by a link or reference they were sent."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.patients.permissions import acted_on_by
from accounts.proxies.models import Scope
from accounts.proxies.queries import reaches, show_as, viewing_of
from accounts.users.queries import signed_in_user
from booking.appointments.forms import CancelForm, FindForm
from booking.appointments.models import Appointment, AppointmentQuerySet, Party
from booking.appointments.permissions import visible_to
from booking.appointments.queries import (
    calendar_file,
    cancellation_terms,
    find_booking,
    is_cancellable,
    manage_token,
    money_of,
    read_manage_token,
    reason_of_clinic,
)
from booking.appointments.services import cancel_appointment
from clinic.identity.queries import current
from foundation import doors
from foundation.errors import Refused
from foundation.formats import money
from foundation.permissions import require

PAST_PER_PAGE = 20

LinkView = Callable[[HttpRequest, Appointment, str], HttpResponse]


def _own(request: HttpRequest) -> AppointmentQuerySet:
    """The visits of the patient who is signed in and of those they act for, with what
    their pages show."""
    user = signed_in_user(request)
    own = Appointment.objects.filter(
        pk__in=visible_to(user), patient__in=acted_on_by(user, Scope.BOOK)
    )
    return own.select_related("doctor", "visit_type", "location", "patient")


def own_visit(request: HttpRequest, public_id: UUID) -> Appointment:
    """One of them; the page is about its patient. Raises Http404 for any other."""
    visit = get_object_or_404(_own(request), public_id=public_id)
    show_as(request, visit.patient)
    return visit


@doors.signed_in("appointments", "list own")
@never_cache
def appointments(request: HttpRequest) -> HttpResponse:
    """All visits: what is to come, soonest first, and what was, latest first."""
    if not reaches(request, Scope.BOOK):
        raise Http404
    at = timezone.now()
    viewing = viewing_of(request)
    rows = _own(request)
    if viewing is None:
        rows = rows.filter(patient__user=signed_in_user(request))
    else:
        rows = rows.filter(patient=viewing.patient_id)
    upcoming = rows.upcoming(at).order_by("starts_at")
    past = rows.past(at).order_by("-starts_at")
    page = Paginator(past, PAST_PER_PAGE).get_page(request.GET.get("page"))
    shows_money = reaches(request, Scope.MONEY)
    context = {
        "upcoming": [(visit, money_of(visit)) for visit in upcoming],
        "past": [(visit, money_of(visit)) for visit in page],
        "shows_money": shows_money,
        "page": page,
        "at": at,
    }
    return render(request, "booking/appointments/list.html", context)


@doors.signed_in("appointments", "read own")
@never_cache
def appointment(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One visit: when, where or how to join, its money, and what can be done."""
    visit = own_visit(request, public_id)
    require(request.user, "booking.view_appointment", visit)
    at = timezone.now()
    shows_money = reaches(request, Scope.MONEY)
    context = {
        "visit": visit,
        "money": money_of(visit),
        "terms": cancellation_terms(visit, at=at),
        "can_cancel": is_cancellable(visit, at=at),
        "can_pay": shows_money and _can_pay(visit),
        "shows_money": shows_money,
        "shows_record": reaches(request, Scope.RECORDS),
        "why": reason_of_clinic(visit),
        "theirs": visit.patient.time_zone if visit.patient else "",
    }
    return render(request, "booking/appointments/detail.html", context)


@doors.signed_in("appointments", "cancel own", doors.FORM)
@never_cache
def cancel(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What cancelling costs, then the question; POST cancels."""
    visit = own_visit(request, public_id)
    require(request.user, "booking.cancel_appointment", visit)
    here = reverse("booking:appointment", args=[public_id])
    return _cancel(request, visit, here, "booking/appointments/cancel.html")


@doors.signed_in("appointments", "read own")
@never_cache
def calendar(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The visit for the patient's own calendar."""
    visit = own_visit(request, public_id)
    require(request.user, "booking.view_appointment", visit)
    return ics_response(request, visit)


@doors.everybody("appointments", "find by reference", doors.FORM)
@never_cache
def find(request: HttpRequest) -> HttpResponse:
    """A booking by reference and date of birth, for who has no account.

    The same answer whether the reference, the date or both are unknown. Guessing is
    slow: tries are counted by visitor and by reference.
    """
    form = FindForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            reference = form.cleaned_data["reference"]
            if not ratelimit.consume(request, action="find_booking", key=reference):
                status = 429
                form.add_error(None, "Too many tries. Wait a few minutes, or call us.")
            elif visit := find_booking(**form.cleaned_data):
                return redirect("booking:manage", manage_token(visit))
            else:
                form.add_error(None, "We found no booking with this reference and date")
    return render(
        request, "booking/appointments/find.html", {"form": form}, status=status
    )


def by_link(view: LinkView) -> Callable[[HttpRequest, str], HttpResponse]:
    """A page of the visit that a signed link opens, never kept by caches.

    Forged, old and cut-off links get one and the same page with 404: what to do then.
    One from before a move opens nothing any more: it is told where the new one is.
    """

    @never_cache
    @wraps(view)
    def wrapper(request: HttpRequest, signed: str) -> HttpResponse:
        link = read_manage_token(signed, at=timezone.now())
        rows = Appointment.objects.select_related(
            "doctor", "visit_type", "location", "patient"
        )
        rows = rows.filter(patient__isnull=False)
        visit = link and rows.filter(public_id=link.public_id).first()
        if not (link and visit):
            return render(request, "booking/appointments/link_broken.html", status=404)
        if not link.is_of(visit):
            return render(request, "booking/appointments/link_void.html", status=410)
        return view(request, visit, signed)

    return wrapper


@doors.everybody("appointments", "read by signed link")
@by_link
def manage(request: HttpRequest, visit: Appointment, signed: str) -> HttpResponse:
    """A visit by the link in a message: when and where, nothing about health."""
    at = timezone.now()
    context = {
        "visit": visit,
        "signed": signed,
        "money": money_of(visit),
        "terms": cancellation_terms(visit, at=at),
        "can_cancel": is_cancellable(visit, at=at),
        "can_pay": _can_pay(visit),
        "why": reason_of_clinic(visit),
    }
    return render(request, "booking/appointments/manage.html", context)


@doors.everybody("appointments", "cancel by signed link", doors.FORM)
@by_link
def manage_cancel(
    request: HttpRequest, visit: Appointment, signed: str
) -> HttpResponse:
    """Cancel by the link in a message, the money shown first."""
    here = reverse("booking:manage", args=[signed])
    template = "booking/appointments/manage_cancel.html"
    return _cancel(request, visit, here, template)


@doors.everybody("appointments", "read by signed link")
@by_link
def manage_calendar(
    request: HttpRequest, visit: Appointment, signed: str
) -> HttpResponse:
    """The visit for a calendar, by the link in a message."""
    return ics_response(request, visit)


def _cancel(
    request: HttpRequest, visit: Appointment, here: str, template: str
) -> HttpResponse:
    at = timezone.now()
    form = CancelForm(request.POST or None)
    if not is_cancellable(visit, at=at):
        messages.warning(request, "This visit can no longer be cancelled here.")
        return redirect(here)
    if request.method == "POST" and form.is_valid():
        try:
            cancelled = cancel_appointment(
                actor=request.user if request.user.is_authenticated else None,
                appointment=visit,
                reason=form.cleaned_data["reason"],
                by=Party.PATIENT,
                at=at,
            )
        except Refused as refused:
            messages.warning(request, str(refused))
            return redirect(here)
        messages.success(request, _cancelled_words(cancelled))
        return redirect(here)
    context = {"visit": visit, "form": form, "back_url": here}
    context["terms"] = cancellation_terms(visit, at=at)
    status = 422 if form.errors else 200
    return render(request, template, context, status=status)


def _cancelled_words(visit: Appointment) -> str:
    back = visit.refund_due
    if not back:
        return "Your visit is cancelled."
    sum_back = money(back, visit.currency, exact=True)
    return f"Your visit is cancelled. {sum_back} goes back to you."


def _can_pay(visit: Appointment) -> bool:
    """Whether it is held until it is paid, and still is."""
    until = visit.hold_expires_at
    is_open = until is not None and until > timezone.now()
    return is_open and money_of(visit).state == "DUE"


def ics_response(request: HttpRequest, visit: Appointment) -> HttpResponse:
    """The visit as an .ics download."""
    address = reverse("booking:manage", args=[manage_token(visit)])
    content = calendar_file(
        visit,
        clinic_name=current().name,
        url=f"{settings.SITE_URL}{address}",
        host=settings.SITE_URL.rsplit("/", 1)[-1],
        at=timezone.now(),
    )
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{visit.reference}.ics"'
    return response
