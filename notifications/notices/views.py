"""The list behind the bell."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.users.queries import layout_for, signed_in_user
from clinic.identity.queries import current
from foundation import doors
from notifications.notices.queries import notices_for, unread_count
from notifications.notices.services import read_all_notices, read_notice

PAGE_SIZE = 20


@doors.signed_in("own notices", "list")
@never_cache
def notices(request: HttpRequest) -> HttpResponse:
    """All notes, newest first. Looking at the list marks nothing as read."""
    user = signed_in_user(request)
    page = Paginator(notices_for(user), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "notifications/notices/notices.html",
        {
            "page": page,
            "unread": unread_count(user),
            "zone": user.time_zone or current().time_zone,
            "layout": layout_for(user),
        },
    )


@doors.signed_in("own notices", "open", doors.POST)
def open_notice(request: HttpRequest, public_id: Any) -> HttpResponse:
    """Mark one as read and go where it leads."""
    notice = get_object_or_404(notices_for(request.user), public_id=public_id)
    read_notice(notice=notice, at=timezone.now())
    return redirect(notice.link or "notifications:notices")


@doors.signed_in("own notices", "open", doors.POST)
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    read_all_notices(actor=signed_in_user(request), at=timezone.now())
    return redirect("notifications:notices")
