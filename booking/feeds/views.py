"""The private address of somebody's visits: its page, and the file itself."""

import hashlib
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import never_cache

from accounts.patients.queries import patient_of
from accounts.users.queries import signed_in_user
from booking.feeds.forms import FeedForm
from booking.feeds.models import Feed
from booking.feeds.queries import feed_at, feed_file
from booking.feeds.services import end_feed, make_feed, note_reading
from clinic.doctors.models import Doctor
from clinic.identity.queries import current
from foundation import doors

PORTAL, WORK = "booking:feed", "booking:work_feed"


@doors.permitted("booking.have_own_feed", "calendar feeds", "own", doors.FORM)
@never_cache
def feed(request: HttpRequest) -> HttpResponse:
    """A patient's own; POST makes it, renews its address or ends it."""
    patient = patient_of(signed_in_user(request))
    if patient is None:
        raise Http404
    return _page(request, PORTAL, patient=patient)


@doors.permitted("booking.have_calendar", "calendar feeds", "own", doors.FORM)
@never_cache
def work_feed(request: HttpRequest) -> HttpResponse:
    """That of a doctor, or of a nurse with visits of their own."""
    doctor = Doctor.objects.filter(user=signed_in_user(request)).first()
    if doctor is None:
        raise PermissionDenied
    return _page(request, WORK, doctor=doctor)


def _page(request: HttpRequest, name: str, **owner: Any) -> HttpResponse:
    found = Feed.objects.filter(**owner).first()
    if request.method == "POST" and "end" in request.POST:
        if found is not None:
            end_feed(actor=request.user, feed=found)
        messages.success(request, "The address is closed. Nothing is read there.")
        return redirect(name)
    address = ""
    if request.method == "POST":
        address = _make(request, **owner)
        found = Feed.objects.filter(**owner).first()
    context = {
        "feed": found,
        "address": address,
        "here": reverse(name),
        "is_work": name == WORK,
        "layout": "layouts/clinic.html" if name == WORK else "layouts/portal.html",
        "zone": current().time_zone,
    }
    return render(request, "booking/feeds/feed.html", context)


def _make(request: HttpRequest, **owner: Any) -> str:
    """The new address, which is shown on this one page and kept nowhere."""
    form = FeedForm(request.POST)
    form.full_clean()
    secret = make_feed(
        actor=request.user,
        shows_names=bool(form.cleaned_data.get("shows_names")),
        at=timezone.now(),
        **owner,
    )
    return f"{settings.SITE_URL}{reverse('booking:feed_file', args=[secret])}"


@doors.everybody("calendar feeds", "read by secret address")
def feed_ics(request: HttpRequest, secret: str) -> HttpResponse:
    """The file that calendars fetch again and again. What has not changed since is
    answered with 304."""
    at = timezone.now()
    found = feed_at(secret)
    if found is None:
        raise Http404
    name = WORK if found.doctor_id is not None else PORTAL
    content = feed_file(
        found,
        clinic_name=current().name,
        host=settings.SITE_URL.rsplit("/", 1)[-1],
        url=f"{settings.SITE_URL}{reverse(name)}",
        at=at,
    )
    note_reading(feed=found, at=at)
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["X-Robots-Tag"] = "noindex"
    answer = get_conditional_response(request, etag=etag, response=response)
    assert answer is not None  # noqa: S101
    return answer
