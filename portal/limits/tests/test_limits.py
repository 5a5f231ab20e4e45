"""Limits, from outside."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from portal.limits.models import Tally
from portal.limits.queries import LIMITS
from portal.limits.services import forget_tallies

pytestmark = pytest.mark.django_db
SEARCH, FIND = "/search/suggestions/?q=skin", "/book/find/"


@pytest.fixture(autouse=True)
def _narrow(settings, monkeypatch):
    """Three suggestions a minute for a person, ten for an address; and one minute."""
    settings.RATE_LIMIT_FACTOR = 1 / 60
    now = timezone.now().replace(second=5)
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)


def statuses(client, times, path=SEARCH, **extra):
    return [client.get(path, **extra).status_code for _ in range(times)]


def test_too_often_is_refused_and_says_for_how_long(client):
    assert statuses(client, 11) == [200] * 10 + [429]
    answer = client.get(SEARCH)
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert "no-store" in answer["Cache-Control"]


def test_what_is_counted_elsewhere_says_for_how_long_too(client, settings):
    settings.RATE_LIMIT_FACTOR = 1000
    email = {"email": "somebody@example.org"}
    answers = [client.post("/account/reset/", email) for _ in range(4)]
    assert [one.status_code for one in answers] == [302, 302, 302, 429]
    assert int(answers[-1]["Retry-After"]) >= 60


def test_the_addresses_of_one_network_are_no_new_tries(client):
    found = [
        client.get(SEARCH, REMOTE_ADDR=f"2001:db8:7:1::{number:x}").status_code
        for number in range(11)
    ]
    assert found == [200] * 10 + [429]
    assert client.get(SEARCH, REMOTE_ADDR="2001:db8:7:2::1").status_code == 200


def test_a_forwarded_address_gives_no_new_tries(client):
    found = [
        client.get(
            SEARCH,
            headers={
                "x-forwarded-for": f"198.51.100.{number}",
                "x-real-ip": f"198.51.100.{number}",
                "forwarded": f"for=198.51.100.{number}",
                "x-client-ip": f"198.51.100.{number}",
            },
        ).status_code
        for number in range(11)
    ]
    assert found[-1] == 429


def test_behind_our_proxy_only_its_word_counts(client, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    found = [
        client.get(
            SEARCH, headers={"x-forwarded-for": f"198.51.100.{number}, 203.0.113.7"}
        ).status_code
        for number in range(11)
    ]
    assert found[-1] == 429
    other = client.get(SEARCH, headers={"x-forwarded-for": "203.0.113.7, 203.0.113.8"})
    assert other.status_code == 200


def test_one_address_locks_nobody_else_out(client):
    statuses(client, 12)
    assert statuses(Client(REMOTE_ADDR="203.0.113.9"), 1) == [200]


def test_a_person_is_limited_wherever_they_are(client, ann, zoe):
    client.force_login(ann)
    assert statuses(client, 4)[-1] == 429
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    elsewhere.force_login(ann)
    assert statuses(elsewhere, 1) == [429]
    other = Client(REMOTE_ADDR="203.0.113.10")
    other.force_login(zoe)
    assert statuses(other, 1) == [200]


def test_a_new_span_begins_anew(client):
    assert statuses(client, 11)[-1] == 429
    forget_tallies(at=timezone.now() + timedelta(minutes=2))
    assert not Tally.objects.exists()
    assert statuses(client, 1) == [200]


def test_a_form_comes_back_with_what_was_typed(client, settings):
    form = {"reference": "ABC-<b>123</b>", "password": "hunter2", "birth_date": "1986"}
    answers = [client.post(FIND, form) for _ in range(2)]
    assert answers[-1].status_code == 429
    page = answers[-1].content.decode()
    assert "What you typed is still here" in page
    assert "ABC-&lt;b&gt;123&lt;/b&gt;" in page
    assert "hunter2" not in page
    assert 'action="/book/find/"' in page


def test_a_script_gets_a_sentence(client):
    statuses(client, 10)
    answer = client.get(SEARCH, headers={"hx-request": "true"})
    assert (answer.status_code, answer["Content-Type"]) == (429, "text/plain")


def test_the_table_of_tallies_names_nobody(client, ann):
    client.force_login(ann)
    statuses(client, 1)
    rows = str(list(Tally.objects.values()))
    assert "127.0.0.1" not in rows
    assert f"person:{ann.pk}" not in rows


def test_every_view_in_the_table_exists():
    known = set()

    def walk(patterns, space):
        for one in patterns:
            if hasattr(one, "url_patterns"):
                inner = f"{space}{one.namespace}:" if one.namespace else space
                walk(one.url_patterns, inner)
            elif one.name:
                known.add(space + one.name)

    walk(get_resolver().url_patterns, "")
    for limit in LIMITS:
        for view in limit.views:
            # Only there where a provider of mail is set.
            if view == "anymail:*":
                continue
            start = view.rstrip("*")
            assert any(
                one == view or (view.endswith("*") and one.startswith(start))
                for one in known
            ), view
