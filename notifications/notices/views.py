"""The list behind the bell."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.proxies.models import Scope
from accounts.proxies.queries import reaches, viewing_of
from accounts.users.queries import layout_for, signed_in_user
from clinic.identity.queries import current
from foundation import doors
from notifications.deliveries.models import Delivery
from notifications.notices.queries import notices_for, notices_of, unread_count
from notifications.notices.services import read_all_notices, read_notice

PAGE_SIZE = 20


def _shown(request: HttpRequest) -> QuerySet[Delivery]:
    """One's own notes, or those of whom one acts for. Raises Http404 out of reach."""
    if not reaches(request, Scope.MESSAGES):
        raise Http404
    viewing = viewing_of(request)
    if viewing is not None:
        return notices_of(viewing.patient)
    return notices_for(request.user)


@doors.signed_in("own notices", "list")
@never_cache
def notices(request: HttpRequest) -> HttpResponse:
    """All notes, newest first. Looking at the list marks nothing as read."""
    user = signed_in_user(request)
    page = Paginator(_shown(request), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "notifications/notices/notices.html",
        {
            "page": page,
            "unread": unread_count(user) if viewing_of(request) is None else 0,
            "zone": user.time_zone or current().time_zone,
            "layout": layout_for(user),
        },
    )


@doors.signed_in("own notices", "open", doors.POST)
def open_notice(request: HttpRequest, public_id: Any) -> HttpResponse:
    """Mark one as read and go where it leads. Who acts for somebody with an account
    leaves it new for them."""
    notice = get_object_or_404(
        _shown(request).select_related("patient"), public_id=public_id
    )
    is_theirs = viewing_of(request) is None
    if is_theirs or (notice.patient and notice.patient.user_id is None):
        read_notice(notice=notice, at=timezone.now())
    return redirect(notice.link or "notifications:notices")


@doors.signed_in("own notices", "open", doors.POST)
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    read_all_notices(actor=signed_in_user(request), at=timezone.now())
    return redirect("notifications:notices")
