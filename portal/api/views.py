"""The operations. They only read. Doors stand in portal/foreign.py: each says which
scope a token must have, and is asked before anything here runs."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router
from ninja.decorators import decorate_view
from ninja.security import HttpBearer

from accounts.models import User
from accounts.users.queries import signed_in_user
from booking.appointments.permissions import visible_at_work, visible_to
from clinic.doctors.models import Doctor
from foundation import doors
from foundation.problems import problem
from portal.api import queries
from portal.api.forms import AppointmentsAsked, FreeTimesAsked, Nothing, only
from portal.api.middleware import authorisation_of

ERRORS = dict.fromkeys((400, 401, 403, 404, 422, 429), queries.Problem)


class ByToken(HttpBearer):
    """For the description: the token itself is read before any view runs, by
    `portal.api.middleware`. Asked here once more, so that an operation whose door
    forgot to ask shows nothing."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        """The person of the token; None refuses."""
        return signed_in_user(request) if authorisation_of(request) else None


router = Router(auth=ByToken())


@router.get("/me", response={200: queries.Me, **ERRORS}, url_name="me")
@decorate_view(only(Nothing))
def me(request: HttpRequest) -> queries.Me:
    """Who the token acts for, and what it may do. Scope me.read."""
    held = authorisation_of(request)
    return queries.me(signed_in_user(request), held.scopes if held else [])


@router.get(
    "/appointments",
    response={200: queries.Visits, **ERRORS},
    url_name="appointments",
)
@decorate_view(only(AppointmentsAsked))
def appointments(
    request: HttpRequest, asked: Query[AppointmentsAsked]
) -> queries.Visits:
    """One's own visits as a patient, soonest first. Scope appointments.read."""
    user = signed_in_user(request)
    own = visible_to(user).filter(patient__user=user)
    return queries.page_of_visits(own, **asked.dict())


@router.get(
    "/work/appointments",
    response={200: queries.Visits, **ERRORS},
    url_name="work_appointments",
)
@decorate_view(only(AppointmentsAsked))
def work_appointments(
    request: HttpRequest, asked: Query[AppointmentsAsked]
) -> queries.Visits:
    """The visits that one may see at work, soonest first. Scope
    work.appointments.read."""
    return queries.page_of_visits(visible_at_work(request.user), **asked.dict())


@router.get(
    "/doctors/{slug}/free-times",
    response={200: queries.FreeTimes, **ERRORS},
    url_name="free_times",
    auth=None,
)
@decorate_view(only(FreeTimesAsked))
def free_times(
    request: HttpRequest, slug: str, asked: Query[FreeTimesAsked]
) -> queries.FreeTimes:
    """When a doctor can be booked. Open to everybody; takes no token."""
    at = timezone.now()
    doctor = get_object_or_404(Doctor.objects.listed(at.date()), slug=slug)
    return queries.free_times(doctor, at=at, **asked.dict())


@doors.everybody("API", "miss")
def nothing_here(request: HttpRequest, rest: str) -> HttpResponse:
    """No address of the API: programs get no page."""
    return problem(404, "There is nothing here.")
