"""The access log around every request: who saw what, before the answer leaves.

Views need not think of it: what they load is noted (`audit.readings`), and is written
here when it is about to be shown. If it can't be written, it is not shown.
"""

import logging
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib.auth.signals import (
    user_logged_in,
    user_logged_out,
    user_login_failed,
)
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.utils.crypto import salted_hmac

from accounts.models import Patient, User
from accounts.sessions.queries import works_here
from audit.entries.models import Action, Outcome
from audit.readings.services import (
    forget,
    record_readings,
    record_refusal,
    record_session,
    record_vain_search,
)
from foundation.browsers import browser_words
from foundation.doors import Who
from foundation.scene import Scene, acting, current_scene
from foundation.uuids import read_uuid
from portal.actors import Behalf, Purposes, Roles
from portal.doors import door_of
from portal.errors import is_outage, outage, unlogged

log = logging.getLogger(__name__)

SAFE = {"GET", "HEAD", "OPTIONS"}
REFUSALS = {403, 404}
# Answers that show nothing of what was loaded.
SILENT = {
    *(201, 204, 205, 301, 302, 303, 307, 308),
    *(400, 401, 403, 404, 405, 410, 411, 412, 413, 415),
}
SHEETS = {"text/csv", "application/json", "text/calendar"}
REFRESH = "X-Refresh"
# Where a session keeps what stands for it in the log.
REF = "access_log_ref"


class AccessLog:
    """Opens the scene of a request, and closes it with what was shown in the log.

    Answers 503 in place of any answer whose reading can't be recorded.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        scene = _scene_of(request)
        with acting(scene):
            response = self.get_response(request)
            scene.view = _view(request)
            # What people quote when something went wrong leads to their entries.
            response.headers.setdefault("X-Request-ID", scene.request_id)
            try:
                return _logged(request, response, scene)
            except DatabaseError as error:
                log.exception("The access log can't be written; nothing was shown.")
                response.close()
                return outage(request) if is_outage(error) else unlogged(request)


def _logged(
    request: HttpRequest, response: HttpResponseBase, scene: Scene
) -> HttpResponseBase:
    if response.status_code in REFUSALS:
        _refused(request, response, scene)
    if response.status_code in SILENT or response.status_code >= 500:
        forget(scene)
        return response
    # Whose own record was shown needs no question.
    actor = scene.actor()
    own = {
        row.pk
        for row in scene.loaded
        if isinstance(row, Patient) and actor and row.user_id == actor.pk
    }
    if isinstance(scene.for_whom, Behalf):
        scene.for_whom.own |= own
    action = scene.action or _action(request, response)
    is_refresh = request.headers.get(REFRESH) == "true"
    written = record_readings(scene=scene, action=action, is_refresh=is_refresh)
    is_vain = action == Action.SEARCH and not (written or is_refresh)
    if is_vain and works_here(actor) and not _is_public(request):
        record_vain_search(scene=scene)
    if isinstance(response, StreamingHttpResponse) and not isinstance(
        response, FileResponse
    ):
        _watch(response, scene)
    return response


def _watch(response: StreamingHttpResponse, scene: Scene) -> None:
    """Rows that are loaded while an answer is being sent are written before the part
    that shows them. If that fails the answer breaks off."""
    response.streaming_content = _watched(response.streaming_content, scene)


def _watched(parts: Any, scene: Scene) -> Iterator[bytes]:
    for part in _next_parts(parts, scene):
        record_readings(scene=scene, action=scene.action or Action.EXPORT)
        yield part


def _next_parts(parts: Any, scene: Scene) -> Iterator[bytes]:
    """Each part, made within the scene (the server asks for it outside)."""
    source = iter(parts)
    while True:
        with acting(scene):
            try:
                part = next(source)
            except StopIteration:
                return
        yield part


def _action(request: HttpRequest, response: HttpResponseBase) -> str:
    """What was done, as far as the answer itself shows it."""
    content_type = response.get("Content-Type", "").split(";")[0]
    if response.get("Content-Disposition", "").startswith("attachment"):
        return Action.EXPORT if content_type in SHEETS else Action.DOWNLOAD
    if content_type == "application/pdf":
        return Action.PRINT
    return Action.SEARCH if request.GET.get("q", "").strip() else Action.VIEW


def _refused(request: HttpRequest, response: HttpResponseBase, scene: Scene) -> None:
    """403 always; 404 where the address names one row, and for whoever is signed in.

    A visitor's 404 at random addresses is the noise of the internet; whether such a row
    exists is asked all the same only of those who could be meant.
    """
    match = request.resolver_match
    named = match.kwargs.get("public_id") if match else None
    public_id = read_uuid(named)
    if response.status_code == 404 and public_id is None:
        return
    record_refusal(scene=scene, public_id=public_id)


# --- The scene ------------------------------------------------------------------------


def _scene_of(request: HttpRequest) -> Scene:
    def actor() -> Any:
        user = getattr(request, "user", None)
        return user if user is not None and user.is_authenticated else None

    behalf = Behalf(request, actor)
    return Scene(
        actor=actor,
        role_for=Roles(actor, behalf),
        for_whom=behalf,
        purpose_for=Purposes(actor),
        address=address_of(request),
        agent=browser_words(request.headers.get("User-Agent", "")),
        request_id=getattr(request, "log_id", "") or uuid.uuid4().hex,
        session_ref=_SessionRef(getattr(request, "session", None)),
        is_safe=request.method in SAFE,
    )


def _view(request: HttpRequest) -> str:
    match = request.resolver_match
    return match.view_name if match and match.view_name else ""


def _is_public(request: HttpRequest) -> bool:
    """Whether the page is anybody's, such as the site's own search."""
    match = request.resolver_match
    door = door_of(match.func, match.route, match.view_name) if match else None
    return door is None or door.who is Who.EVERYBODY


class _SessionRef:
    """Stands for a session, under whatever key: each proof of who sits there moves it
    to a new one (portal.sessions), and in the log it must stay one session."""

    def __init__(self, session: SessionBase | None) -> None:
        self._session = session
        self._last = ""

    def __call__(self) -> str:
        if self._session is not None and self._session.session_key:
            known = self._session.get(REF)
            self._last = known or _ref(self._session.session_key)
        return self._last


def _ref(key: str) -> str:
    return salted_hmac("audit.session", key).hexdigest()[:32]


def address_of(request: HttpRequest) -> str | None:
    """The visitor's own, as far as servers in front can be believed; None else."""
    try:
        address: str = get_adapter(request).get_client_ip(request)
    except PermissionDenied:
        return None
    return address


