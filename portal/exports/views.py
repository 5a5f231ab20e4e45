"""A copy of all of one's data, for patients."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.factors.views import fresh_factor
from accounts.users.queries import layout_for, signed_in_user
from foundation import doors
from foundation.caching import private
from foundation.errors import Refused
from portal.exports.models import Export
from portal.exports.permissions import visible_to
from portal.exports.queries import newest_export, openable, whole
from portal.exports.services import ask_export, record_download, remove_export


def _asks(request: HttpRequest, **_: Any) -> bool:
    return request.method == "POST"


@doors.permitted("portal.ask_export", "own data", "ask for a copy", doors.FORM)
@fresh_factor(when=_asks)
@private
def own(request: HttpRequest) -> HttpResponse:
    """What a copy is, how far the last one is, and the button that asks for one."""
    user = signed_in_user(request)
    if request.method == "POST":
        try:
            ask_export(actor=user, at=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "We are making your copy.")
        return redirect("exports:own")
    context = _state(user) | {"layout": layout_for(user)}
    return render(request, "portal/exports/own.html", context)


@doors.permitted("portal.ask_export", "own data", "see how far the copy is")
@private
def progress(request: HttpRequest) -> HttpResponse:
    """The state alone, for the page that keeps itself up to date."""
    context = _state(signed_in_user(request))
    return render(request, "portal/exports/_state.html", context)


def _state(user: Any) -> dict[str, Any]:
    export = newest_export(user)
    at = timezone.now()
    is_over = export and export.expires_at is not None and export.expires_at <= at
    return {
        "export": export,
        # Swept or not, it opens for nobody.
        "is_gone": bool(is_over),
        "is_moving": export is not None
        and export.status in {Export.Status.WAITING, Export.Status.COLLECTING},
    }


@doors.permitted("portal.ask_export", "own data", "download the copy")
@fresh_factor()
@private
def download(request: HttpRequest, public_id: UUID) -> FileResponse:
    """The archive, to the person alone, who has just proved that it is them."""
    user, at = signed_in_user(request), timezone.now()
    export = get_object_or_404(openable(user, at), public_id=public_id)
    archive = whole(export)
    record_download(actor=user, export=export, at=at)
    response = FileResponse(
        archive,
        as_attachment=True,
        filename=f"my-data-{export.ready_at:%Y-%m-%d}.zip",
        content_type="application/zip",
    )
    response["Content-Length"] = str(export.size)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@doors.permitted("portal.ask_export", "own data", "delete the copy", doors.POST)
def remove(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Delete the archive before its day is over."""
    user = signed_in_user(request)
    export = get_object_or_404(visible_to(user), public_id=public_id)
    remove_export(actor=user, export=export)
    messages.success(request, "Your copy is deleted.")
    return redirect("exports:own")
