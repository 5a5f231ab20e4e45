"""Applications of others, as they behave: they send browsers to us and call us with
what comes back."""

import base64
import hashlib
import secrets
from urllib.parse import parse_qs, urlencode, urlsplit

from django.test import Client

from accounts.applications.models import TokenScope
from accounts.models import Application
from accounts.tokens.queries import audience
from tests.factories.accounts import UserFactory
from tests.second_factors import with_app

CONSENT = "/account/apps/authorise/"
TOKEN, REVOKE = "/api/oauth/token", "/api/oauth/revoke"
FORM_TYPE = "application/x-www-form-urlencoded"
HOME = "https://diary.example/done"
ALL_SCOPES = " ".join(TokenScope.values)


class App:
    """One application. `asks` is where it sends browsers, `calls` what it says to us;
    words that are given replace what a good application would say, None leaves it
    out."""

    def __init__(self, name="Diary", uris=(HOME,), scopes=TokenScope.values):
        self.row = Application.objects.create(
            name=name,
            maker="Diary Ltd",
            redirect_uris=list(uris),
            scopes=list(scopes),
            registered_by=UserFactory(),
        )
        self.verifier = secrets.token_urlsafe(48)
        self.http = Client(raise_request_exception=False)

    @property
    def client_id(self):
        return str(self.row.public_id)

    def asks(self, **words):
        sent = hashlib.sha256(self.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": HOME,
            "scope": "me.read appointments.read",
            "state": "as it was",
            "code_challenge": base64.urlsafe_b64encode(sent).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "aud": audience(),
            **words,
        }
        return f"{CONSENT}?{urlencode(_without_none(asked))}"

    def is_let_in(self, client, user, scopes=("me.read", "appointments.read"), **words):
        """The answer at the redirect URI, after `user` said yes in `client`."""
        if not user.has_second_factor:
            with_app(user)
        client.force_login(user)
        words.setdefault("scope", " ".join(scopes))
        said = {"answer": "yes", "scopes": list(scopes)}
        answer = client.post(self.asks(**words), said)
        assert answer.status_code == 303, answer.text[:2000]
        return answered(answer)

    def calls(self, path=TOKEN, http=None, headers=None, **words):
        body = urlencode(_without_none(words), doseq=True)
        client = http or self.http
        return client.post(path, body, content_type=FORM_TYPE, headers=headers or {})

    def exchanges(self, given, **words):
        return self.calls(
            **{
                "grant_type": "authorization_code",
                "client_id": self.client_id,
                "code": given,
                "code_verifier": self.verifier,
                "redirect_uri": HOME,
                **words,
            }
        )

    def refreshes(self, token, **words):
        return self.calls(
            **{
                "grant_type": "refresh_token",
                "client_id": self.client_id,
                "refresh_token": token,
                **words,
            }
        )

    def tokens(self, client, user, scopes=("me.read", "appointments.read")):
        """Let in and exchanged: what the token endpoint said."""
        code = self.is_let_in(client, user, scopes)["code"]
        answer = self.exchanges(code)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def reads(self, path, token=None, **words):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.http.get(f"/api/v1/{path}", words, headers=headers)


def answered(answer):
    """The words in the address that a browser is led to."""
    query = urlsplit(answer["Location"]).query
    return {name: values[0] for name, values in parse_qs(query).items()}


def _without_none(words):
    return {name: value for name, value in words.items() if value is not None}
