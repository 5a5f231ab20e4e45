"""People and their roles, for administrators."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.models import RoleAssignment, User
from accounts.recovery.queries import open_reset
from clinic.staff.forms import InvitationForm, RoleForm, StaffSearchForm
from clinic.staff.permissions import KNOWN_AS_STAFF, assignable_by, visible_to
from clinic.staff.queries import staff
from clinic.staff.services import end_access, give_role, invite_staff, take_role
from foundation import doors
from foundation.errors import Refused
from foundation.permissions import require

A_PAGE = 30


@doors.permitted("clinic.manage_staff", "staff", "list")
def people(request: HttpRequest) -> HttpResponse:
    """Everybody who works here."""
    form = StaffSearchForm(request.GET)
    found = staff(
        search=request.GET.get("q", "").strip(),
        role=request.GET.get("role", "") if form.is_valid() else "",
    )
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "clinic/staff/people.html", {"form": form, "page_obj": page})


@doors.permitted("clinic.manage_staff", "staff", "invite", doors.FORM)
def invite(request: HttpRequest) -> HttpResponse:
    """Let somebody new in."""
    form = InvitationForm(request.POST or None, roles=assignable_by(request.user))
    if request.method == "POST" and form.is_valid():
        try:
            user = invite_staff(
                actor=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
                **form.cleaned_data,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, f"{user} can sign in now. We sent them an e-mail."
            )
            return redirect("clinic:person", public_id=user.public_id)
    return render(
        request,
        "clinic/staff/invite.html",
        {"form": form},
        status=422 if form.errors else 200,
    )


def _person(request: HttpRequest, public_id: UUID) -> User:
    return get_object_or_404(visible_to(request.user), public_id=public_id)


@doors.permitted("clinic.manage_staff", "staff", "read, give a role", doors.FORM)
def person(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One person's roles; POST gives another."""
    user = _person(request, public_id)
    form = RoleForm(request.POST or None, roles=assignable_by(request.user))
    if request.method == "POST" and form.is_valid():
        try:
            give_role(
                actor=request.user,  # type: ignore[arg-type]
                user=user,
                **form.cleaned_data,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The role is given.")
            return redirect("clinic:person", public_id=public_id)
    assignments = user.role_assignments.select_related("place").order_by("role", "pk")
    return render(
        request,
        "clinic/staff/person.html",
        {
            "form": form,
            "person": user,
            "assignments": assignments.filter(role__in=KNOWN_AS_STAFF),
            "can_change": request.user.has_perm("clinic.manage_staff", user),
            "can_end": request.user.has_perm("accounts.manage_users", user),
            "own_roles": assignable_by(request.user),
            "reset": open_reset(user, timezone.now()),
        },
        status=422 if form.errors else 200,
    )


@doors.permitted("clinic.manage_staff", "staff", "take a role", doors.POST)
def remove_role(request: HttpRequest, public_id: UUID, pk: int) -> HttpResponse:
    """Take one role away."""
    user = _person(request, public_id)
    require(request.user, "clinic.manage_staff", user)
    assignment = get_object_or_404(
        RoleAssignment.objects.select_related("user", "place"), pk=pk, user=user
    )
    _try(request, "The role is taken away.", take_role, assignment=assignment)
    return redirect("clinic:person", public_id=public_id)


@doors.permitted("accounts.manage_users", "staff", "end access", doors.POST)
def end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Close somebody's account."""
    user = _person(request, public_id)
    require(request.user, "accounts.manage_users", user)
    _try(
        request,
        f"{user} can no longer sign in.",
        end_access,
        user=user,
        at=timezone.now(),
    )
    return redirect("clinic:person", public_id=public_id)


def _try(request: HttpRequest, done: str, service: Any, **arguments: Any) -> None:
    try:
        service(actor=request.user, **arguments)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
