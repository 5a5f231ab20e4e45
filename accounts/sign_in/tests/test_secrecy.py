"""Nobody learns from outside who has an account, and nobody may try for ever."""

import re
import statistics
import time

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password

from accounts.models import User
from foundation.formats import wait_words
from notifications.models import Delivery
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
KNOWN, UNKNOWN = "maya@example.org", "nobody@example.org"
PASSWORD = "harbour-lamp-porridge"
# Another with every answer, to whomever: a nonce, a number, a clock.
RANDOM = {"Content-Security-Policy", "Content-Length", "Expires", "X-Request-ID"}


@pytest.fixture(autouse=True)
def maya():
    user = UserFactory(email=KNOWN, password=make_password(PASSWORD))
    EmailAddress.objects.create(user=user, email=KNOWN, primary=True, verified=True)
    return user


def seen(client, path, form, then):
    """Everything that an observer of one attempt sees, with the address blanked."""
    first = client.post(path, form)
    second = client.get(then) if then else first
    pages = []
    for answer in (first, second):
        page = answer.content.decode()
        for address in (KNOWN, UNKNOWN):
            page = page.replace(address, "ADDRESS")
        page = re.sub(r'(name="csrfmiddlewaretoken" value|nonce)="[^"]+"', "", page)
        headers = {
            name: value for name, value in answer.headers.items() if name not in RANDOM
        }
        cookies = {
            name: {k: v for k, v in morsel.items() if k != "expires"}
            for name, morsel in answer.cookies.items()
        }
        pages.append((answer.status_code, page, headers, cookies))
    return pages


@pytest.mark.parametrize(
    ("path", "field", "extra", "then"),
    [
        ("/account/sign-in/", "login", {"password": ""}, "/account/code/"),
        ("/account/sign-in/", "login", {"password": "wrong-one"}, None),
        ("/account/sign-up/", "email", {}, "/account/verify/"),
        ("/account/reset/", "email", {}, "/account/reset/code/"),
    ],
    ids=["code", "password", "sign-up", "reset"],
)
def test_known_and_unknown_addresses_look_alike(client, path, field, extra, then):
    other = type(client)()
    known = seen(client, path, {field: KNOWN, **extra}, then)
    unknown = seen(other, path, {field: UNKNOWN, **extra}, then)
    assert known == unknown


@pytest.mark.parametrize(
    ("path", "field", "then"),
    [
        ("/account/sign-in/", "login", "/account/code/"),
        ("/account/sign-up/", "email", "/account/verify/"),
        ("/account/reset/", "email", "/account/reset/code/"),
    ],
)
def test_wrong_codes_look_alike_too(client, path, field, then):
    other = type(client)()
    client.post(path, {field: KNOWN, "password": ""})
    other.post(path, {field: UNKNOWN, "password": ""})
    for _ in range(3):
        assert seen(client, then, {"code": "AAAA-AAAA"}, None) == seen(
            other, then, {"code": "AAAA-AAAA"}, None
        )


def test_the_mail_alone_tells_the_owner(client, mail_to):
    type(client)().post("/account/sign-in/", {"login": KNOWN, "password": ""})
    client.post("/account/sign-in/", {"login": UNKNOWN, "password": ""})
    assert mail_to(KNOWN).event == "account_code"
    assert mail_to(UNKNOWN).event == "account_unknown"
    assert "/account/sign-up/" in mail_to(UNKNOWN).body_text


def test_signing_up_twice_tells_the_owner_and_changes_nothing(client, mail_to, maya):
    client.post("/account/sign-up/", {"email": KNOWN})
    assert mail_to(KNOWN).event == "account_exists"
    assert User.objects.filter(email__iexact=KNOWN).count() == 1


def test_a_wrong_password_takes_as_long_for_strangers(client, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "999/m/ip", "login": "999/m/ip"}
    User.objects.filter(email=KNOWN).update(password=make_password(PASSWORD))
    times = {KNOWN: [], UNKNOWN: []}
    for _ in range(7):
        for email, taken in times.items():
            began = time.perf_counter()
            client.post("/account/sign-in/", {"login": email, "password": "wrong"})
            taken.append(time.perf_counter() - began)
    known, unknown = (statistics.median(taken) for taken in times.values())
    assert known == pytest.approx(unknown, rel=0.5)


