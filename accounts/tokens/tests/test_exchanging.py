"""The token endpoint: once, in time, by whom it was meant for."""

import base64
import hashlib
import json
import secrets
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AccessToken, Authorisation
from accounts.tokens.services import sweep_tokens
from audit.entries.models import Outcome
from audit.models import Entry
from notifications.models import Delivery
from tests.apps import HOME, REVOKE, TOKEN, App
from tests.jobs import run_jobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def app(db):
    return App()


@pytest.fixture
def code(app, client, ann):
    return app.is_let_in(client, ann)["code"]


def refused(answer, error="invalid_grant", status=400):
    assert (answer.status_code, answer.json()) == (status, {"error": error})
    assert "no-store" in answer["Cache-Control"]


def later(**span):
    """The time of every code and token moves back by so much."""
    moved = timedelta(**span)
    for row in Authorisation.objects.all():
        row.code_expires_at -= moved
        row.expires_at -= moved
        row.save()
    for token in AccessToken.objects.all():
        token.expires_at -= moved
        token.save()


@pytest.mark.parametrize(
    "words",
    [
        {"code_verifier": "x" * 43},
        {"redirect_uri": HOME + "/"},
        {"code": "mc_code_" + "x" * 43},
    ],
)
def test_a_code_is_for_whoever_asked_for_it(app, code, words):
    refused(app.exchanges(code, **words))
    # What failed used nothing up.
    assert app.exchanges(code).status_code == 200


def test_a_code_of_another_app_is_no_code(app, code):
    other = App("Other")
    other.verifier = app.verifier
    refused(other.exchanges(code))
    assert not AccessToken.objects.exists()


def test_the_challenge_itself_is_no_verifier(app, client, ann):
    sent = hashlib.sha256(app.verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(sent).rstrip(b"=").decode()
    code = app.is_let_in(client, ann)["code"]
    refused(app.exchanges(code, code_verifier=challenge))


def test_a_code_works_for_a_minute(app, code):
    later(seconds=59)
    held = Authorisation.objects.get()
    left = held.code_expires_at - timezone.now()
    assert timedelta() < left <= timedelta(seconds=1)
    later(seconds=1)
    refused(app.exchanges(code))


def test_a_code_that_comes_twice_ends_what_it_opened(app, code):
    tokens = app.exchanges(code).json()
    assert app.reads("me", tokens["access_token"]).status_code == 200
    refused(app.exchanges(code))
    assert app.reads("me", tokens["access_token"]).status_code == 401
    refused(app.refreshes(tokens["refresh_token"]))


def test_an_access_token_lasts_ten_minutes(app, code):
    token = app.exchanges(code).json()["access_token"]
    later(minutes=9, seconds=58)
    assert app.reads("me", token).status_code == 200
    later(seconds=3)
    answer = app.reads("me", token)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]


