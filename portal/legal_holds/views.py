"""Legal holds, for medical administration."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.users.queries import signed_in_user
from foundation import doors
from foundation.caching import private
from foundation.errors import Refused
from portal.legal_holds.forms import HoldForm
from portal.legal_holds.permissions import visible_to
from portal.legal_holds.services import lift_hold, place_hold

A_PAGE = 25


@doors.permitted("portal.manage_holds", "legal holds", "list, place", doors.FORM)
@private
def holds(request: HttpRequest) -> HttpResponse:
    """The holds that stand, and a form to place one."""
    at = timezone.now()
    form = HoldForm(request.POST or None, today=at.date())
    if request.method == "POST" and form.is_valid():
        try:
            place_hold(
                actor=signed_in_user(request),
                patient=form.cleaned_data["number"],
                reason=form.cleaned_data["reason"],
                until=form.cleaned_data["until"],
                at=at,
            )
        except Refused as refusal:
            form.add_error("number", str(refusal))
        else:
            messages.success(request, "Nothing of this patient is destroyed now.")
            return redirect("legal_holds:holds")
    rows = visible_to(request.user).select_related("patient", "placed_by")
    standing = rows.filter(lifted_at=None).order_by("-created_at")
    page = Paginator(standing, A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "portal/legal_holds/holds.html",
        {"form": form, "page_obj": page, "today": at.date()},
        status=422 if form.errors else 200,
    )


@doors.permitted("portal.manage_holds", "legal holds", "lift", doors.POST)
@private
def lift(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Let the rules count again."""
    hold = get_object_or_404(visible_to(request.user), public_id=public_id)
    lift_hold(actor=signed_in_user(request), hold=hold, at=timezone.now())
    messages.success(request, "The hold is lifted. The usual periods count again.")
    return redirect("legal_holds:holds")
