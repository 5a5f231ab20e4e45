"""Booking for a patient."""

import uuid
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.models import Patient
from accounts.patients.permissions import visible_to as visible_patients
from booking.appointments.models import Appointment
from booking.appointments.services import SlotTaken, book_for_patient
from booking.drafts.queries import follow_up_lines
from booking.openings.queries import as_opening, price_of
from booking.suggestions.queries import suggestions
from clinic.identity.queries import current
from clinic.visit_types.models import Offering
from clinic.visit_types.queries import follow_up_price
from foundation import doors
from foundation.caching import private
from foundation.errors import Refused
from foundation.formats import local
from foundation.uuids import read_uuid
from portal.dashboards.front_desk.forms import (
    BookForm,
    OfferingFilterForm,
)
from portal.dashboards.front_desk.queries import (
    DAYS_SHOWN,
    locations_of,
    offerings_at,
    soonest,
    times_by_day,
)
from portal.dashboards.my_day.queries import read_day
from portal.dashboards.patients.queries import find_patients


@doors.permitted(
    "booking.book_for_patient", "appointments", "book for a patient", doors.FORM
)
@private
def book(request: HttpRequest) -> HttpResponse:
    """Whom, what, when: each answer stands in the address, only the last step posts."""
    public_id = read_uuid(request.GET.get("patient"))
    if public_id is None:
        return _choose_patient(request)
    patient = get_object_or_404(visible_patients(request.user), public_id=public_id)
    if request.method == "POST":
        return _book(request, patient)
    offering = _offering(request)
    if offering is None:
        return _choose_offering(request, patient)
    return _choose_time(request, patient, offering)


def _offering(request: HttpRequest) -> Offering | None:
    public_id = read_uuid(request.GET.get("offering"))
    rows = Offering.objects.select_related("doctor", "visit_type", "location")
    if public_id is None:
        return None
    rows = rows.filter(is_active=True, location__in=locations_of(request.user))
    return rows.filter(public_id=public_id).first()


def _choose_patient(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()[:100]
    return render(
        request,
        "portal/front_desk/book_patient.html",
        {
            "words": words,
            "patients": find_patients(request.user, words, at=timezone.now())[:10],
            "zone": current().time_zone,
        },
    )


def _choose_offering(request: HttpRequest, patient: Patient) -> HttpResponse:
    form = OfferingFilterForm(request.GET)
    visit_type, doctor = form.chosen("visit_type"), form.chosen("doctor")
    at = timezone.now()
    offerings = offerings_at(
        locations_of(request.user),
        visit_type_id=visit_type.pk if visit_type else None,
        doctor_id=doctor.pk if doctor else None,
        on=timezone.localdate(),
    )
    asked = visit_type is not None or doctor is not None
    return render(
        request,
        "portal/front_desk/book_offering.html",
        {
            "form": form,
            "patient": patient,
            "asked": asked,
            "found": soonest(offerings, patient=patient, at=at)[:20] if asked else [],
            "offerings": offerings if doctor else [],
            "at": at,
        },
    )


def _choose_time(
    request: HttpRequest,
    patient: Patient,
    offering: Offering,
    *,
    form: BookForm | None = None,
    refusal: Refused | None = None,
) -> HttpResponse:
    at = timezone.now()
    today = local(at, offering.location.time_zone).date()
    first = max(read_day(request.GET.get("from", "")) or today, today)
    slot = request.GET.get("slot", "")
    if form is None and slot:
        form = BookForm(
            initial={
                "offering": offering.public_id,
                "starts_at": slot,
                "key": uuid.uuid4(),
            }
        )
    nearest = refusal.nearest if isinstance(refusal, SlotTaken) else []
    days = times_by_day(offering, patient=patient, first=first, at=at)
    known = {offering.pk: offering}
    found = [as_opening(slot, known) for _, slots in days for slot in slots]
    return render(
        request,
        "portal/front_desk/book_time.html",
        {
            "patient": patient,
            "offering": offering,
            "price": price_of(offering),
            "follow_ups": follow_up_lines([offering], patient=patient, at=at),
            "follow_up_price": follow_up_price(offering.visit_type, price_of(offering)),
            "days": days,
            "suggested": suggestions(found, patient, at=at, is_staff=True),
            "before": first - timedelta(days=DAYS_SHOWN) if first > today else None,
            "after": first + timedelta(days=DAYS_SHOWN),
            "first": first,
            "form": form,
            "slot": _instant(form),
            "refusal": refusal,
            "nearest": nearest,
            "zone": offering.location.time_zone,
            "at": at,
        },
        status=409 if refusal else 200,
    )


def _instant(form: BookForm | None) -> Any:
    """The chosen time as an instant, None where it is not one."""
    if form is None:
        return None
    try:
        return form.fields["starts_at"].clean(form["starts_at"].value())
    except forms.ValidationError:
        return None


def _book(request: HttpRequest, patient: Patient) -> HttpResponse:
    form = BookForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose a time again.")
        return redirect(f"{reverse('workspace:desk_book')}?patient={patient.public_id}")
    data = form.cleaned_data
    offering: Offering = data["offering"]
    if not locations_of(request.user).filter(pk=offering.location_id).exists():
        raise PermissionDenied
    try:
        made: Appointment = book_for_patient(
            actor=request.user,
            patient=patient,
            offering=offering,
            starts_at=data["starts_at"],
            reason=data["reason"],
            at=timezone.now(),
            idempotency_key=data["key"],
            as_follow_up=data["as_follow_up"],
        )
    except Refused as refusal:
        again = BookForm(
            initial={
                "offering": offering.public_id,
                "starts_at": data["starts_at"].isoformat(),
                "key": uuid.uuid4(),
                "reason": data["reason"],
                "as_follow_up": data["as_follow_up"],
            }
        )
        return _choose_time(request, patient, offering, form=again, refusal=refusal)
    messages.success(request, _said(made))
    return redirect("workspace:appointment", public_id=made.public_id)


def _said(made: Appointment) -> str:
    if made.status == "REQUESTED":
        return f"Requested, reference {made.reference}. The doctor answers next."
    if made.status == "HELD":
        return (
            f"Held, reference {made.reference}. The patient has been sent the way to "
            "pay; it is booked as soon as the payment is there."
        )
    return f"Booked, reference {made.reference}. The patient is told."
