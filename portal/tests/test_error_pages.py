"""What somebody reads who came to a page that is not there, or not for them."""

import html

import pytest

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


def test_in_the_cms_an_error_asks_nothing_that_it_may_not(editor):
    """Its role of the database can't read who has which room on the site."""
    browser = TwoDoorsClient(raise_request_exception=False)
    browser.force_login(editor)
    answer = browser.get("/cms/users/")
    assert answer.status_code == 404
    assert "We can't find that page" in html.unescape(answer.text)
