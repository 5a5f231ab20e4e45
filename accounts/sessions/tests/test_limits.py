"""How long a session lasts, from outside: over HTTP, with a clock that we move."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Session
from accounts.sessions.models import Ended
from accounts.sessions.services import sweep_sessions
from portal.sessions import SessionStore, opened, sealed
from tests.second_factors import VerifiedClient

pytestmark = pytest.mark.django_db
STAFF_PAGE = "/clinic/desk/"
PATIENT_PAGE = "/portal/account/"
MINUTE = 60


def let_pass(seconds, *, started=True):
    """As if all of it had happened earlier."""
    by = timedelta(seconds=seconds)
    for row in Session.objects.exclude(user=None).filter(ended_because=""):
        data = SessionStore().decode(opened(row.session_data, row.key_hash))
        data["signed_in"]["at"] -= seconds if started else 0
        row.session_data = sealed(SessionStore().encode(data), row.key_hash)
        row.seen_at -= by
        if started:
            row.started_at -= by
        row.expires_at -= by
        row.save()


def signed_in(user):
    client = VerifiedClient()
    client.force_login(user)
    return client


def is_in(client, page=PATIENT_PAGE):
    return client.get(page).status_code == 200


@pytest.mark.parametrize(
    ("cast", "page", "minutes"), [("desk", STAFF_PAGE, 15), ("ann", PATIENT_PAGE, 30)]
)
def test_who_does_nothing_is_signed_out(request, cast, page, minutes):
    client = signed_in(request.getfixturevalue(cast))
    let_pass(minutes * MINUTE - 5)
    assert is_in(client, page)
    let_pass(minutes * MINUTE + 5)
    assert not is_in(client, page)


def test_what_is_over_stays_over(desk):
    client = signed_in(desk)
    let_pass(15 * MINUTE + 1)
    for _ in range(3):
        assert not is_in(client, STAFF_PAGE)


@pytest.mark.parametrize(
    ("cast", "page", "hours"), [("desk", STAFF_PAGE, 12), ("ann", PATIENT_PAGE, 24)]
)
def test_whatever_happens_a_session_ends(request, cast, page, hours):
    client = signed_in(request.getfixturevalue(cast))
    for _ in range(hours * 6 - 1):
        let_pass(10 * MINUTE)
        assert is_in(client, page)
    let_pass(10 * MINUTE + 1)
    assert not is_in(client, page)


SKIPS = [
    {"path": "?skip_session_timeout=1"},
    {"path": "?skip_timeout_reset=1&idle=0"},
    {"headers": {"x-skip-timeout": "1", "x-forwarded-for": "127.0.0.1"}},
    {"headers": {"hx-request": "true"}},
    {"headers": {"x-requested-with": "XMLHttpRequest"}},
    {"headers": {"upgrade": "websocket", "connection": "upgrade"}},
    {"method": "head"},
    {"method": "post"},
    {"method": "options"},
    {"method": "put"},
    {"method": "delete"},
]


@pytest.mark.parametrize("skip", SKIPS, ids=str)
def test_nothing_in_a_request_skips_the_limit(desk, skip):
    client = signed_in(desk)
    let_pass(15 * MINUTE + 1)
    send = getattr(client, skip.get("method", "get"))
    send(STAFF_PAGE + skip.get("path", ""), headers=skip.get("headers"))
    assert not is_in(client, STAFF_PAGE)
    assert "_auth_user_id" not in client.session


POLLS = [
    (STAFF_PAGE, {"hx-request": "true"}),
    (STAFF_PAGE, {"sec-fetch-mode": "cors"}),
    (STAFF_PAGE, {"sec-fetch-mode": "same-origin", "sec-fetch-dest": "empty"}),
    (STAFF_PAGE, {"sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}),
    (STAFF_PAGE, {"sec-purpose": "prefetch"}),
    (STAFF_PAGE, {"x-requested-with": "autosave"}),
    # It may say of itself what it likes.
    ("/account/session/", {}),
    ("/account/session/", {"sec-fetch-mode": "navigate"}),
    ("/account/session/?stay=1", {"sec-fetch-mode": "navigate"}),
    ("/search/suggestions/?q=skin", {"sec-fetch-mode": "navigate"}),
]


@pytest.mark.parametrize(("path", "headers"), POLLS, ids=str)
def test_what_pages_ask_for_by_themselves_extends_nothing(desk, path, headers):
    client = signed_in(desk)
    for _ in range(15):
        client.get(path, headers=headers)
        let_pass(MINUTE)
    assert not is_in(client, STAFF_PAGE)


def test_opening_pages_and_saying_so_extend_it(desk):
    client = signed_in(desk)
    for _ in range(4):
        let_pass(10 * MINUTE)
        assert is_in(client, STAFF_PAGE)
        let_pass(10 * MINUTE)
        assert client.post("/account/session/stay/").json()["left"] > 14 * MINUTE


def test_a_page_that_is_refused_extends_nothing(ann):
    client = signed_in(ann)
    for _ in range(2):
        let_pass(10 * MINUTE)
        assert client.get(STAFF_PAGE).status_code in {403, 404}
    let_pass(10 * MINUTE)
    assert not is_in(client)


def test_saying_so_without_a_session_starts_none(desk):
    client = signed_in(desk)
    let_pass(15 * MINUTE + 1)
    answer = client.post("/account/session/stay/")
    assert (answer.status_code, answer.json()["who"]) == (401, "")


def test_saying_so_takes_a_token(desk):
    client = VerifiedClient(enforce_csrf_checks=True)
    client.force_login(desk)
    assert client.post("/account/session/stay/").status_code == 403
    assert client.get("/account/session/stay/").status_code == 405


def test_a_patient_stays_signed_in_by_choice_until_the_absolute_limit(ann):
    client = signed_in(ann)
    client.post("/account/sessions/keep/", {"keep": "1"})
    let_pass(23 * 3600)
    assert is_in(client)
    let_pass(3600 + 1)
    assert not is_in(client)


def test_staff_cannot_choose(desk):
    client = signed_in(desk)
    client.post("/account/sessions/keep/", {"keep": "1"})
    let_pass(15 * MINUTE + 1)
    assert not is_in(client, STAFF_PAGE)


def test_the_browser_forgets_who_did_not_choose(ann):
    client = signed_in(ann)
    client.post("/account/sessions/keep/", {"keep": "0"})
    assert client.cookies["sessionid"]["max-age"] == ""
    client.post("/account/sessions/keep/", {"keep": "1"})
    assert 86_000 < client.cookies["sessionid"]["max-age"] <= 86_400


def test_shorter_limits_hold_for_sessions_that_last_already(desk, settings):
    client = signed_in(desk)
    let_pass(6)
    settings.SESSION_IDLE_SECONDS_STAFF = 5
    assert not is_in(client, STAFF_PAGE)


def test_clearing_up_empties_what_is_over_and_deletes_what_is_old(ann, desk):
    signed_in(ann)
    signed_in(desk)
    let_pass(20 * MINUTE)
    sweep_sessions(at=timezone.now())
    desks, anns = Session.objects.get(user=desk), Session.objects.get(user=ann)
    assert (desks.ended_because, desks.session_data) == (Ended.IDLE, "")
    assert (anns.ended_because, anns.session_data != "") == ("", True)
    assert sweep_sessions(at=timezone.now() + timedelta(days=3)) == 2
