"""What is kept says the same as what the library puts together for each answer."""

import pytest
from csp.constants import HEADER, NONCE
from csp.exceptions import CSPNonceError
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from portal.content_policy import ContentPolicy

Answers = tuple[HttpRequest, HttpResponse]


def answer_of(kind: type[CSPMiddleware], *, asks: bool, **own: object) -> Answers:
    def view(request: HttpRequest) -> HttpResponse:
        response = HttpResponse(str(request.csp_nonce) if asks else "")  # type: ignore[attr-defined]
        vars(response).update(own)
        return response

    request = RequestFactory().get("/")
    response = kind(view)(request)
    assert isinstance(response, HttpResponse)
    return request, response


def rules(kind: type[CSPMiddleware], *, asks: bool = False, **own: object) -> set[str]:
    _, response = answer_of(kind, asks=asks, **own)
    nonce = response.content.decode()
    said = response[HEADER]
    return set((said.replace(nonce, "N") if nonce else said).split("; "))


@pytest.mark.parametrize("asks", [False, True])
@pytest.mark.parametrize(
    "own",
    [
        {},
        {"_csp_update": {"frame-src": ["https://else.example"]}},
        {"_csp_config": {"default-src": ["'self'"], "script-src": [NONCE]}},
        {"_csp_replace": {"img-src": ["https://else.example"]}},
    ],
    ids=["usual", "more", "another", "instead"],
)
def test_every_answer_has_the_librarys_policy(asks: bool, own: dict[str, object]):
    said = rules(ContentPolicy, asks=asks, **own)
    assert said == rules(CSPMiddleware, asks=asks, **own)
    assert bool(own) == (said != rules(ContentPolicy, asks=asks))


def test_each_answer_has_a_nonce_of_its_own():
    seen = set()
    for _ in "ab":
        _, response = answer_of(ContentPolicy, asks=True)
        nonce = response.content.decode()
        assert f"'nonce-{nonce}'" in response[HEADER]
        seen.add(nonce)
    assert len(seen) == 2


def test_a_nonce_that_comes_too_late_is_none():
    request, response = answer_of(ContentPolicy, asks=False)
    assert "nonce" not in response[HEADER]
    with pytest.raises(CSPNonceError):
        str(request.csp_nonce)  # type: ignore[attr-defined]


def test_another_policy_is_seen_at_once(settings):
    middleware = ContentPolicy(lambda request: HttpResponse())
    before = middleware(RequestFactory().get("/"))[HEADER]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"default-src": ["'self'"]}}
    assert (
        middleware(RequestFactory().get("/"))[HEADER] == "default-src 'self'" != before
    )
