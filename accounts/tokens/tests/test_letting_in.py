"""Who is let in, by whom, and where the answer goes."""

from datetime import timedelta

import pytest
from django.core import serializers
from django.utils import timezone

from accounts.models import Authorisation
from accounts.tokens.queries import ACCESS_LASTS
from audit.models import Entry
from notifications.models import Delivery
from tests.apps import HOME, App, answered
from tests.jobs import run_jobs
from tests.second_factors import VerifiedClient, code_of, with_app

pytestmark = pytest.mark.django_db
YES = {"answer": "yes", "scopes": ["me.read", "appointments.read"]}


@pytest.fixture
def app(db):
    return App()


def test_an_app_that_is_let_in_reads_for_its_person(app, client, ann):
    said = app.is_let_in(client, ann)
    assert said["state"] == "as it was"
    assert said["iss"] == "http://localhost:8000"
    tokens = app.exchanges(said["code"]).json()
    assert tokens["expires_in"] <= ACCESS_LASTS.total_seconds() == 600
    assert tokens["scope"] == "me.read appointments.read"
    me = app.reads("me", tokens["access_token"])
    assert me.json()["email"] == ann.email


def test_the_page_says_who_asks_for_what_and_asks_for_a_factor(app, ann):
    device = with_app(ann)
    browser = VerifiedClient()
    browser.force_login(ann)
    session = browser.session
    session["factor"] = session["factor"] | {"at": 0}
    session.save()
    browser.cookies["sessionid"] = session.session_key
    asked = browser.post(app.asks(), YES)
    assert asked.status_code == 403
    assert "Confirm that it is you" in asked.text
    assert not Authorisation.objects.exists()
    proof = {"step_up": "code", "step_up_code": code_of(device)}
    answer = browser.post(app.asks(), YES | proof)
    assert "code" in answered(answer)
    page = browser.get(app.asks()).text
    assert "Let Diary in?" in page
    assert "Diary Ltd" in page
    assert "See your own appointments" in page


def test_without_a_second_step_nobody_lets_anything_in(app, client, ann):
    client.force_login(ann)
    for answer in (client.get(app.asks()), client.post(app.asks(), YES)):
        assert answer.status_code == 403
        assert "Set up a second step first" in answer.text
    assert not Authorisation.objects.exists()


def test_a_visitor_signs_in_first_and_comes_back(app, client):
    answer = client.get(app.asks())
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/sign-in/?next=/account/apps/")


@pytest.mark.parametrize(
    "words",
    [
        {"client_id": "2f0e3a3e-0000-4000-8000-000000000000"},
        {"client_id": "nonsense"},
        {"redirect_uri": None},
        {"redirect_uri": HOME + "/"},
        {"redirect_uri": HOME + "?x=1"},
        {"redirect_uri": HOME.upper()},
        {"redirect_uri": "https://evil.example/done"},
        {"redirect_uri": "https://diary.example:443/done"},
    ],
)
def test_nothing_is_sent_to_an_address_that_is_not_registered(app, client, ann, words):
    with_app(ann)
    client.force_login(ann)
    for answer in (client.get(app.asks(**words)), client.post(app.asks(**words), YES)):
        assert answer.status_code == 400
        assert "Location" not in answer
        assert "know this app" in answer.text
    assert not Authorisation.objects.exists()


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"aud": None}, "invalid_target"),
        ({"aud": "https://other.example/api/v1"}, "invalid_target"),
        ({"aud": "http://localhost:8000/api/v1/"}, "invalid_target"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "me.read everything"}, "invalid_scope"),
        ({"scope": "ME.READ"}, "invalid_scope"),
        ({"scope": "me.read  appointments.read"}, "invalid_scope"),
    ],
)
def test_a_wrong_question_is_told_to_the_app_and_opens_nothing(
    app, client, ann, words, error
):
    with_app(ann)
    client.force_login(ann)
    answer = client.post(app.asks(**words), YES)
    assert answer.status_code == 303
    assert answer["Location"].startswith(HOME)
    said = answered(answer)
    assert said["error"] == error
    assert "code" not in said
    assert not Authorisation.objects.exists()


