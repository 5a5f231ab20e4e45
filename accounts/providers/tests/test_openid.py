"""Signing in through the clinic's own OpenID provider, which runs on loopback."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from accounts.models import User
from accounts.users.models import Role
from accounts.users.permissions import has_role
from accounts.users.services import assign_role
from notifications.models import Delivery
from tests.factories.accounts import UserFactory
from tests.factories.openid_server import CLIENT, SECRET, openid_provider
from tests.second_factors import code_of, keep, note_first_factor, with_app

pytestmark = pytest.mark.django_db
BEGIN = "/account/with/id/openid/"
FAILED = "That sign-in did not work"
MAYA = {
    "sub": "248289761001",
    "email": "maya@example.org",
    "email_verified": True,
    "given_name": "Maya",
    "family_name": "Thornbury",
}


@pytest.fixture
def provider(settings):
    with openid_provider() as provider:
        app = {
            "provider_id": "openid",
            "name": "Clinic ID",
            "client_id": CLIENT,
            "secret": SECRET,
            "settings": {"server_url": provider.issuer},
        }
        settings.SOCIALACCOUNT_PROVIDERS = {
            **settings.SOCIALACCOUNT_PROVIDERS,
            "openid_connect": {
                "provider_class": "accounts.openid.StrictProvider",
                "APPS": [app],
            },
        }
        provider.person = dict(MAYA)
        yield provider


def who(client):
    return client.session.get("_auth_user_id")


def go_round(client, **form):
    """Press the button, sign in at the provider, come back."""
    there = client.post(BEGIN, form)
    assert there.status_code == 302, there.content[:300]
    back = requests.get(there["Location"], allow_redirects=False, timeout=5)
    return client.get(back.headers["Location"].replace("http://testserver", ""))


def account_of(email=MAYA["email"], role=Role.PATIENT):
    user = UserFactory(email=email)
    assign_role(actor=None, user=user, role=role)
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
    return user


def linked(user):
    SocialAccount.objects.create(user=user, provider="openid", uid=MAYA["sub"])
    return user


def test_there_is_no_button_without_keys(client):
    page = client.get("/account/sign-in/").content.decode()
    assert "Continue with" not in page
    for path in (BEGIN, "/account/with/google/", "/account/with/facebook/"):
        assert client.post(path).status_code == 404


def test_the_button_stands_there_with_keys_and_needs_a_post(client, provider):
    page = client.get("/account/sign-in/").content.decode()
    assert "Continue with Clinic ID" in page
    assert client.get(BEGIN).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(BEGIN).status_code == 403


def test_a_newcomer_becomes_a_patient(client, provider):
    answer = go_round(client)
    user = User.objects.get(email=MAYA["email"])
    assert who(client) == str(user.pk)
    assert answer.url.startswith("/portal/")
    assert has_role(user, Role.PATIENT)
    assert not user.has_usable_password()


def test_the_try_carries_pkce_state_and_nonce_and_nothing_of_the_address(
    client, provider
):
    there = client.post(f"{BEGIN}?auth_params=prompt%3Dnone&scope=admin")
    asked = parse_qs(urlsplit(there["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["state"]
    assert len(asked["nonce"][0]) >= 22
    assert set(asked["scope"][0].split()) == {"openid", "profile", "email"}
    assert "prompt" not in asked


def test_an_address_that_is_not_proved_gets_a_code_first(client, provider):
    provider.person["email_verified"] = False
    go_round(client)
    assert who(client) is None
    assert Delivery.objects.filter(event="account_verify").exists()


@pytest.mark.parametrize("verified", [True, False, "true"])
def test_the_same_address_opens_no_account_that_is_there(client, provider, verified):
    account_of()
    provider.person["email_verified"] = verified
    go_round(client)
    assert who(client) is None
    assert not SocialAccount.objects.exists()
    # Its owner hears of it, and the page says no more than to a newcomer.
    assert Delivery.objects.get().event == "account_exists"


def test_who_has_proved_that_the_account_is_theirs_links_it(
    client, unverified_client, provider
):
    user = account_of()
    # Not with an old sign-in.
    unverified_client.force_login(user)
    assert unverified_client.post(BEGIN, {"process": "connect"}).status_code == 403
    fresh(client, user)
    go_round(client, process="connect")
    assert SocialAccount.objects.get().user == user
    assert Delivery.objects.get().event == "account_sign_in_changed"
    other = Client()
    go_round(other)
    assert who(other) == str(user.pk)


def fresh(client, user):
    """Signed in just now, by a code."""
    client.force_login(user)
    session = client.session
    note_first_factor(session, user)
    keep(client, session)


def test_unlinking_ends_it(client, provider):
    user = linked(account_of())
    fresh(client, user)
    page = client.get("/account/security/").content.decode()
    assert "Clinic ID" in page
    pk = SocialAccount.objects.get().pk
    client.post(f"/account/with/unlink/{pk}/")
    assert not SocialAccount.objects.exists()


def test_nobody_unlinks_anothers(client, provider, zoe):
    linked(account_of())
    fresh(client, zoe)
    pk = SocialAccount.objects.get().pk
    assert client.post(f"/account/with/unlink/{pk}/").status_code == 404
    assert SocialAccount.objects.exists()


# --- The second step ---


def test_staff_prove_their_second_step_here_all_the_same(client, provider):
    user = linked(account_of(role=Role.DOCTOR))
    app = with_app(user)
    provider.person["amr"] = ["mfa"]
    assert go_round(client).url == "/account/factor/"
    assert who(client) is None
    client.post("/account/factor/", {"code": code_of(app)})
    assert who(client) == str(user.pk)


def test_the_provider_may_vouch_for_it_where_the_clinic_says_so(
    client, provider, settings
):
    settings.OIDC_TRUSTED_AMR = ["mfa", "hwk"]
    user = linked(account_of(role=Role.RECEPTIONIST))
    with_app(user)
    provider.person["amr"] = ["pwd"]
    assert go_round(Client()).url == "/account/factor/"
    provider.person["amr"] = ["pwd", "mfa"]
    assert go_round(client).url == "/clinic/desk/"
    assert client.get("/clinic/desk/").status_code == 200


# --- Answers that are not to be believed ---


def _wrong(name, value):
    def spoil(claims):
        if value is None:
            claims.pop(name)
        else:
            claims[name] = value

    return spoil


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iss", "https://evil.example"),
        ("iss", None),
        ("aud", "another-client"),
        ("aud", None),
        ("nonce", "another-try"),
        ("nonce", ""),
        ("nonce", None),
        ("exp", 1_000_000_000),
        ("exp", None),
        ("iat", 4_000_000_000),
        ("sub", None),
        ("sub", "somebody-else"),
    ],
)
def test_an_id_token_that_is_not_for_this_try_is_refused(client, provider, name, value):
    linked(account_of())
    provider.spoil = _wrong(name, value)
    answer = go_round(client)
    assert FAILED in answer.content.decode()
    assert who(client) is None


def test_a_token_that_somebody_else_signed_is_refused(client, provider):
    linked(account_of())
    with openid_provider() as other:
        provider.sign_with = other.key
        assert FAILED in go_round(client).content.decode()
    assert who(client) is None


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_weak_signature_is_refused(client, provider, algorithm):
    linked(account_of())
    provider.algorithm = algorithm
    provider.sign_with = SECRET if algorithm == "HS256" else ""
    assert FAILED in go_round(client).content.decode()
    assert who(client) is None


def test_another_persons_userinfo_is_refused(client, provider):
    linked(account_of())
    provider.userinfo_of = {**MAYA, "sub": "somebody-else"}
    assert FAILED in go_round(client).content.decode()
    assert who(client) is None


def test_a_provider_that_names_another_issuer_is_not_used(client, provider):
    provider.discovery = lambda: {**type(provider).discovery(provider), "issuer": "x"}
    answer = client.post(BEGIN)
    assert FAILED in answer.content.decode()


def test_a_callback_without_its_state_is_refused(client, provider):
    """Somebody else's answer, put under a victim's nose."""
    there = client.post(BEGIN)
    back = requests.get(there["Location"], allow_redirects=False, timeout=5)
    victim = Client()
    answer = victim.get(back.headers["Location"].replace("http://testserver", ""))
    assert FAILED in answer.content.decode()
    assert who(victim) is None


def test_a_code_works_once(client, provider):
    linked(account_of())
    there = client.post(BEGIN)
    back = requests.get(there["Location"], allow_redirects=False, timeout=5)
    path = back.headers["Location"].replace("http://testserver", "")
    client.get(path)
    client.post("/account/sign-out/")
    assert FAILED in client.get(path).content.decode()
    assert who(client) is None


def test_a_provider_that_is_away_says_so(client, settings, provider):
    provider.issuer = "http://127.0.0.1:9"
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    app["settings"]["server_url"] = provider.issuer
    answer = client.post(BEGIN)
    assert answer.status_code == 401
    assert FAILED in answer.content.decode()
