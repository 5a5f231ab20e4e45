"""Taking back what one allowed."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from accounts.tokens.models import Over
from accounts.tokens.permissions import visible_to
from accounts.tokens.services import end_authorisation
from accounts.users.queries import signed_in_user
from foundation import doors


@doors.signed_in("own apps", "end", doors.POST)
def end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The app, or the machine, is out from its next request on."""
    user = signed_in_user(request)
    held = get_object_or_404(
        visible_to(user).select_related("application"), public_id=public_id
    )
    end_authorisation(actor=user, authorisation=held, because=Over.REVOKED)
    messages.success(request, f"{held} can no longer act in your name.")
    return redirect("factors:security")
