"""Facts whose change may leave visits outside the hours: when somebody leaves, and the
clock of a location. The clinic's own pages show the forms and send them here, because
only the roof knows who is booked."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from accounts.users.queries import signed_in_user
from booking.strays.services import strays_after
from clinic.doctors.forms import DoctorForm
from clinic.doctors.models import Doctor
from clinic.doctors.services import save_doctor
from clinic.doctors.views import edit as doctor_page
from clinic.locations.forms import LocationForm, by_weekday
from clinic.locations.models import Location
from clinic.locations.services import save_location
from clinic.locations.views import edit as location_page
from clinic.rota.queries import coming
from clinic.staff.forms import LeavingForm
from clinic.staff.services import set_leaving_date
from clinic.staff.views import found_person, person_page
from foundation import doors
from foundation.errors import Refused
from foundation.formats import long_date, plural, zone_city
from foundation.permissions import require
from portal.dashboards.strays.views.lists import Change, ask_first

GONE = "booked after that"


@doors.permitted("clinic.manage_clinic", "doctors", "change", doors.POST)
def change_doctor(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change the facts about a doctor. What is booked after the day on which they leave
    is shown first."""
    doctor = get_object_or_404(Doctor, public_id=public_id)
    name = doctor.full_name
    form = DoctorForm(request.POST, instance=doctor)
    if not form.is_valid():
        return doctor_page(request, public_id, form=form)
    # The form has written into its own copy; the service begins with the row.
    data, day = form.cleaned_data, form.cleaned_data["left_date"]

    def act() -> None:
        row = Doctor.objects.get(pk=doctor.pk)
        save_doctor(actor=signed_in_user(request), doctor=row, **data)

    change = Change(
        title=f"Change {name}",
        about=_leaves(name, day),
        address=request.path,
        back=reverse("clinic:doctor", args=[public_id]),
        button="Save it all the same",
        form=form,
        hit=GONE,
    )
    try:
        question = _asked(request, change, [doctor], act)
    except Refused as refusal:
        form.add_error("specialties", str(refusal))
        return doctor_page(request, public_id, form=form)
    if question is not None:
        return question
    messages.success(request, f"{form.instance.full_name} is saved.")
    return redirect("clinic:doctor", public_id=public_id)


@doors.permitted("clinic.manage_clinic", "locations", "change", doors.POST)
def change_location(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change a location and its opening hours. Under a new clock the visits that are
    booked there lie at other hours; they are shown first."""
    location = get_object_or_404(Location, public_id=public_id)
    form = LocationForm(
        request.POST,
        instance=location,
        week=by_weekday(location.opening_hours.all()),
    )
    if not form.is_valid():
        return location_page(request, public_id, form=form)
    content = form.content

    def act() -> None:
        save_location(actor=signed_in_user(request), location=location, **content)

    change = Change(
        title=f"Change {location.name}",
        about=(
            f"{location.name} goes by the clock of"
            f" {zone_city(content['time_zone'])} from now on. Each visit stays at its"
            " moment, so there it is at another hour than was agreed."
        ),
        address=request.path,
        back=reverse("clinic:location", args=[public_id]),
        button="Save it all the same",
        form=form,
        hit="then at another hour, or outside the hours",
    )
    # Nothing else about a location opens or shuts a calendar.
    is_new = "time_zone" in form.changed_data
    doctors = Doctor.objects.filter(offerings__location=location).distinct()
    question = _asked(request, change, doctors if is_new else [], act)
    if question is not None:
        return question
    messages.success(request, f"{content['name']} is saved.")
    return redirect("clinic:location", public_id=public_id)


@doors.permitted("accounts.manage_users", "staff", "set the leaving date", doors.POST)
def person_leaving(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Say from which day on somebody is no longer here; empty: they stay. What is
    booked with them after it is shown first."""
    user = found_person(request, public_id)
    require(request.user, "accounts.manage_users", user)
    form = LeavingForm(request.POST)
    if not form.is_valid():
        return person_page(request, user, leaving_form=form)
    day = form.cleaned_data["leaves_date"]
    # Before it is said: a shift that nobody can work is none of theirs any more.
    lost = len(coming(user, first=day)) if day is not None else 0

    def act() -> None:
        set_leaving_date(actor=signed_in_user(request), user=user, leaves_date=day)

    change = Change(
        title=f"The last day of {user}",
        about=_leaves(str(user), day),
        address=request.path,
        back=reverse("clinic:person", args=[public_id]),
        button="Set the day all the same",
        form=form,
        hit=GONE,
    )
    try:
        question = _asked(request, change, Doctor.objects.filter(user=user), act)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("clinic:person", public_id=public_id)
    if question is not None:
        return question
    done = "Their access ends by itself on that day." if day else "They stay."
    messages.success(request, done)
    if lost:
        words = plural(lost, "shift")
        messages.warning(
            request, f"From then on nobody works {words} of theirs in four weeks."
        )
    return redirect("clinic:person", public_id=public_id)


def _leaves(name: str, day: Any) -> str:
    return f"{name}, no longer here from {long_date(day)}" if day else name


def _asked(
    request: HttpRequest, change: Change, doctors: Any, act: Callable[[], None]
) -> HttpResponse | None:
    """The question, or None once `act` has been done."""
    ids = strays_after(act, doctors=doctors, at=timezone.now()) if doctors else []
    return ask_first(request, change, ids, act)
