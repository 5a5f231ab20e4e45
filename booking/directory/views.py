"""The list of doctors, as a fragment that public pages host."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from booking.directory.forms import read_filters
from booking.directory.queries import SORTS
from booking.directory.queries import directory as find
from booking.openings.views import live
from foundation import doors


@doors.everybody("free times", "read")
@live
def directory(request: HttpRequest) -> HttpResponse:
    """The doctors that the query string asks for, with filters, times and pages."""
    found = find(read_filters(request.GET), at=timezone.now())
    context = {"found": found, "sorts": SORTS}
    return render(request, "booking/directory/_directory.html", context)
