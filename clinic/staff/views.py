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
from accounts.users.models import Role
from accounts.users.permissions import has_role
from clinic.credentials.queries import clinic_today, expired_holders
from clinic.doctors.models import Doctor
from clinic.grants.models import Grant
from clinic.grants.permissions import visible_to as visible_grants
from clinic.rota.queries import coming
from clinic.staff import services
from clinic.staff.forms import InvitationForm, LeavingForm, RoleForm, StaffSearchForm
from clinic.staff.permissions import KNOWN_AS_STAFF, assignable_by, visible_to
from clinic.staff.queries import leaves_date, staff
from clinic.staff.services import end_access, give_role, invite_staff, take_role
from foundation import doors
from foundation.errors import Refused
from foundation.permissions import require

A_PAGE = 30
WAITS = "A second administrator has to agree. We have told them; it waits for 7 days."


@doors.permitted("clinic.manage_staff", "staff", "list")
def people(request: HttpRequest) -> HttpResponse:
    """Everybody who works here."""
    form = StaffSearchForm(request.GET)
    found = staff(
        search=request.GET.get("q", "").strip(),
        role=request.GET.get("role", "") if form.is_valid() else "",
    )
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "clinic/staff/people.html",
        {"form": form, "page_obj": page, "expired": _expired(list(page))},
    )


def _expired(people: list[User]) -> set[int]:
    return expired_holders(people, today=clinic_today(timezone.now()))


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


def found_person(request: HttpRequest, public_id: UUID) -> User:
    """Somebody who works here, if this administrator may see them."""
    return get_object_or_404(visible_to(request.user), public_id=public_id)


@doors.permitted("clinic.manage_staff", "staff", "read, give a role", doors.FORM)
def person(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One person's roles; POST gives another."""
    user = found_person(request, public_id)
    form = RoleForm(request.POST or None, roles=assignable_by(request.user))
    if request.method == "POST" and form.is_valid():
        try:
            waits = give_role(
                actor=request.user,  # type: ignore[arg-type]
                user=user,
                at=timezone.now(),
                **form.cleaned_data,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, WAITS if waits else "The role is given.")
            return redirect("clinic:person", public_id=public_id)
    return person_page(request, user, form=form)


def person_page(request: HttpRequest, user: User, **forms: Any) -> HttpResponse:
    """One person's page, with a form from a post that has errors."""
    assignments = user.role_assignments.select_related("place").order_by("role", "pk")
    return render(
        request,
        "clinic/staff/person.html",
        {
            "form": RoleForm(roles=assignable_by(request.user)),
            "person": user,
            "assignments": assignments.filter(role__in=KNOWN_AS_STAFF),
            "doctor": Doctor.objects.filter(user=user).first(),
            "can_be_doctor": has_role(user, Role.DOCTOR, Role.NURSE),
            "can_change": request.user.has_perm("clinic.manage_staff", user),
            "can_end": request.user.has_perm("accounts.manage_users", user),
            "own_roles": assignable_by(request.user),
            "is_expired": bool(_expired([user])),
            "grants": _grants(request, user),
            "leaving_form": LeavingForm(initial={"leaves_date": leaves_date(user)}),
            "reset": open_reset(user, timezone.now()),
            **forms,
        },
        status=422 if any(form.errors for form in forms.values()) else 200,
    )


@doors.permitted("clinic.manage_staff", "staff", "take a role", doors.POST)
def remove_role(request: HttpRequest, public_id: UUID, pk: int) -> HttpResponse:
    """Take one role away."""
    user = found_person(request, public_id)
    require(request.user, "clinic.manage_staff", user)
    assignment = get_object_or_404(
        RoleAssignment.objects.select_related("user", "place"), pk=pk, user=user
    )
    _try(request, "The role is taken away.", take_role, assignment=assignment)
    return redirect("clinic:person", public_id=public_id)


@doors.permitted("accounts.manage_users", "staff", "end access", doors.FORM)
def end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Close somebody's account, after asking once."""
    user = found_person(request, public_id)
    require(request.user, "accounts.manage_users", user)
    if request.method != "POST":
        return _question(request, "clinic/staff/end.html", user)
    _try(
        request,
        f"{user} can no longer sign in.",
        end_access,
        user=user,
        at=timezone.now(),
    )
    return redirect("clinic:person", public_id=public_id)


def _question(request: HttpRequest, template: str, user: User) -> HttpResponse:
    """Asks once, with the shifts that nobody would work then."""
    shifts = coming(user, first=clinic_today(timezone.now()))
    return render(request, template, {"person": user, "shifts": shifts})


@doors.permitted("accounts.manage_users", "staff", "suspend", doors.FORM)
def suspend(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Switch somebody's sign-in off for a while, after asking once."""
    user = found_person(request, public_id)
    require(request.user, "accounts.manage_users", user)
    if request.method != "POST":
        return _question(request, "clinic/staff/suspend.html", user)
    done = f"{user} is signed out everywhere and can't sign in for now."
    _try(request, done, services.suspend, user=user, at=timezone.now())
    return redirect("clinic:person", public_id=public_id)


@doors.permitted("accounts.manage_users", "staff", "reinstate", doors.POST)
def reinstate(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Switch it on again."""
    user = found_person(request, public_id)
    require(request.user, "accounts.manage_users", user)
    _try(request, f"{user} can sign in again.", services.reinstate, user=user)
    return redirect("clinic:person", public_id=public_id)


def _grants(request: HttpRequest, user: User) -> list[dict[str, Any]]:
    """What waits for a second administrator, with whether this one may answer."""
    rows = visible_grants(request.user).filter(user=user)
    waiting = Grant.objects.waiting(timezone.now()).filter(pk__in=rows)
    return [
        {"row": row, "may": request.user.has_perm("clinic.answer_grant", row)}
        for row in waiting.select_related("place", "asked_by").order_by("pk")
    ]


def _try(request: HttpRequest, done: str, service: Any, **arguments: Any) -> None:
    try:
        service(actor=request.user, **arguments)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
