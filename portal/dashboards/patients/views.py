"""Finding a patient, and what is known about one."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from accounts.patients.models import Patient
from accounts.patients.permissions import visible_to
from accounts.patients.services import correct_patient
from accounts.proxies.queries import proxies_of
from accounts.users.queries import signed_in_user
from clinic.identity.queries import current
from foundation import doors
from foundation.caching import private
from foundation.permissions import require
from portal.dashboards.patients.forms import PatientForm
from portal.dashboards.patients.queries import chart, find_patients, find_visit

A_PAGE = 25
# In the list under the search box, from so many letters on.
SUGGESTED, FEWEST_LETTERS = 7, 2


@doors.permitted("accounts.work_in_care", "patients", "list, search")
@private
def patients(request: HttpRequest) -> HttpResponse:
    """The patients whom the user may see; `?q=` finds some of them, or a visit by its
    reference."""
    words = request.GET.get("q", "").strip()[:100]
    if HtmxDetails(request):
        return _suggestions(request, words)
    visit = find_visit(request.user, words)
    if visit is not None:
        return redirect("workspace:appointment", public_id=visit.public_id)
    found = find_patients(request.user, words, at=timezone.now())
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "portal/patients/patients.html",
        {"page_obj": page, "search_query": words, "zone": current().time_zone},
    )


def _suggestions(request: HttpRequest, words: str) -> HttpResponse:
    """The first of what would be found, while somebody types."""
    is_asked = len(words) >= FEWEST_LETTERS
    found: list[Patient] = []
    if is_asked:
        rows = find_patients(request.user, words, at=timezone.now())
        found = list(rows[: SUGGESTED + 1])
    context = {
        "is_asked": is_asked,
        "visit": find_visit(request.user, words) if is_asked else None,
        "patients": found[:SUGGESTED],
        "has_more": len(found) > SUGGESTED,
    }
    return render(request, "portal/patients/_suggestions.html", context)


@doors.permitted("accounts.work_in_care", "patients", "change", doors.FORM)
@private
def edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Put a patient's identity and contacts right."""
    found = get_object_or_404(
        visible_to(request.user).filter(merged_into=None), public_id=public_id
    )
    require(request.user, "accounts.change_patient", found)
    names = PatientForm.base_fields
    form = PatientForm(
        request.POST or None, initial={name: getattr(found, name) for name in names}
    )
    if request.method == "POST" and form.is_valid():
        changed = correct_patient(
            actor=signed_in_user(request), patient=found, **form.cleaned_data
        )
        words = "The details are saved." if changed else "Nothing was changed."
        messages.success(request, words)
        return redirect("workspace:patient", public_id=public_id)
    return render(
        request,
        "portal/patients/edit.html",
        {"form": form, "patient": found},
        status=422 if form.errors else 200,
    )


@doors.permitted("accounts.work_in_care", "patients", "read")
@private
def patient(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One patient's story. Opening it is logged."""
    found = get_object_or_404(visible_to(request.user), public_id=public_id)
    return render(
        request,
        "portal/patients/patient.html",
        {
            "page": chart(request.user, found, at=timezone.now()),
            "patient": found,
            "proxies": proxies_of(request.user, found, at=timezone.now()),
            "zone": current().time_zone,
        },
    )
