"""Whoever sits in a stolen session and guesses is put out of it, and uses up nothing
that its owner needs: neither here, nor in another browser, nor for signing in."""

import time

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.factors.models import RememberedDevice, Tries
from accounts.factors.services import TooManyTries, prove_code, prove_password
from accounts.models import Session
from accounts.sessions.models import Ended
from accounts.sessions.services import MOST_WRONG_PROOFS
from audit.models import Entry
from notifications.models import Delivery
from tests.jobs import run_jobs
from tests.second_factors import code_of, keep, with_app

pytestmark = pytest.mark.django_db
PASSWORD = "harbour-lamp-porridge"
SIGN_IN, CHECK = "/account/sign-in/", "/account/factor/"
SET_UP, CHANGE = "/account/factor/set-up/", "/account/password/"
WRONG = {"factor": "000000", "password": "wrong-lamp-porridge", "email": "BBBB-BBBB"}


@pytest.fixture(autouse=True)
def _still(monkeypatch):
    """The half minute of a code does not end while a test runs."""
    now, at = time.time(), timezone.now()
    monkeypatch.setattr("time.time", lambda: now)
    monkeypatch.setattr("django.utils.timezone.now", lambda: at)


@pytest.fixture
def ann(ann):
    ann.set_password(PASSWORD)
    ann.save()
    ann.emailaddress_set.create(email=ann.email, verified=True, primary=True)
    return ann


def by_password(user):
    browser = Client()
    browser.post(SIGN_IN, {"login": user.email, "password": PASSWORD})
    return browser


def grow_old(browser):
    """As if whoever sits there had proved it an hour ago."""
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password", "at": 1.0}]
    if "factor" in session:
        session["factor"] = {**session["factor"], "at": 1.0}
    keep(browser, session)


def is_in(browser):
    return browser.get("/portal/account/").status_code == 200


def step_up(browser, code, path=SET_UP, **more):
    form = {"step_up": "code", "step_up_method": "GET", "step_up_code": code}
    return browser.post(path, {**form, **more})


@pytest.fixture
def app(ann):
    return with_app(ann)


@pytest.fixture
def two(ann, app):
    """The thief's browser and the owner's, both signed in for an hour."""
    browsers = []
    for steps in (-1, 0):
        browser = by_password(ann)
        browser.post(CHECK, {"code": code_of(app, steps=steps)})
        grow_old(browser)
        assert is_in(browser)
        browsers.append(browser)
    return browsers


def test_five_wrong_codes_end_the_session_in_which_they_are_typed(ann, app, two):
    thief, _ = two
    for _ in range(MOST_WRONG_PROOFS - 1):
        assert "not a code that works now" in step_up(thief, "000000").text
    assert is_in(thief)
    last = step_up(thief, "000000", note="typed")
    assert last.status_code == 302
    assert last.url.startswith(SIGN_IN)
    assert "wrong code or password was typed too often" in thief.get(last.url).text
    assert not is_in(thief)
    assert Session.objects.filter(ended_because=Ended.GUESSING).count() == 1
    # Not even the right code opens it again.
    assert step_up(thief, code_of(app, steps=1)).status_code == 302
    assert not is_in(thief)


def test_the_owner_goes_on_in_another_browser_and_comes_in_with_a_third(ann, app, two):
    thief, owner = two
    for _ in range(MOST_WRONG_PROOFS + 3):
        step_up(thief, "000000")
    third = by_password(ann)
    third.post(CHECK, {"code": code_of(app, steps=1)})
    assert is_in(third)
    assert is_in(owner)
    grow_old(third)
    app.refresh_from_db()
    app.last_step = -1
    app.save()
    assert step_up(owner, code_of(app)).status_code == 302
    assert owner.get(SET_UP).status_code == 200


def test_a_right_code_begins_anew(ann, app, two):
    _, owner = two
    for _ in range(MOST_WRONG_PROOFS - 1):
        step_up(owner, "000000")
    assert step_up(owner, code_of(app, steps=1)).status_code == 302
    grow_old(owner)
    for _ in range(MOST_WRONG_PROOFS - 1):
        step_up(owner, "000000")
    assert is_in(owner)


def test_guesses_at_the_second_step_of_signing_in_hold_up_no_session(ann, app, two):
    _, owner = two
    stranger = by_password(ann)
    for _ in range(MOST_WRONG_PROOFS):
        stranger.post(CHECK, {"code": "000000"})
    assert "Too many" in stranger.post(CHECK, {"code": "000000"}).text
    assert step_up(owner, code_of(app, steps=1)).status_code == 302
    # Nor does the owner's success give the stranger new tries.
    assert Tries.objects.get(user=ann).failed == MOST_WRONG_PROOFS