# --- Signing in and out: the framework tells it by signals alone ----------------------


def watch_sessions() -> None:
    """Write every sign-in, good or bad, and every sign-out to the log."""
    user_logged_in.connect(_signed_in, dispatch_uid="access-log")
    user_login_failed.connect(_failed, dispatch_uid="access-log")
    user_logged_out.connect(_signed_out, dispatch_uid="access-log")


def _signed_in(request: HttpRequest | None, user: Any, **_: Any) -> None:
    scene = current_scene() or Scene()
    if request is not None:
        # It begins now, whoever was in this browser before.
        request.session[REF] = _ref(request.session.session_key or "")
    record_session(
        scene=scene, user=user, verb="session.started", action=Action.SIGN_IN
    )


def _signed_out(request: HttpRequest | None, user: Any, **_: Any) -> None:
    if user is None or not user.is_authenticated:
        return
    scene = current_scene() or Scene()
    record_session(scene=scene, user=user, verb="session.ended", action=Action.SIGN_OUT)


def _failed(credentials: dict[str, Any], **_: Any) -> None:
    """Whose account was tried, if there is such an account. What was typed is not kept:
    people type passwords into the wrong field."""
    scene = current_scene() or Scene()
    typed = str(credentials.get("email") or credentials.get("username") or "")
    user = User.objects.filter(email__iexact=typed).first()
    record_session(
        scene=scene,
        user=user,
        verb="session.refused",
        action=Action.SIGN_IN,
        outcome=Outcome.REFUSED,
    )
