"""Specialties, for administrators."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.users.queries import signed_in_user
from clinic.credentials.queries import clinic_today
from clinic.specialties import services
from clinic.specialties.forms import SpecialtyForm
from clinic.specialties.models import Specialty
from clinic.specialties.queries import holders, with_holders
from foundation import doors
from foundation.errors import Refused


@doors.permitted("clinic.manage_clinic", "specialties", "list")
def specialties(request: HttpRequest) -> HttpResponse:
    """All specialties, also those that are closed."""
    today = clinic_today(timezone.now())
    return render(
        request,
        "clinic/specialties/specialties.html",
        {"specialties": with_holders(today=today)},
    )


@doors.permitted("clinic.manage_clinic", "specialties", "change", doors.FORM)
def edit(request: HttpRequest, public_id: UUID | None = None) -> HttpResponse:
    """Add a specialty, or change one."""
    specialty = get_object_or_404(Specialty, public_id=public_id) if public_id else None
    title = str(specialty or "")
    form = SpecialtyForm(request.POST or None, instance=specialty)
    if request.method == "POST" and form.is_valid():
        saved = services.save_specialty(
            actor=signed_in_user(request), specialty=specialty, **form.cleaned_data
        )
        messages.success(request, f"{saved.name} is saved.")
        return redirect("clinic:specialty", public_id=saved.public_id)
    today = clinic_today(timezone.now())
    return render(
        request,
        "clinic/specialties/edit.html",
        {
            "form": form,
            "specialty": specialty,
            "title": title,
            "holders": holders(specialty, today=today) if specialty else [],
        },
        status=422 if form.errors else 200,
    )


@doors.permitted("clinic.manage_clinic", "specialties", "close", doors.POST)
def close(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give it to nobody any more."""
    specialty = get_object_or_404(Specialty, public_id=public_id)
    try:
        services.close_specialty(
            actor=signed_in_user(request),
            specialty=specialty,
            today=clinic_today(timezone.now()),
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request,
            f"{specialty.name} is closed. Where it has a page on the website, an "
            "editor takes that off.",
        )
    return redirect("clinic:specialty", public_id=public_id)


@doors.permitted("clinic.manage_clinic", "specialties", "open again", doors.POST)
def reopen(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give it to doctors again."""
    specialty = get_object_or_404(Specialty, public_id=public_id)
    services.reopen_specialty(actor=signed_in_user(request), specialty=specialty)
    messages.success(request, f"{specialty.name} is open again.")
    return redirect("clinic:specialty", public_id=public_id)
