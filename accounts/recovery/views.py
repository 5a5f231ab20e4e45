"""For whoever has lost every second factor, and those who help them."""

from typing import Any
from uuid import UUID

from allauth.core import ratelimit
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.factors.permissions import must_have_factor
from accounts.factors.views import fresh_factor
from accounts.factors.views.stage import waiting
from accounts.patients.models import Patient
from accounts.patients.permissions import visible_to as visible_patients
from accounts.recovery.models import Reset
from accounts.recovery.permissions import visible_to
from accounts.recovery.queries import find_reset, open_reset
from accounts.recovery.services import (
    approve_reset,
    ask_reset,
    start_reset,
    stop_reset,
    use_reset,
)
from accounts.users.models import User
from accounts.users.permissions import visible_to as visible_users
from foundation import doors
from foundation.errors import Refused
from foundation.permissions import require


@doors.everybody("sign-in", "ask for a reset", doors.FORM)
@never_cache
def lost(request: HttpRequest) -> HttpResponseBase:
    """ "I can't use any of these", between the two steps of signing in."""
    stage: Any = waiting(request)
    if stage is None:
        return redirect("account_login")
    user: User = stage.login.user
    at = timezone.now()
    refusal = ""
    if request.method == "POST":
        blocked = ratelimit.consume_or_429(request, action="factor")
        if blocked:
            return blocked
        try:
            ask_reset(user=user, at=at)
        except Refused as refused:
            refusal = str(refused)
    return render(
        request,
        "accounts/recovery/lost.html",
        {
            "is_staff": must_have_factor(user),
            "reset": open_reset(user, at),
            "email": user.email,
            "refusal": refusal,
        },
    )


@doors.everybody("sign-in", "begin anew by a link", doors.FORM)
@never_cache
def begin_anew(request: HttpRequest, token: str) -> HttpResponse:
    """The one-time link. Looking changes nothing; a button takes the factors away,
    another stops the link."""
    at = timezone.now()
    reset = find_reset(token, at)
    state, status = ("", 200) if reset else ("gone", 404)
    if reset is not None and request.method == "POST":
        try:
            if "stop" in request.POST:
                stop_reset(reset=reset, at=at)
                state = "stopped"
            else:
                use_reset(reset=reset, at=at)
                state = "done"
        except Refused:
            status = 409
    return render(
        request,
        "accounts/recovery/begin_anew.html",
        {"reset": reset, "state": state, "early": reset and at < reset.works_from},
        status=status,
    )


@doors.permitted(
    "accounts.reset_staff_factors", "staff", "reset the second step", doors.POST
)
@fresh_factor()
def for_staff(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """An administrator starts a reset, or approves the one that another started."""
    user = get_object_or_404(visible_users(request.user), public_id=public_id)
    at = timezone.now()
    try:
        if "approve" in request.POST:
            reset = get_object_or_404(visible_to(request.user), user=user)
            require(request.user, "accounts.approve_reset", reset)
            approve_reset(actor=_actor(request), reset=reset, at=at)
            messages.success(request, "Approved. We sent them the link.")
        else:
            require(request.user, "accounts.reset_staff_factors", user)
            reset = start_reset(
                actor=_actor(request), user=user, ground=Reset.Ground.STAFF, at=at
            )
            said = "We sent them a link."
            if reset.needs_approval:
                said = (
                    "Another administrator has to approve it before the link goes out."
                )
            messages.success(request, f"The reset is started. {said}")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("clinic:person", public_id=public_id)


@doors.permitted(
    "accounts.reset_patient_factors", "patients", "reset the second step", doors.POST
)
@fresh_factor()
def for_patient(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The desk has seen the patient's identity card, and lets them begin anew."""
    patients = visible_patients(request.user).select_related("user")
    patient: Patient = get_object_or_404(patients, public_id=public_id)
    if patient.user is None:
        raise Http404
    require(request.user, "accounts.reset_patient_factors", patient.user)
    if "checked" not in request.POST:
        messages.error(request, "Tick that you have checked who they are.")
        return redirect("workspace:patient", public_id=public_id)
    try:
        start_reset(
            actor=_actor(request),
            user=patient.user,
            ground=Reset.Ground.SEEN,
            at=timezone.now(),
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "We sent them a link. It works for an hour.")
    return redirect("workspace:patient", public_id=public_id)


def _actor(request: HttpRequest) -> Any:
    return request.user
