"""What applications ask for, read strictly."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.http import QueryDict

from accounts.applications.models import Application, TokenScope
from accounts.applications.queries import find_application
from accounts.tokens.queries import audience

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


class Untrusted(Exception):
    """It is not known who asks, or where the answer would go: nothing is sent there."""


class Unanswerable(Exception):
    """The application asked wrongly. It is told so, at its own address."""

    def __init__(self, error: str, asked: "Asked") -> None:
        super().__init__(error)
        self.address = asked.answer(error=error)


@dataclass(frozen=True)
class Asked:
    """An application asks to be let in: in what, and where the answer goes."""

    application: Application
    redirect_uri: str
    state: str
    scopes: tuple[str, ...] = ()
    code_challenge: str = ""

    def answer(self, **words: str) -> str:
        """The redirect URI with the answer. It names us too (`iss`, RFC 9207), so that
        an application knows which server's answer it holds."""
        sent = {**words, "iss": settings.SITE_URL}
        if self.state:
            sent["state"] = self.state
        mark = "&" if "?" in self.redirect_uri else "?"
        return f"{self.redirect_uri}{mark}{urlencode(sent)}"


def read_asked(query: QueryDict) -> Asked:
    """What a browser brings from an application (RFC 6749, 7636, 8252).

    Only codes, only PKCE with S256, only redirect URIs that are registered, letter by
    letter; `aud` names our interface. Raises Untrusted and Unanswerable.
    """
    application = find_application(query.get("client_id", ""))
    redirect_uri = query.get("redirect_uri", "")
    if application is None or redirect_uri not in application.redirect_uris:
        raise Untrusted
    if len(query.getlist("redirect_uri")) > 1 or len(query.getlist("client_id")) > 1:
        raise Untrusted
    asked = Asked(application, redirect_uri, query.get("state", ""))
    if any(len(values) > 1 for _, values in query.lists()):
        raise Unanswerable("invalid_request", asked)
    if query.get("response_type") != "code":
        raise Unanswerable("unsupported_response_type", asked)
    challenge = query.get("code_challenge", "")
    if query.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(
        challenge
    ):
        raise Unanswerable("invalid_request", asked)
    if query.get("aud") != audience():
        raise Unanswerable("invalid_target", asked)
    scopes = read_scopes(query.get("scope", ""))
    if not scopes or not set(scopes) <= set(application.scopes):
        raise Unanswerable("invalid_scope", asked)
    return Asked(application, redirect_uri, asked.state, scopes, challenge)


def read_scopes(text: str) -> tuple[str, ...]:
    """The scopes of a list between spaces, each as it is written; none where one of
    them is none of ours."""
    asked = tuple(dict.fromkeys(text.split(" "))) if text else ()
    return asked if all(scope in TokenScope.values for scope in asked) else ()


class ConsentForm(forms.Form):
    """What somebody lets an application do, of what it asks for."""

    scopes = forms.MultipleChoiceField(
        label="What may it do?",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Choose at least one thing, or choose Don't allow",
            "invalid_choice": "Choose from the list",
        },
    )

    def __init__(self, data: Any = None, *, offered: list[str]) -> None:
        super().__init__(data, initial={"scopes": offered})
        field: Any = self.fields["scopes"]
        field.choices = [(scope, TokenScope(scope).label) for scope in offered]
