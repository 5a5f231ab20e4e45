"""The site's side of the way into the CMS."""

import re
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.cms_access.services import issue_ticket
from accounts.factors.views import fresh_factor
from accounts.users.queries import signed_in_user
from foundation import doors

DIGEST = re.compile(r"[0-9a-f]{64}")
CMS = "/cms/"
# Whoever has just signed in is not asked again; an open browser alone opens no CMS.
ENTERING = timedelta(minutes=15)


@doors.everybody("CMS", "find it")
def to_cms(request: HttpRequest, rest: str = "") -> HttpResponse:
    """The CMS lives elsewhere; former addresses lead there."""
    query = request.META.get("QUERY_STRING", "")
    path = f"{request.path}?{query}" if query else request.path
    return HttpResponseRedirect(f"{settings.CMS_URL}{path}")


@doors.permitted("wagtailadmin.access_admin", "CMS", "enter", doors.FORM)
@fresh_factor(within=ENTERING)
@never_cache
def enter(request: HttpRequest) -> HttpResponse:
    """Send an editor who is signed in here to the CMS, with a ticket.

    The CMS sends browsers here, with the digest of something that it gave them: the
    ticket is of use to the same browser only, so nobody can be led into the CMS as
    somebody else. Whoever comes by themselves is sent to the CMS first.
    """
    user = signed_in_user(request)
    state = request.GET.get("state", "")
    if not state:
        return HttpResponseRedirect(f"{settings.CMS_URL}{CMS}")
    if not DIGEST.fullmatch(state):
        raise PermissionDenied
    ticket = issue_ticket(
        actor=user,
        host=urlsplit(settings.CMS_URL).netloc,
        state=state,
        at=timezone.now(),
    )
    answer = {"ticket": ticket, "next": request.GET.get("next", CMS)}
    return HttpResponseRedirect(f"{settings.CMS_URL}{CMS}enter/?{urlencode(answer)}")
