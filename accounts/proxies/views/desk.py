"""The clinic's part: agreeing for who can't, and the age from which they can."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.proxies.forms import AgeForm, ConfirmForm
from accounts.proxies.models import Proxy
from accounts.proxies.permissions import visible_to
from accounts.proxies.queries import (
    age_rule,
    end_of_day,
    is_under_age,
    today_at_clinic,
)
from accounts.proxies.services import (
    answer_scopes,
    confirm,
    decline,
    end,
    is_waiting,
    may_answer,
    set_age_rule,
)
from accounts.users.queries import signed_in_user
from foundation import doors
from foundation.errors import Refused
from foundation.permissions import require


@doors.permitted("accounts.work_in_care", "family and carers", "confirm", doors.FORM)
@never_cache
def proxy(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Somebody who acts, or asks to act, for a patient; POST agrees for the patient."""
    rows = visible_to(request.user).filter(patient__isnull=False)
    found = get_object_or_404(
        rows.select_related("patient", "user", "confirmed_by"), public_id=public_id
    )
    at = timezone.now()
    form = ConfirmForm(request.POST or None, today=today_at_clinic(at))
    if request.method == "POST":
        require(request.user, "accounts.confirm_proxy", found)
        if form.is_valid() and _confirm(request, found, form):
            messages.success(request, "Agreed for the patient. It is in force now.")
            return redirect("workspace:patient", found.patient.public_id)  # type: ignore[union-attr]
    can_confirm = request.user.has_perm("accounts.confirm_proxy", found)
    return render(
        request,
        "accounts/proxies/proxy.html",
        {
            "proxy": found,
            "patient": found.patient,
            "form": form,
            "can_confirm": can_confirm
            and found.status == Proxy.Status.ASKED
            and found.lapses_at > at,
            "can_end": found.status == Proxy.Status.ACTIVE
            and request.user.has_perm("accounts.end_proxy", found),
            "is_minor": is_under_age(found.patient, at=at),
            "has_wish": is_waiting(found, at=at),
            "may_add": may_answer(request.user, found, is_agreed=True, at=at),
            "rule": age_rule(),
        },
        status=422 if form.errors else 200,
    )


def _confirm(request: HttpRequest, found: Proxy, form: ConfirmForm) -> bool:
    given = form.cleaned_data
    try:
        confirm(
            actor=signed_in_user(request),
            proxy=found,
            ground=given["ground"],
            document_seen=given["document_seen"],
            ends_at=end_of_day(given["until"]) if given["until"] else None,
            at=timezone.now(),
        )
    except Refused as refused:
        form.add_error("ground", str(refused))
        return False
    return True


@doors.permitted(
    "accounts.work_in_care", "family and carers", "decline, end", doors.POST
)
@never_cache
def close(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Say no to a request in the patient's place, or end what is in force."""
    found = get_object_or_404(
        visible_to(request.user).filter(patient__isnull=False), public_id=public_id
    )
    require(request.user, "accounts.end_proxy", found)
    actor, at = signed_in_user(request), timezone.now()
    try:
        if found.status == Proxy.Status.ACTIVE:
            end(actor=actor, proxy=found, at=at)
        else:
            decline(actor=actor, proxy=found, at=at)
        messages.success(request, "Done. Nothing is open to them.")
    except Refused as refused:
        messages.warning(request, str(refused))
    return redirect("workspace:patient", found.patient.public_id)  # type: ignore[union-attr]


@doors.permitted(
    "accounts.work_in_care", "family and carers", "answer a wish", doors.POST
)
@never_cache
def more(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Agree in the patient's place to what is to be added, or say no."""
    found = get_object_or_404(
        visible_to(request.user).filter(patient__isnull=False), public_id=public_id
    )
    require(request.user, "accounts.confirm_proxy", found)
    is_agreed = request.POST.get("answer") == "yes"
    actor, at = signed_in_user(request), timezone.now()
    try:
        answer_scopes(actor=actor, proxy=found, is_agreed=is_agreed, at=at)
        messages.success(request, "Added." if is_agreed else "Nothing is added.")
    except Refused as refused:
        messages.warning(request, str(refused))
    return redirect("accounts:proxy", public_id)


@doors.permitted("clinic.manage_clinic", "clinic facts", "change the age", doors.FORM)
@never_cache
def age(request: HttpRequest) -> HttpResponse:
    """From which age young people decide themselves. Counts at once."""
    rule = age_rule()
    form = AgeForm(request.POST or None, initial={"age": rule.age})
    if request.method == "POST" and form.is_valid():
        set_age_rule(actor=signed_in_user(request), **form.cleaned_data)
        messages.success(request, "The age is saved. It counts from now on.")
        return redirect("accounts:proxy_age")
    return render(
        request,
        "accounts/proxies/age.html",
        {"form": form, "rule": rule},
        status=422 if form.errors else 200,
    )
