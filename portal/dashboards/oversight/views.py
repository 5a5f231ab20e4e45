"""All locations on one page, for who answers for them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from foundation import doors
from foundation.caching import private
from portal.dashboards.oversight.queries import overseen_by, sites


@doors.permitted("booking.view_oversight", "locations", "see how they do today")
@private
def oversight(request: HttpRequest) -> HttpResponse:
    """Today at each location, in numbers and without names."""
    at = timezone.now()
    found = sites(list(overseen_by(request.user)), at=at)
    return render(
        request, "portal/oversight/oversight.html", {"sites": found, "at": at}
    )
