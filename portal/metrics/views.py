from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from prometheus_client import CONTENT_TYPE_LATEST

from foundation import doors
from portal.access_log import address_of
from portal.metrics.permissions import may_read
from portal.metrics.queries import exposition


@doors.everybody("figures for monitoring", "read")
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures, for programs that may; for everybody else there is no such page."""
    authorization = request.headers.get("Authorization", "")
    if not may_read(authorization=authorization, address=address_of(request)):
        raise Http404
    return HttpResponse(exposition(at=timezone.now()), content_type=CONTENT_TYPE_LATEST)
