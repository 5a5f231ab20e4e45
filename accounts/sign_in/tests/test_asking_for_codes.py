"""Whoever asks for codes without end floods nobody's mailbox, and keeps nobody out."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.test import Client

from notifications.models import Delivery
from tests.factories.accounts import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
KNOWN, UNKNOWN = "maya@example.org", "nobody@example.org"
PASSWORD = "harbour-lamp-porridge"
HOME, THIEF = "203.0.113.9", "198.51.100.7"
WAYS = [
    ("/account/sign-in/", "login"),
    ("/account/reset/", "email"),
    ("/account/sign-up/", "email"),
]
each_way = pytest.mark.parametrize(("path", "field"), WAYS)


@pytest.fixture(autouse=True)
def maya():
    user = UserFactory(email=KNOWN, password=make_password(PASSWORD))
    EmailAddress.objects.create(user=user, email=KNOWN, primary=True, verified=True)
    return user


def ask(path, field, address=THIEF, email=KNOWN, client=None):
    """Ask for a code from a network address; in a new browser unless told."""
    form = {field: email, "password": ""}
    return (client or Client()).post(path, form, REMOTE_ADDR=address)


def is_sent(answer):
    return answer.status_code == 302


def sent():
    return Delivery.objects.filter(to_address=KNOWN).count()


def ask_without_end(path, field, clock, address=THIEF, email=KNOWN):
    """Three a minute for five minutes."""
    for _ in range(5):
        for _ in range(3):
            ask(path, field, address, email)
        clock(seconds=61)


@each_way
def test_one_network_uses_up_its_own_and_nobody_elses(path, field, clock):
    ask_without_end(path, field, clock)
    assert sent() == 8
    assert not is_sent(ask(path, field))
    # In a browser that nobody knows, from anywhere else.
    assert is_sent(ask(path, field, HOME))
    # Nor is anybody else's address used up.
    assert is_sent(ask(path, field, email=UNKNOWN))


@each_way
def test_it_says_when_to_try_again_and_keeps_its_word(path, field, clock):
    for _ in range(3):
        assert is_sent(ask(path, field))
    clock(seconds=20)
    assert "Wait 40 seconds" in ask(path, field).text
    clock(seconds=39)
    assert "Wait 1 second," in ask(path, field).text
    clock(seconds=1)
    assert is_sent(ask(path, field))
    clock(minutes=1)
    ask_without_end(path, field, clock)
    # The quarter of an hour began with the first.
    page = ask(path, field).text
    assert "Wait 8 minutes" in page
    assert KNOWN in page
    clock(minutes=8)
    assert is_sent(ask(path, field))


@each_way
def test_nobody_learns_whose_address_it_is(path, field, clock):
    pages = []
    for email in (KNOWN, UNKNOWN):
        for _ in range(3):
            ask(path, field, email=email)
        answer = ask(path, field, email=email)
        waits = answer.headers.get("Retry-After")
        said = [line for line in answer.text.splitlines() if "Wait " in line]
        pages.append(
            (answer.status_code, waits, [one.replace(email, "") for one in said])
        )
    assert pages[0] == pages[1]
    assert pages[0][2]


def test_many_networks_at_once_do_not_shut_out_a_browser_that_its_owner_knows(client):
    form = {"login": KNOWN, "password": PASSWORD}
    assert client.post("/account/sign-in/", form).status_code == 302
    client.post("/account/sign-out/")
    before = sent()
    for number in range(15):
        for _ in range(3):
            ask(*WAYS[0], address=f"198.51.100.{number}")
    assert sent() == before + 40
    assert not is_sent(ask(*WAYS[0], address=HOME))
    assert is_sent(ask(*WAYS[0], address=HOME, client=client))
    # A cookie that was made up is no such browser.
    stranger = Client()
    stranger.cookies["device"] = "x" * 43
    assert not is_sent(ask(*WAYS[0], address=HOME, client=stranger))


def test_a_known_browser_floods_nobody_either(client):
    client.post("/account/sign-in/", {"login": KNOWN, "password": PASSWORD})
    client.post("/account/sign-out/")
    answers = []
    for _ in range(4):
        # The same one, without the step that it waits at.
        again = Client()
        again.cookies["device"] = client.cookies["device"].value
        answers.append(ask(*WAYS[0], address=HOME, client=again))
    assert [is_sent(one) for one in answers] == [True, True, True, False]
    assert sent() == 3


def test_one_network_has_one_count_however_many_addresses_it_has():
    answers = [
        ask(*WAYS[0], address=f"2001:db8:7:1::{number:x}") for number in range(4)
    ]
    assert [is_sent(one) for one in answers] == [True, True, True, False]
    assert is_sent(ask(*WAYS[0], address="2001:db8:7:2::1"))


def test_a_new_address_is_not_flooded_by_who_is_signed_in(client):
    client.post("/account/sign-in/", {"login": KNOWN, "password": PASSWORD})
    form = {"email": UNKNOWN, "action_add": ""}
    assert [
        "We sent this address several codes. Wait 1 minute"
        in client.post("/account/email/", form).text
        for _ in range(4)
    ] == [False, False, False, True]
