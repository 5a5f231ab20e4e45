"""Where browsers say what our policy stopped, and where administrators read it."""

from datetime import timedelta

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from foundation import doors
from portal.policy_reports.forms import read_reports
from portal.policy_reports.models import PolicyReport
from portal.policy_reports.services import note_reports

LARGEST = 16_000
DAYS = 30


@doors.everybody("browser reports", "send", doors.POST)
@csrf_exempt
def take(request: HttpRequest) -> HttpResponse:
    """Take a report. Browsers send it without cookies, so it proves nothing and does
    nothing but count; how often is limited by address (portal/limits)."""
    if len(request.body) > LARGEST:
        return HttpResponse(status=413)
    try:
        reports = read_reports(request.body)
    except ValueError:
        return HttpResponseBadRequest()
    note_reports(reports=reports, at=timezone.now())
    return HttpResponse(status=204)


@doors.permitted("portal.view_policy_reports", "browser reports", "list")
@never_cache
def reports(request: HttpRequest) -> HttpResponse:
    """What was stopped in the last thirty days, the most frequent first."""
    since = timezone.now().date() - timedelta(days=DAYS)
    rows = (
        PolicyReport.objects.filter(day__gte=since)
        .values("page", "directive", "blocked")
        .annotate(total=Sum("count"))
        .order_by("-total", "page")[:200]
    )
    return render(request, "portal/policy_reports.html", {"rows": rows, "days": DAYS})
