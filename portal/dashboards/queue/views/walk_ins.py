"""Taking in who comes without a visit: whom, what for, the next free time."""

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.models import Patient
from accounts.patients.permissions import visible_to as visible_patients
from booking.queue.services import take_walk_in
from clinic.identity.queries import current
from clinic.visit_types.models import Offering, VisitType
from foundation import doors
from foundation.caching import private
from foundation.errors import Refused
from foundation.formats import local
from foundation.uuids import read_uuid
from portal.dashboards.front_desk.forms import BookForm
from portal.dashboards.front_desk.queries import (
    locations_of,
    offerings_at,
    soonest,
)
from portal.dashboards.patients.queries import find_patients
from portal.dashboards.queue.forms import WalkInFilterForm

MOST = 12


@doors.permitted(
    "booking.book_for_patient", "appointments", "take in a walk-in", doors.FORM
)
@private
def walk_in(request: HttpRequest) -> HttpResponse:
    """Each answer stands in the address, only the last step posts."""
    public_id = read_uuid(request.GET.get("patient"))
    if public_id is None:
        return _choose_patient(request)
    patient = get_object_or_404(visible_patients(request.user), public_id=public_id)
    if request.method == "POST":
        return _take(request, patient)
    return _choose_time(request, patient)


def _choose_patient(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()[:100]
    found = find_patients(request.user, words, at=timezone.now())[:10]
    asked = locations_of(request.user).filter(slug=request.GET.get("location", ""))
    context = {
        "words": words,
        "patients": found,
        "zone": current().time_zone,
        # Whose queue somebody came from: the patient stands there.
        "place": asked.values_list("slug", flat=True).first(),
    }
    return render(request, "portal/queue/walk_in_patient.html", context)


def _choose_time(
    request: HttpRequest, patient: Patient, *, refusal: str = "", reason: str = ""
) -> HttpResponse:
    """The next free time of today with each doctor, the soonest first."""
    at = timezone.now()
    places = locations_of(request.user)
    form = WalkInFilterForm(request.GET, locations=places)
    location = form.chosen("location")
    kind, doctor = form.chosen("visit_type"), form.chosen("doctor")
    offered = offerings_at(
        places.filter(pk=location.pk) if location else places,
        visit_type_id=kind.pk if kind else None,
        doctor_id=doctor.pk if doctor else None,
        on=timezone.localdate(),
    )
    open_ = [one for one in offered if _is_for_walk_ins(one)]
    times = [
        (offering, slot, uuid.uuid4())
        for offering, slot in soonest(open_, patient=patient, at=at)
        if local(slot.starts_at, offering.location.time_zone).date()
        == local(at, offering.location.time_zone).date()
    ]
    context = {
        "patient": patient,
        "form": form,
        "times": times[:MOST],
        "refusal": refusal,
        "reason": reason,
        "zone": current().time_zone,
    }
    status = 409 if refusal else 200
    return render(request, "portal/queue/walk_in.html", context, status=status)


def _is_for_walk_ins(offering: Offering) -> bool:
    kind = offering.visit_type
    return (
        kind.mode == VisitType.Mode.IN_PERSON
        and kind.booking_policy != VisitType.BookingPolicy.REQUEST
    )


def _take(request: HttpRequest, patient: Patient) -> HttpResponse:
    # The button that was pressed says which time, under a key of that time's own.
    chosen = request.POST.get("choice", "").split(" ")
    names = ("offering", "starts_at", "key")
    typed = request.POST.get("reason", "")
    form = BookForm({**dict(zip(names, chosen, strict=False)), "reason": typed})
    if not form.is_valid():
        reason = form.errors.get("reason", ["Choose a time"])
        return _choose_time(request, patient, refusal=str(reason[0]), reason=typed)
    data = form.cleaned_data
    offering: Offering = data["offering"]
    if not locations_of(request.user).filter(pk=offering.location_id).exists():
        raise PermissionDenied
    try:
        turn = take_walk_in(
            actor=request.user,
            patient=patient,
            offering=offering,
            starts_at=data["starts_at"],
            reason=data["reason"],
            at=timezone.now(),
            idempotency_key=data["key"],
        )
    except Refused as refusal:
        return _choose_time(
            request, patient, refusal=str(refusal), reason=data["reason"]
        )
    messages.success(
        request, f"{patient.full_name} is in the queue with number {turn.number}."
    )
    return redirect(f"{reverse('workspace:queue')}?location={offering.location.slug}")
