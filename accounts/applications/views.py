"""Administrators decide which applications there are."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.applications.forms import ApplicationForm
from accounts.applications.models import Application, TokenScope
from accounts.applications.queries import applications as every
from accounts.applications.services import (
    NameTaken,
    end_application,
    register_application,
)
from accounts.factors.views import fresh_factor
from accounts.users.queries import signed_in_user
from foundation import doors
from foundation.errors import Refused


def _is_written(request: HttpRequest) -> bool:
    return request.method == "POST"


@doors.permitted(
    "accounts.manage_applications", "applications", "list, register", doors.FORM
)
@fresh_factor(when=_is_written)
def applications(request: HttpRequest) -> HttpResponse:
    """The applications that people may let in; POST registers one."""
    form = ApplicationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            register_application(actor=signed_in_user(request), **form.cleaned_data)
        except Refused as refusal:
            field = "name" if isinstance(refusal, NameTaken) else "redirect_uris"
            form.add_error(field, str(refusal))
        else:
            messages.success(request, "Registered. Its client id is in the list.")
            return redirect("applications:list")
    rows = [
        (one, [str(TokenScope(scope).label) for scope in one.scopes]) for one in every()
    ]
    return render(
        request,
        "accounts/applications/list.html",
        {"form": form, "rows": rows},
        status=422 if form.errors else 200,
    )


@doors.permitted("accounts.manage_applications", "applications", "end", doors.POST)
@fresh_factor()
def end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Shut an application out."""
    found = get_object_or_404(Application, public_id=public_id)
    end_application(actor=signed_in_user(request), application=found, at=timezone.now())
    messages.success(request, f"{found} is shut out, with all that people allowed it.")
    return redirect("applications:list")
