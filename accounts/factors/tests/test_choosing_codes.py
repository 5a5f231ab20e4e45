"""Making codes by e-mail and text a second step, and leaving them."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.factors.models import CodeFactor
from accounts.factors.tests.codes import (
    CHECK,
    NUMBER,
    SECURITY,
    SET_UP,
    TEXT,
    by_password,
    give,
    how_many,
    new_code,
)
from accounts.recovery.services import ask_reset, use_reset
from notifications.models import Delivery
from tests.jobs import run_jobs
from tests.second_factors import VerifiedClient, keep, note_first_factor

pytestmark = pytest.mark.django_db


def browser_of(user):
    """A browser where `user` has just proved the first step."""
    browser = Client()
    browser.force_login(user)
    session = browser.session
    note_first_factor(session, user)
    keep(browser, session)
    return browser


@pytest.fixture
def here(patient):
    return browser_of(patient)


def test_a_mailbox_is_chosen_with_a_code_and_backup_codes_follow(here, patient):
    assert "Code by e-mail" in here.get(SET_UP).content.decode()
    here.post(f"{SET_UP}email/", {"send": "1"})
    answer = here.post(f"{SET_UP}email/", {"code": new_code()})
    assert answer.url == "/account/security/backup-codes/"
    patient.refresh_from_db()
    assert (patient.has_code_factor, patient.has_second_factor) == (True, False)
    assert patient.backup_codes.count() == 10
    run_jobs()
    told = Delivery.objects.filter(event="account_sign_in_changed").first()
    assert "Codes by e-mail were made a second step" in told.body_text
    page = here.get(SECURITY).content.decode()
    assert f"E-mail to {patient.email}" in page


def test_a_number_counts_once_it_is_proved(here, patient):
    page = here.post(f"{SET_UP}text/", {"send": "1", "number": "12"})
    assert "Enter a phone number we can text" in page.content.decode()
    here.post(f"{SET_UP}text/", {"send": "1", "number": "07700 900123"})
    right = new_code()
    wrong = "000000" if right != "000000" else "000001"
    page = here.post(f"{SET_UP}text/", {"code": wrong})
    assert "This is not the code of our newest message" in page.content.decode()
    assert not CodeFactor.objects.exists()
    here.post(f"{SET_UP}text/", {"code": right})
    assert CodeFactor.objects.get().number == NUMBER


def test_a_code_for_one_way_adds_no_other(here, patient):
    here.post(f"{SET_UP}email/", {"send": "1"})
    here.post(f"{SET_UP}text/", {"code": new_code()})
    assert not CodeFactor.objects.exists()


def test_without_a_password_the_mailbox_is_no_second_step(ann):
    ann.set_unusable_password()
    ann.save()
    here = browser_of(ann)
    assert "Set a password first" in here.get(f"{SET_UP}email/").content.decode()
    here.post(f"{SET_UP}email/", {"send": "1"})
    assert how_many() == 0


def test_where_no_texts_are_sent_none_are_offered(here, patient, settings):
    settings.DEV_OUTBOX = settings.USE_SMS = False
    assert "Code by text message" not in here.get(SET_UP).content.decode()
    assert here.get(f"{SET_UP}text/").status_code == 404
    give(patient, TEXT)
    browser = Client()
    by_password(browser, patient)
    assert how_many() == 0
    assert "Text a code" not in browser.get(CHECK).content.decode()


@pytest.mark.parametrize("path", [f"{SET_UP}email/", f"{SET_UP}text/"])
def test_adding_and_removing_ask_for_a_fresh_proof(by_mail, path):
    browser = VerifiedClient()
    browser.force_login(by_mail)
    session = browser.session
    old = (timezone.now() - timedelta(minutes=6)).timestamp()
    session["factor"] = {**session["factor"], "at": old}
    keep(browser, session)
    assert browser.get(path).status_code == 403
    remove = f"{SECURITY}remove/code/{by_mail.code_factors.get().pk}/"
    assert browser.post(remove).status_code == 403
    assert by_mail.code_factors.exists()
    # The proof may be such a code.
    cache.clear()
    page = browser.post(remove, {"step_up": "send-email", "step_up_method": "POST"})
    assert "We e-mailed a code to" in page.content.decode()
    done = {"step_up": "code", "step_up_code": new_code(), "step_up_method": "POST"}
    assert browser.post(remove, done).url == SECURITY
    by_mail.refresh_from_db()
    assert not by_mail.has_code_factor
    assert not by_mail.code_factors.exists()
    run_jobs()
    told = Delivery.objects.filter(event="account_sign_in_changed").last()
    assert "Codes by e-mail are no longer a second step" in told.body_text
    assert told.to_address == by_mail.email


def test_nobody_removes_anothers(client, by_mail, zoe):
    client.force_login(zoe)
    pk = by_mail.code_factors.get().pk
    assert client.post(f"{SECURITY}remove/code/{pk}/").status_code == 404
    assert by_mail.code_factors.exists()


def test_adding_one_signs_out_everywhere_else(here, patient):
    other = Client()
    other.force_login(patient)
    assert other.get("/portal/account/").status_code == 200
    here.post(f"{SET_UP}email/", {"send": "1"})
    here.post(f"{SET_UP}email/", {"code": new_code()})
    assert other.get("/portal/account/").status_code == 302
    assert here.get("/portal/account/").status_code == 200


def test_recovery_takes_them_away_too(by_mail):
    at = timezone.now()
    reset = ask_reset(user=by_mail, at=at)
    use_reset(reset=reset, at=at + timedelta(hours=25))
    by_mail.refresh_from_db()
    assert not by_mail.has_code_factor
    assert not by_mail.code_factors.exists()


def test_a_changed_address_is_the_accounts(by_mail):
    """What EmailAddress says is not asked: codes go to the account's own address."""
    EmailAddress.objects.create(user=by_mail, email="x@example.org", verified=True)
    browser = Client()
    by_password(browser, by_mail)
    assert Delivery.objects.get(event="account_factor_code").to_address == by_mail.email
