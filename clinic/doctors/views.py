"""The facts about doctors, for administrators."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from clinic.doctors.forms import DoctorForm
from clinic.doctors.models import Doctor
from clinic.doctors.services import save_doctor
from foundation import doors


@doors.permitted("clinic.manage_clinic", "doctors", "list")
def doctors(request: HttpRequest) -> HttpResponse:
    """All doctors, also those who left or are not on the site."""
    rows = Doctor.objects.prefetch_related("specialties").select_related("user")
    return render(
        request,
        "clinic/doctors/doctors.html",
        {
            "doctors": rows.order_by("last_name", "first_name"),
            "today": timezone.localdate(),
        },
    )


@doors.permitted("clinic.manage_clinic", "doctors", "change", doors.FORM)
def edit(request: HttpRequest, public_id: UUID | None = None) -> HttpResponse:
    """Add a doctor, or change the facts about one."""
    doctor = get_object_or_404(Doctor, public_id=public_id) if public_id else None
    form = DoctorForm(request.POST or None, instance=doctor)
    if request.method == "POST" and form.is_valid():
        saved = save_doctor(
            actor=request.user,  # type: ignore[arg-type]
            doctor=doctor,
            **form.cleaned_data,
        )
        messages.success(request, f"{saved.full_name} is saved.")
        return redirect("clinic:doctors")
    return render(
        request,
        "clinic/doctors/edit.html",
        {"form": form, "doctor": doctor},
        status=422 if form.errors else 200,
    )
