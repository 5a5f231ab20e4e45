"""What the API may be asked. Anything else that is sent is refused."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from booking.appointments.models import Status
from foundation.problems import problem

View = Callable[..., Any]
LARGEST_PAGE = 50
MOST_DAYS = 31
# Years in which a clinic has visits: dates near the ends of the calendar break clocks.
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))]
Slug = Annotated[str, Field(max_length=50, pattern=r"^[-a-zA-Z0-9_]+$")]


class PageOf(Schema):
    """A page of a list: `limit` rows, those that follow the row with the id `after`."""

    limit: int = Field(20, ge=1, le=LARGEST_PAGE)
    after: UUID | None = None


class AppointmentsAsked(PageOf):
    """Visits that begin from the day `since` up to the day `until`, both in UTC, and
    that have this status."""

    since: Day | None = None
    until: Day | None = None
    status: Status | None = None


class FreeTimesAsked(Schema):
    """Times from the day `since` (today unless said) on, of `days` days."""

    since: Day | None = None
    days: int = Field(7, ge=1, le=MOST_DAYS)
    visit_type: Slug | None = None
    location: Slug | None = None
    limit: int = Field(20, ge=1, le=LARGEST_PAGE)


class Nothing(Schema):
    """No parameters."""


def only(asked: type[Schema]) -> Callable[[View], View]:
    """Guards an operation: parameters that `asked` does not know, and those that come
    twice, are refused. A misspelt filter would otherwise show more than was meant."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            known = set(asked.model_fields)
            if not set(request.GET) <= known:
                words = ", ".join(sorted(known)) or "none"
                return problem(400, f"Parameters that are known here: {words}.")
            if any(len(values) > 1 for _, values in request.GET.lists()):
                return problem(400, "Each parameter may come once.")
            return view(request, *args, **kwargs)

        return checked

    return decorate
