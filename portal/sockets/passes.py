"""Who may listen to what, decided at the handshake and again twice a second.

A socket has the same door as a page (foundation.doors). It ends with what let it in:
with the session, whatever ended that and whether or not somebody is there; with a
display's address. None of it keeps a session alive.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, parse_cookie
from django.utils import timezone

from accounts.factors.queries import lacks_factor
from accounts.sessions.models import Session
from accounts.sessions.queries import hash_key, why_over
from booking.appointments.models import Appointment
from booking.appointments.permissions import visible_to
from booking.appointments.queries import read_manage_token
from booking.appointments.services import day_topic
from booking.models import Screen
from booking.queue.queries import screen_of
from clinic.doctors.models import Doctor
from clinic.visit_types.models import Offering
from foundation.doors import Door
from portal.dashboards.front_desk.queries import locations_of
from portal.doors import opens
from portal.sessions import SessionStore


@dataclass(frozen=True)
class Pass:
    """What a socket listens to, and what it hangs on: a session (the hash of its key),
    a display (its key), or a visit whose link somebody has."""

    topics: tuple[str, ...]
    session: str = ""
    screen_id: int = 0
    visit_id: int = 0


def is_from_here(scope: dict[str, Any]) -> bool:
    """Whether the page that opens the socket is one of ours: browsers say it in Origin,
    which no script can change. Without one nobody gets in."""
    origin = _header(scope, b"origin")
    return origin != "" and origin in {
        settings.SITE_URL,
        *settings.CSRF_TRUSTED_ORIGINS,
    }


def _header(scope: dict[str, Any], name: bytes) -> str:
    values = [value for key, value in scope.get("headers", []) if key == name]
    return values[0].decode("latin-1") if len(values) == 1 else ""


def request_of(scope: dict[str, Any]) -> HttpRequest:
    """The handshake as a request: with the browser's session and its user, and nothing
    that could write."""
    request = HttpRequest()
    request.method, request.path = "GET", scope["path"]
    request.COOKIES = parse_cookie(_header(scope, b"cookie"))
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    request.session = SessionStore(key)
    request.user = get_user(request)
    return request


def may_enter(door: Door, request: HttpRequest) -> bool:
    """Whether the door opens, and the second step is proved."""
    return opens(door, request.user) and not lacks_factor(request)


def _of_session(request: HttpRequest, location_ids: Iterable[int]) -> Pass | None:
    topics = tuple(day_topic(pk) for pk in sorted(set(location_ids)))
    key = request.session.session_key
    return Pass(topics, session=hash_key(key)) if topics and key else None


def to_queue(request: HttpRequest, **_: Any) -> Pass | None:
    """The queue at the places of who works here: those of their desk, and where they
    see patients."""
    ids = set(locations_of(request.user).values_list("pk", flat=True))
    doctor = Doctor.objects.filter(user=request.user).first()  # type: ignore[misc]
    if doctor is not None:
        offered = Offering.objects.filter(doctor=doctor, is_active=True)
        ids |= set(offered.values_list("location_id", flat=True))
    return _of_session(request, ids)


def to_visit(request: HttpRequest, *, public_id: UUID, **_: Any) -> Pass | None:
    """A patient's own visit, in the portal."""
    visit = visible_to(request.user).filter(public_id=public_id).first()
    return None if visit is None else _of_session(request, [visit.location_id])


def to_turn(request: HttpRequest, *, signed: str, **_: Any) -> Pass | None:
    """A visit by the link in a message."""
    link = read_manage_token(signed, at=timezone.now())
    if link is None:
        return None
    rows = Appointment.objects.filter(patient__isnull=False)
    visit = rows.filter(public_id=link.public_id).first()
    if visit is None or not link.is_of(visit):
        return None
    return Pass((day_topic(visit.location_id),), visit_id=visit.pk)


def to_screen(request: HttpRequest, *, key: str, **_: Any) -> Pass | None:
    """A display on the wall."""
    screen = screen_of(key)
    if screen is None:
        return None
    return Pass((day_topic(screen.location_id),), screen_id=screen.pk)


def still_good(passes: Collection[Pass]) -> set[Pass]:
    """Those of `passes` whose session lasts and whose display is not ended. Two queries
    at most, whatever their number."""
    keys = {one.session for one in passes if one.session}
    screens = {one.screen_id for one in passes if one.screen_id}
    live: set[str] = set()
    if keys:
        rows = Session.objects.filter(key_hash__in=keys).defer("session_data")
        at = timezone.now()
        live = {row.key_hash for row in rows if not why_over(row, at=at)}
    hung: set[int] = set()
    if screens:
        found = Screen.objects.filter(pk__in=screens, ended_at=None)
        hung = set(found.values_list("pk", flat=True))
    return {
        one
        for one in passes
        if (not one.session or one.session in live)
        and (not one.screen_id or one.screen_id in hung)
    }
