"""What people hold to work here: a list for who manages staff, and for oneself."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.models import User
from accounts.users.queries import signed_in_user
from clinic.credentials.forms import CredentialForm
from clinic.credentials.models import Credential
from clinic.credentials.permissions import visible_to
from clinic.credentials.queries import clinic_today, held_by
from clinic.credentials.services import end_credential, save_credential
from clinic.staff.permissions import visible_to as visible_staff
from foundation import doors
from foundation.errors import Refused


@doors.permitted("clinic.manage_credential", "credentials", "list, add", doors.FORM)
def credentials(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What one person holds; POST adds to it."""
    person = get_object_or_404(visible_staff(request.user), public_id=public_id)
    form = CredentialForm(request.POST or None, initial={"country": "GB"})
    if request.method == "POST" and _saved(request, person, form):
        return redirect("clinic:credentials", public_id=public_id)
    return _page(request, person, form)


@doors.permitted("clinic.manage_credential", "credentials", "change", doors.FORM)
def credential(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change one, say to renew it."""
    row = _found(request, public_id)
    form = CredentialForm(request.POST or None, instance=row)
    if request.method == "POST" and _saved(request, row.user, form, row):
        return redirect("clinic:credentials", public_id=row.user.public_id)
    return _page(request, row.user, form, row)


@doors.permitted("clinic.manage_credential", "credentials", "take off", doors.POST)
def end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take one off the list."""
    row = _found(request, public_id)
    try:
        end_credential(actor=signed_in_user(request), credential=row, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "It is off the list.")
    return redirect("clinic:credentials", public_id=row.user.public_id)


@doors.permitted("accounts.work_here", "own credentials", "read")
def own(request: HttpRequest) -> HttpResponse:
    """What oneself holds, to read."""
    return _page(request, signed_in_user(request), None)


def _found(request: HttpRequest, public_id: UUID) -> Credential:
    rows = visible_to(request.user).filter(ended_at=None).select_related("user")
    return get_object_or_404(rows, public_id=public_id)


def _saved(
    request: HttpRequest,
    person: User,
    form: CredentialForm,
    row: Credential | None = None,
) -> bool:
    """Whether it was saved; the reason against it is on the form."""
    if not form.is_valid():
        return False
    try:
        save_credential(
            actor=signed_in_user(request),
            user=person,
            credential=row,
            at=timezone.now(),
            **form.cleaned_data,
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, "Saved.")
    return True


def _page(
    request: HttpRequest,
    person: User,
    form: CredentialForm | None,
    row: Credential | None = None,
) -> HttpResponse:
    today = clinic_today(timezone.now())
    return render(
        request,
        "clinic/credentials/credentials.html",
        {
            "person": person,
            "rows": [(one, one.is_expired(today)) for one in held_by(person)],
            "form": form if person != request.user else None,
            "changed": row,
        },
        status=422 if form is not None and form.errors else 200,
    )