def test_a_refresh_token_is_exchanged_for_the_next(app, code):
    first = app.exchanges(code).json()
    second = app.refreshes(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert app.reads("me", second["access_token"]).status_code == 200
    third = app.refreshes(second["refresh_token"])
    assert third.json()["scope"] == "me.read appointments.read"


def test_a_refresh_token_that_comes_twice_ends_the_whole_family(app, code, ann):
    first = app.exchanges(code).json()
    second = app.refreshes(first["refresh_token"]).json()
    refused(app.refreshes(first["refresh_token"]))
    # The honest one's newest are over too: nobody can tell who is who.
    refused(app.refreshes(second["refresh_token"]))
    for tokens in (first, second):
        assert app.reads("me", tokens["access_token"]).status_code == 401
    entry = Entry.objects.get(verb="authorisation.reused")
    assert entry.detail["user_id"] == ann.pk
    run_jobs()
    mails = [row.body_text for row in Delivery.objects.filter(user=ann)]
    assert any("its key came from two places" in text for text in mails)


def test_another_app_ends_nobodys_family(app, code):
    first = app.exchanges(code).json()
    app.refreshes(first["refresh_token"])
    other = App("Other")
    refused(other.refreshes(first["refresh_token"]))
    assert app.reads("me", first["access_token"]).status_code == 200


@pytest.mark.parametrize(
    ("scope", "error"),
    [
        ("me.read", "invalid_grant"),
        ("me.read appointments.read work.appointments.read", "invalid_grant"),
        ("everything", "invalid_scope"),
        ("Me.read appointments.read", "invalid_scope"),
    ],
)
def test_scopes_are_matched_as_they_are_written(app, code, scope, error):
    tokens = app.exchanges(code).json()
    refused(app.refreshes(tokens["refresh_token"], scope=scope), error)
    same = "appointments.read me.read"
    assert app.refreshes(tokens["refresh_token"], scope=same).status_code == 200


def test_there_is_no_refreshing_past_the_end(app, code):
    tokens = app.exchanges(code).json()
    later(days=91)
    refused(app.refreshes(tokens["refresh_token"]))


@pytest.mark.parametrize(
    ("words", "error", "status"),
    [
        ({"grant_type": "password", "username": "a", "password": "b"},
         "unsupported_grant_type", 400),
        ({"grant_type": "implicit"}, "unsupported_grant_type", 400),
        ({"grant_type": None}, "invalid_request", 400),
        ({"client_id": None}, "invalid_request", 400),
        ({"client_id": "nobody"}, "invalid_client", 401),
        ({"code_verifier": None}, "invalid_request", 400),
        ({"code_verifier": ""}, "invalid_request", 400),
        ({"redirect_uri": None}, "invalid_request", 400),
        ({"code": ["a", "b"]}, "invalid_request", 400),
        ({"more": "than we know"}, "invalid_request", 400),
    ],
)  # fmt: skip
def test_wrong_questions_get_the_words_of_the_standard(app, words, error, status):
    refused(app.exchanges("mc_code_x", **words), error, status)


def test_nothing_is_taken_from_an_address_or_another_kind_of_body(app, code):
    asked = {
        "grant_type": "authorization_code",
        "client_id": app.client_id,
        "code": code,
        "code_verifier": app.verifier,
        "redirect_uri": HOME,
    }
    in_address = app.http.post(f"{TOKEN}?client_id={app.client_id}", asked)
    as_json = app.http.post(TOKEN, json.dumps(asked), content_type="application/json")
    as_parts = app.http.post(TOKEN, asked)
    for answer in (in_address, as_json, as_parts):
        refused(answer, "invalid_request")
    assert app.http.get(TOKEN, asked).status_code == 405


def test_an_app_gives_its_tokens_back(app, code):
    tokens = app.exchanges(code).json()
    # Another's word, a wrong token and no word change nothing, and are told nothing.
    other = App("Other")
    for who, token in ((other, tokens["refresh_token"]), (app, "mc_refresh_wrong")):
        answer = who.calls(REVOKE, client_id=who.client_id, token=token)
        assert (answer.status_code, answer.json()) == (200, {})
    assert app.reads("me", tokens["access_token"]).status_code == 200
    app.calls(REVOKE, client_id=app.client_id, token=tokens["refresh_token"])
    assert app.reads("me", tokens["access_token"]).status_code == 401
    refused(app.refreshes(tokens["refresh_token"]))


def test_a_token_that_is_over_leaves_a_trace_and_a_wrong_one_none(app, code):
    tokens = app.exchanges(code).json()
    app.calls(REVOKE, client_id=app.client_id, token=tokens["refresh_token"])
    app.reads("me", tokens["access_token"])
    entry = Entry.objects.get(verb="token.refused")
    assert (entry.outcome, entry.actor_id) == (Outcome.REFUSED, None)
    app.reads("me", secrets.token_urlsafe(32))
    assert Entry.objects.filter(verb="token.refused").count() == 1


def test_the_description_names_only_what_there_is():
    said = Client().get("/.well-known/oauth-authorization-server").json()
    assert said["issuer"] == "http://localhost:8000"
    assert said["response_types_supported"] == ["code"]
    assert said["code_challenge_methods_supported"] == ["S256"]
    assert "password" not in said["grant_types_supported"]
    assert said["token_endpoint"].endswith(TOKEN)


def test_what_is_long_over_is_swept_and_the_rest_stays(app, client, ann):
    first = app.exchanges(app.is_let_in(client, ann)["code"]).json()
    app.is_let_in(client, ann)
    assert sweep_tokens(at=timezone.now()) == 0
    # The code that nobody exchanged goes, and access tokens that ran out.
    assert sweep_tokens(at=timezone.now() + timedelta(days=2)) == 1
    assert not AccessToken.objects.exists()
    assert app.refreshes(first["refresh_token"]).status_code == 200
