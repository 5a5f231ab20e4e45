"""Codes of a second step, asked for without end by who knows the password."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.factors.services import give_new_tries
from accounts.factors.tests.codes import (
    CHECK,
    EMAIL,
    NUMBER,
    PASSWORD,
    SET_UP,
    SIGN_IN,
    TEXT,
    give,
    how_many,
    new_code,
)
from tests.second_factors import keep, note_first_factor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
HOME, THIEF = "203.0.113.9", "198.51.100.7"


def sign_in(user, address):
    """The first step, in a new browser; the only way of the second is sent at once."""
    browser = Client(REMOTE_ADDR=address)
    browser.post(SIGN_IN, {"login": user.email, "password": PASSWORD})
    return browser


def ask_without_end(user, clock, quarters):
    """From one network, more than it is given, in each of some quarters of an hour."""
    for _ in range(quarters):
        for _ in range(4):
            for _ in range(3):
                sign_in(user, THIEF)
            clock(seconds=61)
        clock(minutes=12)


@pytest.mark.parametrize("kind", [EMAIL, TEXT])
def test_one_network_uses_up_its_own(patient, clock, kind):
    give(patient, kind)
    for _ in range(3):
        for _ in range(4):
            sign_in(patient, THIEF)
        clock(seconds=61)
    assert how_many() == 8
    page = sign_in(patient, THIEF).post(CHECK, {"send": kind.lower()})
    assert "We can't send another code now. Wait 12 minutes before" in page.text
    owner = sign_in(patient, HOME)
    assert how_many() == 9
    assert owner.post(CHECK, {"code": new_code(kind)}).url == "/portal/"
    clock(minutes=12)
    sign_in(patient, THIEF)
    assert how_many() == 10


def test_texts_are_counted_by_the_day_and_a_new_password_gives_new_ones(patient, clock):
    give(patient, TEXT)
    ask_without_end(patient, clock, quarters=3)
    assert how_many() == 20
    page = sign_in(patient, THIEF).post(CHECK, {"send": "text"})
    assert "Wait 24 hours before" in page.text
    give_new_tries(user=patient, at=timezone.now())
    sign_in(patient, THIEF)
    assert how_many() == 21


def test_mails_are_not_counted_by_the_day(by_mail, clock):
    ask_without_end(by_mail, clock, quarters=3)
    assert how_many() == 24


def signed_in(user):
    browser = Client(REMOTE_ADDR=HOME)
    browser.force_login(user)
    session = browser.session
    note_first_factor(session, user)
    keep(browser, session)
    return browser


def test_who_adds_somebody_elses_number_takes_no_code_from_them(patient, zoe):
    give(patient, TEXT)
    form = {"send": "1", "number": NUMBER}
    browser = signed_in(zoe)
    pages = [browser.post(f"{SET_UP}text/", form) for _ in range(4)]
    assert [one.status_code for one in pages] == [302, 302, 302, 200]
    assert "We sent several codes already. Wait 1 minute, then" in pages[-1].text
    # Nor does another session send that number more.
    assert signed_in(zoe).post(f"{SET_UP}text/", form).status_code == 200
    assert how_many() == 3
    sign_in(patient, HOME)
    assert how_many() == 4
