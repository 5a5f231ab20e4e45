"""The Content-Security-Policy of every answer."""

from typing import Any

from csp.constants import HEADER
from csp.middleware import CheckableLazyObject, CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

# Stands where the nonce of an answer goes; no policy has it otherwise.
_NONCE = "{nonce}"
# What Django's own pages of errors need, which only developers see.
_DEBUG_PAGES = {404, 500}


class ContentPolicy(CSPMiddleware):
    """The library's, which puts the policy together for each answer anew, and a second
    one that nobody has set. What nearly all answers have in common is kept here; those
    with a word of their own are left to it."""

    _kept: tuple[Any, str, str] = (None, "", "")

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if _has_own(response):
            return super().process_response(request, response)
        nonce = getattr(request, "_csp_nonce", None)
        plain, with_nonce = self._usual()
        if nonce is None:
            response[HEADER] = plain
            # Whoever asks for one from now on is told that it comes too late.
            request.csp_nonce = CheckableLazyObject(self._csp_nonce_post_response)  # type: ignore[attr-defined]
        else:
            response[HEADER] = with_nonce.replace(_NONCE, nonce)
        return response

    def _usual(self) -> tuple[str, str]:
        policy, plain, with_nonce = self._kept
        if policy is not settings.CONTENT_SECURITY_POLICY:
            policy = settings.CONTENT_SECURITY_POLICY
            plain, with_nonce = build_policy(), build_policy(nonce=_NONCE)
            self._kept = policy, plain, with_nonce
        return plain, with_nonce


def _has_own(response: HttpResponseBase) -> bool:
    if settings.DEBUG and response.status_code in _DEBUG_PAGES:
        return True
    return HEADER in response or any(name.startswith("_csp") for name in vars(response))
