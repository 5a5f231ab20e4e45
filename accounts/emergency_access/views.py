"""Emergency access: asking for it, ending it, and looking at it afterwards."""

from uuid import UUID

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.emergency_access.forms import AskForm, ReviewForm
from accounts.emergency_access.models import EmergencyAccess
from accounts.emergency_access.permissions import visible_to
from accounts.emergency_access.queries import accesses_of, find_patient
from accounts.emergency_access.services import end_access, open_access, review_access
from accounts.factors.views import fresh_factor
from accounts.patients.permissions import visible_to as visible_patients
from accounts.patients.queries import patient_of
from accounts.users.queries import layout_for, signed_in_user
from foundation import doors
from foundation.errors import Refused
from foundation.permissions import require
from foundation.uuids import read_uuid

A_PAGE = 25
NOBODY = "We found nobody with this name or number and date of birth. Check all of it"
TOO_MANY = "Too many tries. Wait ten minutes, or call the medical administration."


@doors.permitted("accounts.ask_emergency_access", "emergency access", "ask", doors.FORM)
@fresh_factor()
@never_cache
def ask(request: HttpRequest) -> HttpResponse:
    """Whom and why; the record opens at once, and the right people are told.

    `?patient=` fills in whom, for those who see the patient's identity anyway.
    """
    form = AskForm(request.POST or None, initial=_known(request))
    if request.method == "POST" and form.is_valid():
        access = _open(request, form)
        if access is not None:
            messages.warning(request, "The record is open. What you see is logged.")
            return redirect("workspace:patient", access.patient.public_id)
    return render(
        request,
        "accounts/emergency_access/ask.html",
        {"form": form, "minutes": settings.EMERGENCY_ACCESS_MINUTES},
        status=422 if form.errors else 200,
    )


def _known(request: HttpRequest) -> dict[str, object]:
    public_id = read_uuid(request.GET.get("patient"))
    if public_id is None:
        return {}
    found = visible_patients(request.user).filter(public_id=public_id).first()
    if found is None:
        return {}
    return {"who": found.number, "birth_date": found.birth_date}


def _open(request: HttpRequest, form: AskForm) -> EmergencyAccess | None:
    """The access, or None with the reason on the form."""
    user = signed_in_user(request)
    if not ratelimit.consume(request, action="emergency_access", user=user):
        form.add_error(None, TOO_MANY)
        return None
    asked = form.cleaned_data
    patient = find_patient(asked["who"], asked["birth_date"])
    if patient is None:
        form.add_error("who", NOBODY)
        return None
    try:
        return open_access(
            actor=user, patient=patient, reason=asked["reason"], at=timezone.now()
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return None


@doors.permitted("accounts.work_here", "emergency access", "list")
@never_cache
def accesses(request: HttpRequest) -> HttpResponse:
    """Medical administration's list of all, what waits first; for others their own."""
    rows = visible_to(request.user).select_related("user", "patient", "reviewed_by")
    waiting = request.GET.get("show") != "all"
    if waiting:
        rows = rows.filter(review=EmergencyAccess.Review.WAITING)
    page = Paginator(rows.order_by("-starts_at"), A_PAGE).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "accounts/emergency_access/accesses.html",
        {
            "page_obj": page,
            "waiting": waiting,
            "now": timezone.now(),
            "can_review": request.user.has_perm("accounts.review_emergency_access"),
        },
    )


@doors.permitted("accounts.work_here", "emergency access", "read, review", doors.FORM)
@never_cache
def access(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One access with its reason; POST notes what the reviewer thinks."""
    found = _found(request, public_id)
    form = ReviewForm(request.POST or None, initial={"note": found.review_note})
    if request.method == "POST":
        require(request.user, "accounts.review_emergency_access", found)
        if form.is_valid():
            review_access(
                actor=signed_in_user(request),
                access=found,
                at=timezone.now(),
                **form.cleaned_data,
            )
            messages.success(request, "Your note is saved.")
            return redirect("accounts:emergency_accesses")
    return render(
        request,
        "accounts/emergency_access/access.html",
        {
            "access": found,
            "form": form,
            "now": timezone.now(),
            "may_review": request.user.has_perm(
                "accounts.review_emergency_access", found
            ),
        },
        status=422 if form.errors else 200,
    )


@doors.permitted("accounts.work_here", "emergency access", "end", doors.POST)
def end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Close it before its time."""
    found = _found(request, public_id)
    require(request.user, "accounts.end_emergency_access", found)
    end_access(actor=signed_in_user(request), access=found, at=timezone.now())
    messages.success(request, "The emergency access is over.")
    return redirect("accounts:emergency_accesses")


@doors.signed_in("own record", "read emergency access")
@never_cache
def own(request: HttpRequest) -> HttpResponse:
    """For a patient: who opened their record in an emergency, and why."""
    user = signed_in_user(request)
    patient = patient_of(user)
    rows = accesses_of(patient) if patient else EmergencyAccess.objects.none()
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "accounts/emergency_access/own.html",
        {"page_obj": page, "layout": layout_for(user)},
    )


def _found(request: HttpRequest, public_id: UUID) -> EmergencyAccess:
    rows = visible_to(request.user).select_related("user", "patient", "reviewed_by")
    return get_object_or_404(rows, public_id=public_id)
