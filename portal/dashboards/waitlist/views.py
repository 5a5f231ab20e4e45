"""The waiting list at work: who waits, what was offered to whom and why, the rules."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.models import Patient
from accounts.patients.permissions import visible_to as visible_patients
from booking.waitlist.forms import JoinForm, RulesForm
from booking.waitlist.permissions import visible_at_work
from booking.waitlist.queries import (
    kinds_on_list,
    list_at_work,
    offers_at_work,
    open_to,
    rules,
    whole_entries,
    wishes,
)
from booking.waitlist.services import join_waitlist, leave_waitlist, set_rules
from clinic.identity.queries import current
from foundation import doors
from foundation.caching import private
from foundation.errors import Refused
from foundation.permissions import require
from foundation.uuids import read_uuid
from portal.dashboards.patients.queries import find_patients
from portal.dashboards.waitlist.forms import ListFilterForm

A_PAGE = 50


@doors.permitted("booking.view_waitlist", "waiting list", "list at places")
@private
def waitlist(request: HttpRequest) -> HttpResponse:
    """Who waits, in the order of the line."""
    form = ListFilterForm(request.GET)
    found = list_at_work(request.user, **form.chosen)
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    user = request.user
    takes_off = user.has_perm("booking.add_to_waitlist")
    rows = [
        (
            entry,
            wishes(entry),
            takes_off and user.has_perm("booking.leave_waitlist", entry),
        )
        for entry in page
    ]
    context = {"form": form, "page_obj": page, "rows": rows, "zone": _zone()}
    return render(request, "portal/waitlist/list.html", context)


def _zone() -> str:
    return current().time_zone


@doors.permitted("booking.view_waitlist", "waiting list", "list offers")
@private
def offers(request: HttpRequest) -> HttpResponse:
    """What was offered, to whom, why, and what became of it; the latest first."""
    page = Paginator(offers_at_work(request.user), A_PAGE).get_page(
        request.GET.get("page")
    )
    context = {"page_obj": page, "zone": _zone()}
    return render(request, "portal/waitlist/offers.html", context)


@doors.permitted("booking.add_to_waitlist", "waiting list", "add", doors.FORM)
@private
def add(request: HttpRequest) -> HttpResponse:
    """Put a patient on the list: whom and for what stand in the address."""
    at = timezone.now()
    patient = _patient(request)
    if patient is None:
        words = request.GET.get("q", "").strip()[:100]
        found = find_patients(request.user, words, at=at)[:10]
        return render(
            request,
            "portal/waitlist/add_patient.html",
            {"words": words, "patients": found},
        )
    service = request.GET.get("service", "")
    opened = open_to(patient, service=service, at=at)
    if opened is None:
        return render(
            request,
            "portal/waitlist/add_kind.html",
            {"patient": patient, "kinds": kinds_on_list(at), "asked": service},
        )
    form = JoinForm(request.POST if request.method == "POST" else None, open_=opened)
    if form.is_valid() and _added(request, form, patient):
        messages.success(
            request, f"{patient.full_name} is on the waiting list, and is told."
        )
        return redirect("workspace:waitlist")
    context = {"patient": patient, "form": form, "kind": opened.visit_type}
    status = 422 if form.errors else 200
    return render(request, "portal/waitlist/add.html", context, status=status)


def _patient(request: HttpRequest) -> Patient | None:
    """Whom the address names; None where it names nobody. Raises Http404 for whom the
    user may not see."""
    public_id = read_uuid(request.GET.get("patient"))
    if public_id is None:
        return None
    rows = visible_patients(request.user).select_related("user")
    return get_object_or_404(rows, public_id=public_id)


def _added(request: HttpRequest, form: JoinForm, patient: Patient) -> bool:
    try:
        join_waitlist(
            actor=request.user,
            patient=patient,
            visit_type=form.open.visit_type,
            wishes=form.wishes,
            at=timezone.now(),
            by_desk=True,
            **form.target,
        )
    except Refused as refused:
        form.add_error(None, str(refused))
        return False
    return True


@doors.permitted("booking.add_to_waitlist", "waiting list", "take off", doors.FORM)
@private
def withdraw(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The question, then POST takes a patient off the list."""
    rows = whole_entries(visible_at_work(request.user).active())
    entry = get_object_or_404(rows, public_id=public_id)
    require(request.user, "booking.leave_waitlist", entry)
    if request.method == "POST":
        leave_waitlist(actor=request.user, entry=entry, at=timezone.now())
        messages.success(request, f"{entry.patient.full_name} waits no more.")
        return redirect("workspace:waitlist")
    context = {"entry": entry, "wishes": wishes(entry)}
    return render(request, "portal/waitlist/withdraw.html", context)


@doors.permitted("booking.set_waitlist_rules", "waiting list", "set rules", doors.FORM)
@private
def set_waitlist_rules(request: HttpRequest) -> HttpResponse:
    """How long an offer can be answered, and how many are asked at once."""
    form = RulesForm(
        request.POST if request.method == "POST" else None, instance=rules()
    )
    if form.is_valid():
        set_rules(actor=request.user, **form.cleaned_data)
        messages.success(request, "Saved. It holds for the next offers.")
        return redirect("workspace:waitlist")
    status = 422 if form.errors else 200
    return render(request, "portal/waitlist/rules.html", {"form": form}, status=status)
