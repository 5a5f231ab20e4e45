"""A new patient at the desk."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.models import Patient
from accounts.patients.services import register_patient
from foundation import doors
from foundation.caching import private
from portal.dashboards.front_desk.forms import (
    RegisterForm,
)
from portal.dashboards.front_desk.queries import (
    namesakes,
)


@doors.permitted("accounts.register_patient", "patients", "register", doors.FORM)
@private
def register(request: HttpRequest) -> HttpResponse:
    """Add a patient; who may be the same person is pointed out first."""
    form = RegisterForm(request.POST or None)
    same: list[Patient] = []
    if request.method == "POST" and form.is_valid():
        person = form.person
        same = namesakes(
            person["first_name"], person["last_name"], person["birth_date"]
        )
        if not same or form.cleaned_data["is_another"]:
            patient = register_patient(
                actor=request.user,  # type: ignore[arg-type]
                **person,
            )
            messages.success(request, f"{patient.full_name} is registered.")
            return redirect(f"{_next_address(request)}?patient={patient.public_id}")
    return render(
        request,
        "portal/front_desk/register.html",
        {"form": form, "same": same, "next_url": _next_address(request)},
        status=422 if form.errors or same else 200,
    )


def _next_address(request: HttpRequest) -> str:
    """Where it goes on: a time is booked, or found at once for who is here."""
    if request.GET.get("then") == "walk-in":
        return reverse("workspace:walk_in")
    return reverse("workspace:desk_book")