def test_a_question_that_comes_twice_is_refused(app, client, ann):
    with_app(ann)
    client.force_login(ann)
    answer = client.post(app.asks() + "&scope=work.appointments.read", YES)
    assert answered(answer)["error"] == "invalid_request"


def test_an_app_gets_no_scope_that_it_was_not_registered_for(client, ann):
    app = App(scopes=["me.read"])
    with_app(ann)
    client.force_login(ann)
    answer = client.post(app.asks(), YES)
    assert answered(answer)["error"] == "invalid_scope"


def test_a_person_gives_less_than_is_asked_for_or_nothing(app, client, ann):
    with_app(ann)
    client.force_login(ann)
    nothing = client.post(app.asks(), {"answer": "yes"})
    assert nothing.status_code == 422
    assert "Choose at least one thing" in nothing.text
    no = client.post(app.asks(), {"answer": "no"})
    assert answered(no)["error"] == "access_denied"
    less = client.post(app.asks(), {"answer": "yes", "scopes": ["me.read"]})
    tokens = app.exchanges(answered(less)["code"]).json()
    assert tokens["scope"] == "me.read"
    assert app.reads("appointments", tokens["access_token"]).status_code == 403


def test_nobody_gives_what_they_have_not(app, client, ann, dr_lee):
    with_app(ann)
    client.force_login(ann)
    asks = app.asks(scope="me.read work.appointments.read")
    assert "at work" not in client.get(asks).text
    forged = {"answer": "yes", "scopes": ["me.read", "work.appointments.read"]}
    assert client.post(asks, forged).status_code == 422
    alone = client.get(app.asks(scope="work.appointments.read"))
    assert answered(alone)["error"] == "invalid_scope"
    with_app(dr_lee)
    client.force_login(dr_lee)
    assert "at work" in client.get(asks).text


def test_who_works_here_lets_an_app_in_for_a_day_at_most(app, client, ann, dr_lee):
    app.tokens(client, dr_lee)
    app.tokens(client, ann)
    lasts = {
        row.user: row.expires_at - timezone.now() for row in Authorisation.objects.all()
    }
    assert lasts[dr_lee] <= timedelta(hours=12)
    assert timedelta(days=89) < lasts[ann] <= timedelta(days=90)


def test_the_page_may_lead_to_the_app_and_to_nobody_else(app, client, ann):
    with_app(ann)
    client.force_login(ann)
    policy = client.get(app.asks())["Content-Security-Policy"]
    form_action = next(
        part for part in policy.split(";") if part.strip().startswith("form-action")
    )
    assert "https://diary.example" in form_action
    assert "https://evil.example" not in form_action
    assert (
        "diary.example"
        not in client.get("/account/security/")["Content-Security-Policy"]
    )


def test_an_app_on_a_phone_is_answered_at_its_own_scheme(client, ann):
    own = "com.example.diary:/done"
    app = App(uris=[own])
    said = app.is_let_in(client, ann, redirect_uri=own)
    assert app.exchanges(said["code"], redirect_uri=own).status_code == 200


def test_letting_in_is_written_down_and_told_by_mail(app, client, ann):
    app.is_let_in(client, ann)
    entry = Entry.objects.get(verb="authorisation.given")
    assert entry.actor_id == ann.pk
    assert entry.detail["scopes"] == "me.read appointments.read"
    run_jobs()
    mail = Delivery.objects.get(event="account_sign_in_changed")
    assert "An app was let into your account" in mail.body_text


def test_nothing_that_opens_is_kept_in_the_database(app, client, ann):
    said = app.is_let_in(client, ann)
    tokens = app.exchanges(said["code"]).json()
    rows = serializers.serialize(
        "json",
        [
            *Authorisation.objects.all(),
            *Authorisation.objects.get().access_tokens.all(),
            *Authorisation.objects.get().refresh_tokens.all(),
            *Entry.objects.all(),
        ],
    )
    for secret in (said["code"], tokens["access_token"], tokens["refresh_token"]):
        assert len(secret) > 43
        assert secret not in rows
