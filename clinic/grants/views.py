"""The second administrator's answer."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from accounts.users.queries import signed_in_user
from clinic.grants.permissions import visible_to
from clinic.grants.services import answer_grant
from foundation import doors
from foundation.errors import Refused


@doors.permitted("clinic.answer_grant", "staff", "confirm a grant", doors.POST)
def answer(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Agree (`agrees=1`) that somebody becomes an administrator, or refuse."""
    grant = get_object_or_404(
        visible_to(request.user).select_related("user"), public_id=public_id
    )
    agrees = request.POST.get("agrees") == "1"
    try:
        answer_grant(
            actor=signed_in_user(request),
            grant=grant,
            agrees=agrees,
            at=timezone.now(),
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, "The role is given." if agrees else "The role is not given."
        )
    return redirect("clinic:person", public_id=grant.user.public_id)
