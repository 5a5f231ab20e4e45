"""What is offered, for how much and by whom, for administrators."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from clinic.visit_types.forms import OfferingForm, VisitTypeForm
from clinic.visit_types.models import Offering, VisitType
from clinic.visit_types.permissions import visible_to
from clinic.visit_types.queries import follow_up_line, lacking
from clinic.visit_types.services import offer, save_visit_type, stop_offering
from foundation import doors
from foundation.errors import Refused


@doors.permitted("clinic.manage_clinic", "visit types", "list")
def visit_types(request: HttpRequest) -> HttpResponse:
    """The price list, with what is no longer offered."""
    rows = (
        visible_to(request.user)
        .annotate(offered_by=Count("offerings", filter=Q(offerings__is_active=True)))
        .order_by("-is_active", "name")
    )
    return render(request, "clinic/visit_types/visit_types.html", {"visit_types": rows})


@doors.permitted("clinic.manage_clinic", "visit types", "change", doors.FORM)
def edit(request: HttpRequest, public_id: UUID | None = None) -> HttpResponse:
    """Add a visit type, or change one."""
    visit_type = (
        get_object_or_404(visible_to(request.user), public_id=public_id)
        if public_id
        else None
    )
    form = VisitTypeForm(request.POST or None, instance=visit_type)
    if request.method == "POST" and form.is_valid():
        saved = save_visit_type(
            actor=request.user,  # type: ignore[arg-type]
            visit_type=visit_type,
            **form.cleaned_data,
        )
        messages.success(
            request, f"{saved.name} is saved. Visits booked so far keep their terms."
        )
        return redirect("clinic:visit_type", public_id=saved.public_id)
    return render(
        request,
        "clinic/visit_types/edit.html",
        {
            "form": form,
            "visit_type": visit_type,
            "offerings": _offerings(visit_type) if visit_type else [],
            "offering_form": OfferingForm(),
            "follow_up_line": follow_up_line(visit_type) if visit_type else "",
        },
        status=422 if form.errors else 200,
    )


def _offerings(visit_type: VisitType) -> list[tuple[Offering, list[str]]]:
    """Who offers it, with what the only room of theirs lacks: as long as it does,
    nobody can book it with them."""
    rows = visit_type.offerings.filter(is_active=True).select_related(
        "doctor", "location", "room"
    )
    prefetch_related_objects([visit_type], "room_needs")
    rows = rows.prefetch_related("room__capabilities")
    return [
        (row, lacking(visit_type, row.room) if row.only_this_room else [])
        for row in rows.order_by("doctor__last_name", "location__name")
    ]


@doors.permitted("clinic.manage_clinic", "offerings", "add", doors.POST)
def add_offering(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Let a doctor offer it."""
    visit_type = get_object_or_404(visible_to(request.user), public_id=public_id)
    form = OfferingForm(request.POST)
    if form.is_valid():
        try:
            offer(
                actor=request.user,  # type: ignore[arg-type]
                visit_type=visit_type,
                **form.cleaned_data,
            )
        except Refused as refusal:
            form.add_error("room", str(refusal))
        else:
            messages.success(request, "It can be booked in their free times now.")
            return redirect("clinic:visit_type", public_id=public_id)
    return render(
        request,
        "clinic/visit_types/edit.html",
        {
            "form": VisitTypeForm(instance=visit_type),
            "visit_type": visit_type,
            "offerings": _offerings(visit_type),
            "offering_form": form,
            "follow_up_line": follow_up_line(visit_type),
        },
        status=422,
    )


@doors.permitted("clinic.manage_clinic", "offerings", "stop", doors.POST)
def remove_offering(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """No new bookings of it with this doctor."""
    offering = get_object_or_404(
        Offering.objects.select_related("visit_type"), public_id=public_id
    )
    stop_offering(actor=request.user, offering=offering)  # type: ignore[arg-type]
    messages.success(request, "No longer offered. What is booked stays.")
    return redirect("clinic:visit_type", public_id=offering.visit_type.public_id)
