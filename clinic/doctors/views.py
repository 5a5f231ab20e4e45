"""The facts about doctors, for administrators."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.users.queries import signed_in_user
from clinic.doctors.forms import DoctorForm
from clinic.doctors.models import Doctor
from clinic.doctors.services import save_doctor
from clinic.staff.queries import staff
from clinic.visit_types.queries import offerings_of
from foundation import doors
from foundation.errors import Refused
from foundation.uuids import read_uuid


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
def edit(
    request: HttpRequest,
    public_id: UUID | None = None,
    *,
    form: DoctorForm | None = None,
) -> HttpResponse:
    """Add a doctor, or show the facts about one. `?for=` somebody who works here fills
    in who it is. The roof changes one who is there, because it knows who is booked with
    them; its `form` comes back with what is wrong with it."""
    doctor = get_object_or_404(Doctor, public_id=public_id) if public_id else None
    title = str(doctor or "")
    is_new = request.method == "POST" and doctor is None
    form = form or DoctorForm(
        request.POST if is_new else None,
        instance=doctor,
        initial={} if doctor else _known_of(request),
    )
    if is_new and form.is_valid():
        try:
            saved = save_doctor(
                actor=signed_in_user(request), doctor=None, **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error("specialties", str(refusal))
        else:
            messages.success(request, f"{saved.full_name} is saved.")
            return redirect("clinic:doctor", public_id=saved.public_id)
    return render(
        request,
        "clinic/doctors/edit.html",
        {
            "form": form,
            "doctor": doctor,
            "title": title,
            "offerings": offerings_of(doctor) if doctor else [],
        },
        status=422 if form.errors else 200,
    )


def _known_of(request: HttpRequest) -> dict[str, Any]:
    """What is known of the person whom `?for=` names; nothing of anybody else."""
    wanted = read_uuid(request.GET.get("for"))
    person = staff().filter(public_id=wanted).first() if wanted else None
    if person is None:
        return {}
    return {
        "user": person.pk,
        "first_name": person.first_name,
        "last_name": person.last_name,
    }
