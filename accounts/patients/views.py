"""One's own account: profile, picture, settings, and taking over a guest's booking."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from accounts.factors.views import fresh_factor
from accounts.patients.forms import (
    AS_CLINIC,
    NameForm,
    PictureForm,
    ProfileForm,
    SettingsForm,
)
from accounts.patients.models import Patient
from accounts.patients.permissions import visible_to
from accounts.patients.queries import patient_of, read_claim
from accounts.patients.services import (
    change_patient,
    claim_patient,
    complete_profile,
    remove_picture,
    set_picture,
)
from accounts.sign_in.views import masked, prove_address
from accounts.users.models import Role, User
from accounts.users.permissions import has_role
from accounts.users.queries import landing_path, layout_for, signed_in_user
from accounts.users.services import change_user
from foundation import doors
from foundation.errors import Refused


def _changes_phone(request: HttpRequest) -> bool:
    """Whether a form puts another number in the place of the one that is known: from
    then on the clinic texts and calls there."""
    patient = patient_of(signed_in_user(request)) if request.method == "POST" else None
    form = ProfileForm(request.POST)
    if patient is None or "phone" in form.errors:
        return False
    return bool(form.cleaned_data["phone"] != patient.phone)


@doors.signed_in("own account", "change", doors.FORM)
@fresh_factor(when=_changes_phone)
@never_cache
def profile(request: HttpRequest) -> HttpResponse:
    """Who one is. For a newcomer the first page: it makes, or finds, their record."""
    user = signed_in_user(request)
    patient = patient_of(user)
    is_patient = patient is not None or has_role(user, Role.PATIENT)
    form_class = ProfileForm if is_patient else NameForm
    typed = request.POST if request.method == "POST" else None
    form = form_class(typed, initial=_known(user, patient))
    if request.method == "POST" and form.is_valid():
        if is_patient:
            complete_profile(user=user, **form.cleaned_data)
        else:
            change_user(actor=user, user=user, **form.cleaned_data)
        messages.success(request, "Your details are saved.")
        return redirect(_after_profile(request, is_new=is_patient and patient is None))
    return render(
        request,
        "accounts/patients/profile.html",
        {
            "form": form,
            "patient": patient,
            "is_new": is_patient and patient is None,
            "picture_form": PictureForm(),
            "layout": layout_for(user),
        },
    )


def _known(user: User, patient: Patient | None) -> dict[str, Any]:
    if patient is None:
        return {"first_name": user.first_name, "last_name": user.last_name}
    return {name: getattr(patient, name) for name in ProfileForm.base_fields}


def _after_profile(request: HttpRequest, *, is_new: bool) -> str:
    return landing_path(request.user) if is_new else reverse("accounts:profile")


@doors.signed_in("patients", "read the picture")
@never_cache
def picture(request: HttpRequest, public_id: Any) -> HttpResponseBase:
    """The portrait of somebody whom one may see."""
    patient = get_object_or_404(visible_to(request.user), public_id=public_id)
    if not patient.picture:
        raise Http404
    response = FileResponse(patient.picture.open("rb"), content_type="image/jpeg")
    response["Content-Disposition"] = "inline"
    return response


@doors.signed_in("own account", "change", doors.POST)
def change_picture(request: HttpRequest) -> HttpResponse:
    """Put one's own portrait there, or take it away."""
    user = signed_in_user(request)
    patient = get_object_or_404(Patient, user=user)
    if "remove" in request.POST:
        remove_picture(actor=user, patient=patient)
        messages.success(request, "Your picture is gone.")
        return redirect("accounts:profile")
    form = PictureForm(request.POST, request.FILES)
    if form.is_valid():
        content = form.cleaned_data["picture"]
        set_picture(actor=user, patient=patient, content=content)
        messages.success(request, "Your picture is saved.")
        return redirect("accounts:profile")
    return render(
        request,
        "accounts/patients/profile.html",
        {
            "form": ProfileForm(initial=_known(user, patient)),
            "patient": patient,
            "picture_form": form,
            "layout": layout_for(user),
        },
    )


@doors.signed_in("own account", "change", doors.FORM)
@never_cache
def settings(request: HttpRequest) -> HttpResponse:
    """Time zone, and the ways to everything about signing in."""
    user = signed_in_user(request)
    patient = patient_of(user)
    typed = request.POST if request.method == "POST" else None
    form = SettingsForm(typed, initial={"time_zone": user.time_zone or AS_CLINIC})
    if request.method == "POST" and form.is_valid():
        zone = form.cleaned_data["time_zone"]
        change_user(actor=user, user=user, time_zone=zone)
        if patient is not None:
            change_patient(actor=user, patient=patient, time_zone=zone)
        messages.success(request, "Your settings are saved.")
        return redirect("accounts:settings")
    return render(
        request,
        "accounts/patients/settings.html",
        {"form": form, "layout": layout_for(user)},
    )


@doors.everybody("own account", "claim a guest record", doors.FORM)
@never_cache
def claim(request: HttpRequest, token: str) -> HttpResponseBase:
    """Make an account of a guest's booking.

    The link is no proof: a code to the booking's address is. Looking changes nothing.
    """
    patient = read_claim(token)
    if patient is None or not patient.email:
        return render(request, "accounts/patients/claim_gone.html", status=404)
    if not request.user.is_authenticated:
        return prove_address(
            request, email=patient.email, template="accounts/patients/claim_prove.html"
        )
    user = signed_in_user(request)
    refusal = ""
    if request.method == "POST":
        try:
            claim_patient(user=user, patient=patient)
        except Refused as refused:
            refusal = str(refused)
        else:
            messages.success(request, "Your visit is in your account now.")
            return redirect("/portal/")
    return render(
        request,
        "accounts/patients/claim.html",
        {
            "is_theirs": user.email.lower() == patient.email.lower(),
            "is_done": patient.user_id == user.pk,
            "hint": masked(patient.email),
            "refusal": refusal,
        },
    )
