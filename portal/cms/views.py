"""Coming into the CMS and leaving it."""

import time
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

from accounts.cms_access.services import redeem_ticket
from foundation import doors
from foundation.doors import FORM
from portal.cms.middleware import (
    PREFIX,
    STATE_COOKIE,
    cookie_name,
    keep,
)
from portal.cms.services import settle_in
from portal.cms.sessions import SEEN, USER

TICKET_COOKIE = "cms-ticket"
TICKET_SECONDS = 60


@doors.everybody("CMS", "come in", FORM)
@never_cache
def enter(request: HttpRequest) -> HttpResponse:
    """From the site, with a ticket.

    The ticket leaves the address at once, so that it stays in no history and reaches
    nobody as the page before. Looking at the page opens nothing: coming in is a form.
    """
    if request.method == "POST":
        return _come_in(request)
    if "ticket" in request.GET:
        clean = HttpResponseRedirect(request.path)
        keep(clean, TICKET_COOKIE, request.GET["ticket"][:100], TICKET_SECONDS)
        request_next = request.GET.get("next", PREFIX)
        keep(clean, "cms-next", request_next[:2000], TICKET_SECONDS)
        return clean
    has_ticket = cookie_name(TICKET_COOKIE) in request.COOKIES
    return render(request, "cms/enter.html", {"has_ticket": has_ticket})


def _come_in(request: HttpRequest) -> HttpResponse:
    at = timezone.now()
    user = redeem_ticket(
        ticket=request.COOKIES.get(cookie_name(TICKET_COOKIE), ""),
        state=request.COOKIES.get(cookie_name(STATE_COOKIE), ""),
        host=urlsplit(settings.CMS_URL).netloc,
        at=at,
    )
    wanted = request.COOKIES.get(cookie_name("cms-next"), "")
    response: HttpResponse
    if user is None:
        response = render(request, "cms/enter.html", {"failed": True}, status=403)
    else:
        request.session.flush()
        request.session[USER] = str(user.pk)
        request.session[SEEN] = time.time()
        request.session.set_expiry(at + timedelta(seconds=settings.CMS_SESSION_SECONDS))
        request.session.cycle_key()
        settle_in(user=user)
        response = redirect(wanted if _is_here(wanted) else PREFIX)
    for name in (TICKET_COOKIE, STATE_COOKIE, "cms-next"):
        response.delete_cookie(cookie_name(name), samesite="Lax")
    return response


def _is_here(address: str) -> bool:
    """Whether the address is a room of the CMS: others are not gone to."""
    return address.startswith(PREFIX) and url_has_allowed_host_and_scheme(address, None)


@doors.everybody("CMS", "leave", FORM)
@never_cache
def leave(request: HttpRequest) -> HttpResponse:
    """End the session in the CMS, and only there."""
    if request.method == "POST":
        request.session.flush()
        response = redirect("cms_left")
        response["Clear-Site-Data"] = '"cache"'
        return response
    return render(request, "cms/leave.html")


@doors.everybody("CMS", "leave")
@never_cache
def left(request: HttpRequest) -> HttpResponse:
    """Say that the session here is over, and the one on the site may not be."""
    return render(request, "cms/left.html", {"site_url": settings.SITE_URL})


@doors.everybody("CMS", "go back to the site")
def to_site(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
    """Everything else is the site's: pages that editors look at, and documents."""
    query = request.META.get("QUERY_STRING", "")
    address = f"{request.path}?{query}" if query else request.path
    return HttpResponseRedirect(f"{settings.SITE_URL}{address}")
