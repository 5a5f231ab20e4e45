"""What somebody reads who came to a page that is not there, or not for them."""

import html
import re
from functools import partial

import pytest
from django.core.exceptions import BadRequest
from django.test import RequestFactory

from portal import middleware
from portal.content_policy import ContentPolicy
from portal.errors import answer_to_error, bad_request, outage, unlogged
from tests.cms import TwoDoorsClient

LOST = "/nothing-is-here/"


@pytest.mark.parametrize(
    ("who", "place", "url"),
    [
        ("ann", "Home", "/portal/"),
        ("dr_lee", "My day", "/clinic/"),
        ("desk", "Front desk", "/clinic/desk/"),
    ],
)
def test_whoever_lost_their_way_is_led_to_their_own_place(
    client, request, who, place, url
):
    client.force_login(request.getfixturevalue(who))
    answer = client.get(LOST)
    assert answer.status_code == 404
    assert f'href="{url}">Go to “{place}”' in answer.text


def test_a_stranger_is_led_to_the_start(client, db):
    assert "Find a doctor" in client.get(LOST).text
    assert "Go to “" not in client.get(LOST).text


def test_at_work_one_is_told_whom_to_ask(client, ann, desk):
    client.force_login(desk)
    at_work = client.get("/clinic/settings/people/")
    client.force_login(ann)
    patient = client.get("/clinic/settings/people/")
    assert (at_work.status_code, patient.status_code) == (403, 403)
    words = "ask an administrator for the role"
    assert words in at_work.text
    assert words not in patient.text


@pytest.mark.parametrize(
    "answer",
    [
        lambda request: bad_request(request, BadRequest()),
        outage,
        unlogged,
        answer_to_error,
        middleware._too_large,
    ],
    ids=["400", "503", "503 of the log", "500", "413"],
)
def test_where_nothing_may_be_asked_the_pages_scripts_and_styles_run(answer):
    """The theme that somebody chose is one of them. Without a database."""
    request = RequestFactory().get("/", headers={"Accept": "text/html"})
    if answer is middleware._too_large:
        answer = partial(answer, words="Send less.")
    response = ContentPolicy(answer)(request)
    nonces = set(re.findall(r'<(?:script|style)[^>]* nonce="([^"]*)"', response.text))
    assert len(nonces) == 1
    assert f"'nonce-{nonces.pop()}'" in response["Content-Security-Policy"]


def test_a_request_that_is_none_is_answered_with_a_page(client):
    answer = client.get("/", {"q": "a\x00b"})
    assert answer.status_code == 400
    assert 'nonce="' in answer.text
    assert 'nonce=""' not in answer.text


def test_in_the_cms_an_error_asks_nothing_that_it_may_not(editor):
    """Its role of the database can't read who has which room on the site."""
    browser = TwoDoorsClient(raise_request_exception=False)
    browser.force_login(editor)
    answer = browser.get("/cms/users/")
    assert answer.status_code == 404
    assert "We can't find that page" in html.unescape(answer.text)
