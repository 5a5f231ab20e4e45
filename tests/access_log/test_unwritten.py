"""A log that takes no entry: nobody signs in or out, nothing is done, and everybody is
told to come again instead of that something broke."""

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from accounts.models import User
from audit.models import Entry
from portal.errors import RETRY_SECONDS, is_unlogged
from tests.second_factors import VerifiedClient

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "harbour-lamp-porridge"
SIGN_IN = "/account/sign-in/"


@pytest.fixture
def ann(ann):
    ann.set_password(PASSWORD)
    ann.save()
    ann.emailaddress_set.create(email=ann.email, verified=True, primary=True)
    return ann


@pytest.fixture
def signed_in(ann):
    browser = VerifiedClient(raise_request_exception=False)
    browser.force_login(ann)
    return browser


@pytest.fixture
def full_log(ann, signed_in):
    """From here on it takes nothing; the connection is as good as ever."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE audit_entry ADD CONSTRAINT full_log CHECK (false) NOT VALID"
        )
        yield Entry.objects.count()
        cursor.execute("ALTER TABLE audit_entry DROP CONSTRAINT full_log")


def assert_comes_again(answer):
    assert answer.status_code == 503
    assert answer["Retry-After"] == str(RETRY_SECONDS)
    assert answer["Cache-Control"] == "private, no-store"
    assert settings.SESSION_COOKIE_NAME not in answer.cookies


@pytest.mark.parametrize("password", [PASSWORD, "wrong-lamp-porridge"])
def test_nobody_signs_in_right_or_wrong(ann, full_log, password):
    browser = Client(raise_request_exception=False)
    answer = browser.post(SIGN_IN, {"login": ann.email, "password": password})
    assert_comes_again(answer)
    # What was typed comes back, but for the password.
    assert ann.email in answer.text
    assert password not in answer.text
    assert browser.get("/portal/account/").status_code == 302
    assert Entry.objects.count() == full_log


def test_signing_out_and_changing_something_wait_too(ann, signed_in, full_log):
    assert_comes_again(signed_in.post("/account/sign-out/"))
    form = {"time_zone": "Europe/Paris", "note": "since Monday"}
    answer = signed_in.post("/portal/account/settings/", form)
    assert_comes_again(answer)
    assert "since Monday" in answer.text
    assert User.objects.get(pk=ann.pk).time_zone == ann.time_zone


def test_a_look_says_why_it_is_refused(signed_in, full_log):
    answer = signed_in.get("/portal/account/")
    assert_comes_again(answer)
    assert "Every look at a record is written down" in answer.text


def test_another_table_that_takes_nothing_stays_our_mistake(signed_in):
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE accounts_user ADD CONSTRAINT odd"
            " CHECK (time_zone <> 'Europe/Paris') NOT VALID"
        )
        form = {"time_zone": "Europe/Paris"}
        answer = signed_in.post("/portal/account/settings/", form)
        cursor.execute("ALTER TABLE accounts_user DROP CONSTRAINT odd")
    assert answer.status_code == 500
    assert not is_unlogged(None)
