"""Whoever has passed the first step and guesses at the second is stopped, and keeps its
owner out of no browser that they know; a new password ends the pause."""

import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.factors.models import MOST_TRIES, PAUSE, Tries
from accounts.factors.services import TooManyTries, give_new_tries, prove_code
from audit.models import Entry
from notifications.models import Delivery
from tests.jobs import run_jobs
from tests.second_factors import code_of, with_app

pytestmark = pytest.mark.django_db
PASSWORD, OTHER = "harbour-lamp-porridge", "seven slow tides turn"
SIGN_IN, CHECK = "/account/sign-in/", "/account/factor/"


@pytest.fixture(autouse=True)
def _still(monkeypatch):
    """The half minute of a code does not end while a test runs."""
    now, at = time.time(), timezone.now()
    monkeypatch.setattr("time.time", lambda: now)
    monkeypatch.setattr("django.utils.timezone.now", lambda: at)


def ready(user):
    user.set_password(PASSWORD)
    user.save()
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    return with_app(user)


@pytest.fixture
def app(ann):
    return ready(ann)


def at_second_step(user, browser=None, password=PASSWORD):
    browser = browser or Client()
    browser.post(SIGN_IN, {"login": user.email, "password": password})
    return browser


def come_in(browser, app):
    """With the code that the app shows now, as if it had never been used."""
    app.last_step = -1
    app.save()
    return browser.post(CHECK, {"code": code_of(app)})


def is_in(browser):
    return browser.get("/portal/account/").status_code == 200


def guess(browser):
    for _ in range(MOST_TRIES):
        browser.post(CHECK, {"code": "000000"})
    return browser


@pytest.fixture
def known(ann, app):
    """A browser in which Ann was signed in until just now."""
    browser = at_second_step(ann)
    come_in(browser, app)
    assert is_in(browser)
    browser.post("/account/sign-out/")
    return browser


def test_guesses_elsewhere_do_not_keep_the_owner_out(ann, app, known):
    stranger = guess(at_second_step(ann))
    # It is stopped, in whatever browser that nobody knows.
    for one in (stranger, at_second_step(ann)):
        page = come_in(one, app)
        assert "Too many wrong codes" in page.text
        assert "a browser where you signed in before" in page.text
        assert not is_in(one)
    come_in(at_second_step(ann, known), app)
    assert is_in(known)
    # The owner's success gives the stranger no new tries.
    assert "Too many wrong codes" in come_in(stranger, app).text


def test_a_known_browser_has_no_more_tries_than_others(ann, app, known):
    guess(at_second_step(ann, known))
    page = come_in(known, app)
    assert "Too many wrong codes" in page.text
    assert "a browser where you signed in before" not in page.text
    other = at_second_step(ann)
    come_in(other, app)
    assert is_in(other)


def test_anothers_cookie_or_a_made_up_one_gives_no_new_tries(ann, app, zoe):
    zoes = at_second_step(zoe)
    come_in(at_second_step(zoe, zoes), ready(zoe))
    zoes.post("/account/sign-out/")
    guess(at_second_step(ann))
    made_up = Client()
    made_up.cookies[settings.DEVICE_COOKIE_NAME] = "x" * 43
    for one in (zoes, made_up):
        come_in(at_second_step(ann, one), app)
        assert not is_in(one)


def test_a_new_password_ends_the_pause_and_puts_out_who_guessed(ann, app, code_to):
    stranger = guess(at_second_step(ann))
    owner = Client()
    owner.post("/account/reset/", {"email": ann.email})
    owner.post("/account/reset/code/", {"code": code_to(ann.email)})
    form = {"password1": OTHER, "password2": OTHER}
    assert owner.post("/account/reset/new/", form).url == "/account/reset/done/"
    ann.refresh_from_db()
    come_in(at_second_step(ann, owner, OTHER), app)
    assert is_in(owner)
    # Not even the right code helps whoever came by the old password.
    assert come_in(stranger, app).url == SIGN_IN
    assert not is_in(stranger)


@pytest.mark.parametrize("path", ["/account/factor/", "/account/factor/lost/"])
def test_between_the_steps_an_old_password_opens_nothing(ann, app, path):
    stranger = at_second_step(ann)
    assert stranger.get(path).status_code == 200
    ann.set_password(OTHER)
    ann.save()
    assert stranger.get(path).url == SIGN_IN


def test_new_passwords_give_new_tries_once_in_a_day(ann, app):
    at = timezone.now()

    def wrong():
        for _ in range(MOST_TRIES):
            assert prove_code(user=ann, code="000000", at=at) == ""

    wrong()
    give_new_tries(user=ann, at=at)
    wrong()
    give_new_tries(user=ann, at=at)
    with pytest.raises(TooManyTries):
        wrong()
    # By itself the pause ends as ever.
    prove_code(user=ann, code="000000", at=at + PAUSE)
    give_new_tries(user=ann, at=at + timedelta(days=1))
    assert Tries.objects.get(user=ann).failed == 0


def test_the_owner_is_told_once_in_a_day(ann, app, mail_to):
    at = timezone.now()
    for hours in (0, 1, 23, 24):
        for _ in range(MOST_TRIES):
            prove_code(user=ann, code="000000", at=at + timedelta(hours=hours))
    assert Entry.objects.filter(verb="factor.guessed", actor_id=None).count() == 2
    run_jobs()
    told = Delivery.objects.filter(event="account_sign_in_changed")
    assert told.count() == 2
    assert "typed five wrong codes at the second step" in mail_to(ann.email).body_text