def test_of_many_guesses_at_once_no_more_than_five_are_tried(ann, app, two):
    """The rest find the session ended once it is their turn."""
    thief, _ = two
    key = thief.session.session_key
    at = timezone.now()
    for _ in range(MOST_WRONG_PROOFS):
        assert prove_code(user=ann, code="000000", at=at, session_key=key) == ""
    with pytest.raises(TooManyTries):
        prove_code(user=ann, code=code_of(app, steps=1), at=at, session_key=key)
    with pytest.raises(TooManyTries):
        prove_password(user=ann, password=PASSWORD, at=at, session_key=key)


def test_every_browser_is_asked_again_and_the_owner_is_told(ann, two):
    thief, _ = two
    RememberedDevice.objects.create(
        user=ann, digest="0" * 64, epoch=0, browser="x", expires_at=timezone.now()
    )
    for _ in range(MOST_WRONG_PROOFS):
        step_up(thief, "000000")
    assert not RememberedDevice.objects.exists()
    run_jobs()
    mail = Delivery.objects.filter(event="account_sign_in_changed").last()
    assert "typed five times" in mail.body_text
    verbs = list(Entry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs[-2:] == ["factor.refused", "session.guessed"]


@pytest.mark.parametrize("kind", ["password", "email"])
def test_without_a_second_step_it_is_the_same(ann, kind):
    thief, owner = by_password(ann), by_password(ann)
    grow_old(thief)
    grow_old(owner)
    assert "Your password" in thief.get(SET_UP).text
    if kind == "email":
        step_up(thief, "", step_up="send", step_up_kind="email")
    for _ in range(MOST_WRONG_PROOFS):
        assert is_in(thief)
        step_up(thief, WRONG[kind], step_up_kind=kind)
    assert not is_in(thief)
    # Neither limit of signing in by password was touched, nor the owner's own.
    assert step_up(owner, PASSWORD).status_code == 302
    assert is_in(by_password(ann))


def test_what_is_asked_very_often_is_counted_by_session(ann, two, settings):
    thief, owner = two
    answers = {step_up(thief, "").status_code for _ in range(12)}
    assert answers == {403, 429}
    assert step_up(owner, "").status_code == 403
    settings.RATE_LIMIT_FACTOR = 1 / 10
    path = "/account/sessions/keep/"
    assert [thief.post(path).status_code for _ in range(8)][-1] == 429
    assert owner.post(path).status_code == 302
    # All of a person's sessions together have a limit, too.
    both = [one.post(path).status_code for _ in range(5) for one in two]
    more = by_password(ann)
    more.post(CHECK, {"code": "000000"})
    assert 429 in both


def test_codes_sent_from_a_stolen_session_leave_those_for_signing_in(ann, app):
    ann.code_factors.create(kind="TEXT", number="+447700900123")
    ann.has_code_factor = True
    ann.save()
    thief = by_password(ann)
    thief.post(CHECK, {"code": code_of(app)})
    grow_old(thief)
    for _ in range(25):
        step_up(thief, "", step_up="send-text")
    sent = ann.sent_codes.count()
    assert sent == 3
    owner = by_password(ann)
    assert owner.post(CHECK, {"send": "text"}).status_code == 302
    assert ann.sent_codes.count() == sent + 1


# --- Changing the password ------------------------------------------------------------


def change(browser, old, new):
    form = {"oldpassword": old, "password1": new, "password2": new}
    return browser.post(CHANGE, form)


def test_a_new_password_that_is_refused_counts_for_nothing(ann):
    browser = by_password(ann)
    for _ in range(8):
        answer = change(browser, PASSWORD, "short")
        assert answer.status_code == 200
        assert "15 characters" in answer.text
    assert change(browser, PASSWORD, "quiet-otter-lantern").status_code == 302
    ann.refresh_from_db()
    assert ann.check_password("quiet-otter-lantern")


def test_a_wrong_password_counts_and_the_fifth_ends_the_session(ann):
    thief, owner = by_password(ann), by_password(ann)
    for _ in range(MOST_WRONG_PROOFS - 1):
        answer = change(thief, "wrong", "quiet-otter-lantern")
        assert "This is not your password now" in answer.text
    assert change(thief, "wrong", "quiet-otter-lantern").url.startswith(SIGN_IN)
    assert not is_in(thief)
    assert change(owner, PASSWORD, "quiet-otter-lantern").status_code == 302


def test_allauths_own_page_for_proofs_is_ours(ann):
    thief = by_password(ann)
    grow_old(thief)
    for _ in range(MOST_WRONG_PROOFS):
        step_up(thief, "wrong", path="/account/confirm/")
    assert not is_in(thief)
    cache.clear()
    assert is_in(by_password(ann))
