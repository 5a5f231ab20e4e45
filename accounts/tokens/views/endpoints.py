"""What applications and machines call: RFC 6749, 7009 and 8414. No cookie counts here
(portal/api/middleware.py), so there is no request to forge."""

import base64
import binascii
from typing import Any
from urllib.parse import unquote_plus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from accounts.applications.models import TokenScope
from accounts.applications.queries import find_application
from accounts.tokens.forms import read_scopes
from accounts.tokens.services import (
    Issued,
    NotGranted,
    give_back,
    issue_to_machine,
    redeem_code,
    refresh,
)
from foundation import doors

FORM_TYPE = "application/x-www-form-urlencoded"
PARAMETERS = {
    "authorization_code": {"client_id", "code", "code_verifier", "redirect_uri"},
    "refresh_token": {"client_id", "refresh_token", "scope"},
    "client_credentials": {"scope"},
}


class _Wrong(Exception):
    """The request itself is wrong; `code` is one of RFC 6749, 5.2."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@csrf_exempt
@doors.everybody("tokens", "exchange", doors.POST)
def token(request: HttpRequest) -> HttpResponse:
    """A code, a refresh token or a machine's secret for an access token."""
    try:
        return _answer(_issue(request))
    except _Wrong as wrong:
        return _refuse(wrong.code)
    except NotGranted:
        is_machine = request.POST.get("grant_type") == "client_credentials"
        return _refuse("invalid_client" if is_machine else "invalid_grant")


def _issue(request: HttpRequest) -> Issued:
    kind = request.POST.get("grant_type", "")
    if request.content_type != FORM_TYPE:
        raise _Wrong("invalid_request")
    if kind not in PARAMETERS:
        raise _Wrong("unsupported_grant_type" if kind else "invalid_request")
    sent = _read(request, PARAMETERS[kind] | {"grant_type"})
    at = timezone.now()
    scopes = _scopes(sent)
    if kind == "client_credentials":
        key, secret = _basic(request)
        return issue_to_machine(key=key, secret=secret, scopes=scopes, at=at)
    application = find_application(sent.get("client_id", ""))
    if application is None:
        raise _Wrong("invalid_client")
    if kind == "refresh_token":
        return refresh(
            application=application, token=sent["refresh_token"], scopes=scopes, at=at
        )
    return redeem_code(
        application=application,
        code=sent["code"],
        verifier=sent["code_verifier"],
        redirect_uri=sent["redirect_uri"],
        at=at,
    )


def _read(request: HttpRequest, known: set[str]) -> dict[str, str]:
    """The parameters, each at most once, none that we don't know, in the body alone."""
    sent = request.POST
    if request.GET or not set(sent) <= known:
        raise _Wrong("invalid_request")
    if any(len(values) > 1 for _, values in sent.lists()):
        raise _Wrong("invalid_request")
    if any(not sent.get(name) for name in known - {"scope"}):
        raise _Wrong("invalid_request")
    return {name: str(sent[name]) for name in sent}


def _scopes(sent: dict[str, str]) -> tuple[str, ...] | None:
    if "scope" not in sent:
        return None
    scopes = read_scopes(sent["scope"])
    if not scopes:
        raise _Wrong("invalid_scope")
    return scopes


def _basic(request: HttpRequest) -> tuple[str, str]:
    """The id and secret of HTTP Basic, each form-encoded (RFC 6749, 2.3.1)."""
    scheme, _, coded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        raise _Wrong("invalid_client")
    try:
        plain = base64.b64decode(coded, validate=True).decode()
    except (binascii.Error, ValueError):
        raise _Wrong("invalid_client") from None
    key, _, secret = plain.partition(":")
    return unquote_plus(key), unquote_plus(secret)


def _answer(issued: Issued) -> JsonResponse:
    words: dict[str, Any] = {
        "access_token": issued.access_token,
        "token_type": "Bearer",
        "expires_in": issued.seconds,
        "scope": " ".join(issued.scopes),
    }
    if issued.refresh_token:
        words["refresh_token"] = issued.refresh_token
    return JsonResponse(words)


def _refuse(code: str) -> JsonResponse:
    response = JsonResponse({"error": code}, status=400)
    if code == "invalid_client":
        response.status_code = 401
        response["WWW-Authenticate"] = 'Basic realm="tokens"'
    return response


@csrf_exempt
@doors.everybody("tokens", "give back", doors.POST)
def revoke(request: HttpRequest) -> HttpResponse:
    """An application is done with a token. Whether there was one is not told."""
    known = {"client_id", "token", "token_type_hint"}
    try:
        if request.content_type != FORM_TYPE:
            raise _Wrong("invalid_request")
        sent = _read(request, known - {"token_type_hint"} | _hint(request))
        application = find_application(sent["client_id"])
        if application is None:
            raise _Wrong("invalid_client")
    except _Wrong as wrong:
        return _refuse(wrong.code)
    give_back(application=application, token=sent["token"])
    return JsonResponse({})


def _hint(request: HttpRequest) -> set[str]:
    """The hint helps us with nothing, but clients may send it."""
    return {"token_type_hint"} & set(request.POST)


@doors.everybody("tokens", "read how")
def metadata(request: HttpRequest) -> JsonResponse:
    """What programs need to know to be let in (RFC 8414)."""
    site = settings.SITE_URL
    return JsonResponse(
        {
            "issuer": site,
            "authorization_endpoint": f"{site}{reverse('tokens:authorise')}",
            "token_endpoint": f"{site}{reverse('tokens:token')}",
            "revocation_endpoint": f"{site}{reverse('tokens:revoke')}",
            "scopes_supported": TokenScope.values,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": list(PARAMETERS),
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic"],
            "revocation_endpoint_auth_methods_supported": ["none"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }
    )