def test_five_wrong_passwords_pause_that_account_and_no_other(client, maya):
    other = UserFactory(email="zoe@example.org", password=make_password(PASSWORD))
    EmailAddress.objects.create(
        user=other, email=other.email, primary=True, verified=True
    )
    for _ in range(5):
        client.post("/account/sign-in/", {"login": KNOWN, "password": "wrong"})
    form = {"login": KNOWN, "password": PASSWORD}
    page = client.post("/account/sign-in/", form)
    assert "Too many tries" in page.content.decode()
    # A code still lets the owner in.
    assert client.post("/account/sign-in/", {"login": KNOWN, "password": ""}).url
    form = {"login": other.email, "password": PASSWORD}
    browser = type(client)()
    assert browser.post("/account/sign-in/", form).status_code == 302


def test_guesses_elsewhere_do_not_keep_the_owner_out(client, maya):
    """In the browser where they signed in before: it is counted by itself, and for
    that account alone."""
    form = {"login": KNOWN, "password": PASSWORD}
    assert client.post("/account/sign-in/", form).status_code == 302
    client.post("/account/sign-out/")
    client.get("/account/sign-in/")
    for number in range(8):
        type(client)().post(
            "/account/sign-in/",
            {"login": KNOWN, "password": "wrong"},
            REMOTE_ADDR=f"198.51.100.{number}",
        )
    stranger = type(client)()
    # A cookie that was made up, or that is another's, gives no new tries.
    for cookie in ("x" * 43, ""):
        stranger.cookies[settings.DEVICE_COOKIE_NAME] = cookie
        page = stranger.post("/account/sign-in/", form, REMOTE_ADDR="203.0.113.9")
        assert "Too many tries" in page.content.decode()
    other = UserFactory(email="zoe@example.org", password=make_password(PASSWORD))
    EmailAddress.objects.create(
        user=other, email=other.email, primary=True, verified=True
    )
    others = type(client)()
    others.post("/account/sign-in/", {"login": other.email, "password": PASSWORD})
    others.post("/account/sign-out/")
    page = others.post("/account/sign-in/", form)
    assert "Too many tries" in page.content.decode()
    assert client.post("/account/sign-in/", form).status_code == 302


def test_a_known_browser_has_no_more_tries_than_others(client, maya):
    form = {"login": KNOWN, "password": PASSWORD}
    client.post("/account/sign-in/", form)
    client.post("/account/sign-out/")
    for _ in range(5):
        client.post("/account/sign-in/", form | {"password": "wrong"})
    page = client.post("/account/sign-in/", form)
    assert "Too many tries" in page.content.decode()


def test_another_host_or_forwarded_address_gives_no_new_tries(client):
    for number in range(5):
        client.post(
            "/account/sign-in/",
            {"login": KNOWN, "password": "wrong"},
            headers={"x-forwarded-for": f"198.51.100.{number}"},
        )
    form = {"login": KNOWN, "password": PASSWORD}
    for extra in ({"host": "localhost"}, {"x-forwarded-for": "203.0.113.9"}):
        page = client.post("/account/sign-in/", form, headers=extra)
        assert "Too many tries" in page.content.decode()


def test_codes_cannot_be_asked_for_without_end(client):
    for _ in range(6):
        type(client)().post("/account/sign-in/", {"login": KNOWN, "password": ""})
    assert Delivery.objects.filter(event="account_code").count() == 3
    page = type(client)().post("/account/sign-in/", {"login": KNOWN, "password": ""})
    assert "Too many tries" in page.content.decode()


def test_resets_cannot_be_asked_for_without_end(client):
    answers = [
        type(client)().post("/account/reset/", {"email": KNOWN}) for _ in range(5)
    ]
    assert [a.status_code for a in answers] == [302, 302, 302, 429, 429]
    wait = int(answers[-1]["Retry-After"])
    assert 0 < wait <= 60
    assert f"Wait {wait_words(wait)}, then" in answers[-1].content.decode()


def test_an_address_may_not_sign_up_without_end(client):
    statuses = [
        type(client)()
        .post("/account/sign-up/", {"email": f"a{number}@example.org"})
        .status_code
        for number in range(22)
    ]
    assert statuses[:20] == [302] * 20
    assert statuses[20:] == [429] * 2


def test_pages_of_signing_in_are_never_kept(client):
    for path in ("/account/sign-in/", "/account/sign-up/"):
        assert "no-store" in client.get(path)["Cache-Control"]
