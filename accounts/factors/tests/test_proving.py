"""Codes: which count, how often, and how many tries there are."""

import re
import threading
import time
from base64 import b32decode
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.factors.models import (
    MOST_TRIES,
    AuthenticatorApp,
    BackupCode,
    Tries,
)
from accounts.factors.services import (
    TooManyTries,
    add_app,
    make_backup_codes,
    prove_code,
)
from audit.models import Entry
from notifications.models import Delivery
from tests.factories.accounts import UserFactory
from tests.jobs import run_jobs
from tests.second_factors import code_of, keep, note_first_factor, with_app

pytestmark = pytest.mark.django_db
CHECK = "/account/factor/"
PASSWORD = "harbour-lamp-porridge"


@pytest.fixture(autouse=True)
def _still(monkeypatch):
    """The half minute of a code does not end while a test runs."""
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now)


@pytest.fixture
def app(ann):
    ann.set_password(PASSWORD)
    ann.save()
    ann.emailaddress_set.create(email=ann.email, verified=True, primary=True)
    return with_app(ann)


def by_password(client, user):
    client.post("/account/sign-in/", {"login": user.email, "password": PASSWORD})


def proves(user, code, *, later=timedelta()):
    return prove_code(user=user, code=code, at=timezone.now() + later)


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_codes_one_step_either_way_count(ann, app, steps):
    assert proves(ann, code_of(app, steps=steps)) == "app"


@pytest.mark.parametrize("steps", [-20, -3, -2, 2, 3, 20])
def test_codes_further_away_do_not(ann, app, steps):
    assert proves(ann, code_of(app, steps=steps)) == ""


def test_the_clock_of_a_phone_is_never_followed(ann, app):
    assert proves(ann, code_of(app, steps=1)) == "app"
    assert proves(ann, code_of(app, steps=2)) == ""


def test_a_code_works_once(ann, app):
    code = code_of(app)
    assert proves(ann, code) == "app"
    assert proves(ann, code) == ""
    # Nor does the one before it, which has been overtaken.
    assert proves(ann, code_of(app, steps=-1)) == ""


def test_a_code_may_be_pasted_with_spaces(ann, app):
    code = code_of(app)
    assert proves(ann, f" {code[:3]} {code[3:]} ") == "app"


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "１２３４５６", "abcdef", "0" * 40]
)
def test_what_is_no_code_proves_nothing(ann, app, code):
    assert proves(ann, code) == ""


def test_anothers_code_does_not_count(ann, app, zoe):
    assert proves(ann, code_of(with_app(zoe))) == ""


def test_wrong_codes_are_limited_and_the_pause_ends(ann, app):
    for _ in range(MOST_TRIES):
        assert proves(ann, "000000") == ""
    with pytest.raises(TooManyTries):
        proves(ann, code_of(app))
    with pytest.raises(TooManyTries):
        proves(ann, code_of(app), later=timedelta(minutes=14))
    later = timedelta(minutes=15, seconds=1)
    assert proves(ann, code_of(app, steps=30), later=later) == "app"


def test_the_limit_is_of_the_account_whatever_browser_and_kind_of_code(ann, app, zoe):
    zoes = with_app(zoe)
    for number in range(MOST_TRIES):
        browser = Client(headers={"x-forwarded-for": f"198.51.100.{number}"})
        by_password(browser, ann)
        code = "000000" if number % 2 else "aaaaa-aaaaa"
        browser.post(CHECK, {"code": code})
    browser = Client()
    by_password(browser, ann)
    page = browser.post(CHECK, {"code": code_of(app)})
    assert "Too many wrong codes" in page.content.decode()
    assert browser.session.get("_auth_user_id") is None
    # Others are not held up, and their success gives Ann's guesser no new tries.
    assert proves(zoe, code_of(zoes)) == "app"
    with pytest.raises(TooManyTries):
        proves(ann, code_of(app))


def test_a_right_code_clears_ones_own_count(ann, app):
    for _ in range(MOST_TRIES - 1):
        proves(ann, "000000")
    assert proves(ann, code_of(app)) == "app"
    assert Tries.objects.get(user=ann).failed == 0


def test_an_address_cannot_try_without_end_at_many_accounts(client, app, ann):
    by_password(client, ann)
    answers = {client.post(CHECK, {"code": ""}).status_code for _ in range(41)}
    assert answers == {200, 429}


def test_every_try_is_in_the_log_and_no_code_is(ann, app):
    code = code_of(app)
    proves(ann, "000000")
    proves(ann, code)
    entries = Entry.objects.filter(verb__startswith="factor.").order_by("pk")
    assert [e.verb for e in entries] == ["factor.refused", "factor.proved"]
    assert not any(code in str(e.detail) for e in entries)


# --- Backup codes ---


def test_a_backup_code_works_once_in_any_spelling(ann, app):
    codes = make_backup_codes(user=ann)
    assert len(set(codes)) == 10
    assert proves(ann, f" {codes[0].upper().replace('-', ' ')} ") == "backup"
    assert proves(ann, codes[0]) == ""
    assert proves(ann, codes[1]) == "backup"


def test_a_new_set_makes_the_old_one_useless(ann, app):
    old = make_backup_codes(user=ann)
    make_backup_codes(user=ann)
    assert proves(ann, old[0]) == ""


def test_backup_codes_are_stored_as_hashes_only(ann, app):
    codes = make_backup_codes(user=ann)
    with connection.cursor() as cursor:
        cursor.execute("select * from accounts_backupcode")
        stored = str(
            [
                [bytes(v) if isinstance(v, memoryview) else v for v in row]
                for row in cursor.fetchall()
            ]
        )
    assert BackupCode.objects.count() == 10
    for code in codes:
        assert code not in stored
        assert code.replace("-", "") not in stored


def test_using_one_tells_the_owner(ann, app):
    code = make_backup_codes(user=ann)[0]
    proves(ann, code)
    run_jobs()
    bodies = [
        d.body_text for d in Delivery.objects.filter(event="account_sign_in_changed")
    ]
    assert any("A backup code was used" in body for body in bodies)
    assert all(code not in body for body in bodies)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_use_a_code_once():
    user = UserFactory()
    app = with_app(user)
    code = code_of(app)
    Tries.objects.create(user=user)
    found = []

    def prove():
        try:
            found.append(prove_code(user=user, code=code, at=timezone.now()))
        finally:
            connection.close()

    second = threading.Thread(target=prove)
    with transaction.atomic():
        assert prove_code(user=user, code=code, at=timezone.now()) == "app"
        # The second comes while the first has not committed: it has to wait.
        second.start()
        second.join(timeout=1)
    second.join()
    assert found == [""]


# --- Setting up ---


SET_UP = "/account/factor/set-up/app/"


def secret_on(page):
    text = re.search(r'mc-secret">([A-Z2-7 ]+)<', page.content.decode())[1]
    return text.replace(" ", "")


def shows(secret, *, steps=0):
    return code_of(AuthenticatorApp(key=b32decode(secret).hex()), steps=steps)


def test_setting_up_takes_a_code_of_the_secret_shown(unverified_client, desk):
    client = unverified_client
    client.force_login(desk)
    session = client.session
    note_first_factor(session, desk)
    keep(client, session)
    page = client.get(f"{SET_UP}?next=/clinic/desk/")
    secret = secret_on(page)
    assert "data:image/svg+xml" in page.content.decode()
    assert f"secret={secret}" in page.content.decode()
    wrong = client.post(SET_UP, {"name": "My phone", "code": "000000"})
    assert "not the code that the app shows now" in wrong.content.decode()
    assert secret_on(wrong) == secret
    assert not AuthenticatorApp.objects.exists()
    form = {"name": "My phone", "code": shows(secret), "next": "/clinic/desk/"}
    answer = client.post(SET_UP, form)
    assert answer.url == "/account/security/backup-codes/?next=%2Fclinic%2Fdesk%2F"
    desk.refresh_from_db()
    assert desk.has_second_factor
    page = client.get(answer.url).content.decode()
    assert len(re.findall(r"<li><bdi[^>]*>[0-9a-z]{5}-[0-9a-z]{5}<", page)) == 10
    # Once is once.
    assert "<li><bdi" not in client.get(answer.url).content.decode()
    assert client.get("/clinic/desk/").status_code == 200
    # The code that set it up is used up.
    assert prove_code(user=desk, code=shows(secret), at=timezone.now()) == ""


def test_adding_one_ends_the_other_sessions_and_tells(client, ann, app):
    thief = Client()
    by_password(client, ann)
    client.post(CHECK, {"code": code_of(app)})
    by_password(thief, ann)
    thief.post(CHECK, {"code": code_of(app, steps=1)})
    assert thief.get("/portal/account/").status_code == 200
    secret = secret_on(client.get(SET_UP))
    client.post(SET_UP, {"name": "Tablet", "code": shows(secret)})
    assert thief.get("/portal/account/").status_code == 302
    assert client.get("/portal/account/").status_code == 200
    run_jobs()
    mail = Delivery.objects.filter(event="account_sign_in_changed").last()
    assert "An authenticator app was added" in mail.body_text
    assert mail.to_address == ann.email


def test_staff_cannot_remove_the_last_one(client, desk):
    app = with_app(desk)
    client.force_login(desk)
    path = f"/account/security/remove/app/{app.pk}/"
    page = client.post(path, follow=True).content.decode()
    assert "Working here needs a second step" in page
    assert AuthenticatorApp.objects.filter(user=desk).exists()


def test_a_patient_may_and_a_password_too_short_to_stand_alone_goes_too(
    client, ann, app
):
    make_backup_codes(user=ann)
    ann.set_password("xk7#qm2p")
    ann.save()
    client.force_login(ann)
    client.post(f"/account/security/remove/app/{app.pk}/")
    ann.refresh_from_db()
    assert not ann.has_second_factor
    assert not ann.has_usable_password()
    assert not ann.backup_codes.exists()


def test_nobody_removes_anothers(client, ann, app, zoe):
    client.force_login(zoe)
    assert client.post(f"/account/security/remove/app/{app.pk}/").status_code == 404
    assert AuthenticatorApp.objects.filter(user=ann).exists()


def test_removing_asks_for_a_fresh_proof(client, ann, app):
    client.force_login(ann)
    session = client.session
    session["factor"] = {**session["factor"], "at": 0}
    keep(client, session)
    path = f"/account/security/remove/app/{app.pk}/"
    assert client.post(path).status_code == 403
    assert AuthenticatorApp.objects.filter(user=ann).exists()
    form = {"step_up": "code", "step_up_method": "POST", "step_up_code": PASSWORD}
    assert client.post(path, form).status_code == 403
    form["step_up_code"] = code_of(app)
    assert client.post(path, form).status_code == 302
    assert not AuthenticatorApp.objects.filter(user=ann).exists()


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_the_code_that_set_it_up_is_used_up_and_no_other(desk, steps):
    key = "3132333435363738393031323334353637383930"
    code = code_of(AuthenticatorApp(key=key), steps=steps)
    app = add_app(user=desk, key=key, code=code, name="My phone", now=time.time())
    assert proves(desk, code) == ""
    # The next one is good at once, or as soon as it is shown.
    kept = AuthenticatorApp.objects.get(pk=app.pk)
    assert kept.last_step == int(time.time()) // 30 + steps
