"""A database that is away: nobody is told that they did something wrong, nobody that
nothing was done, and everybody when to come again."""

import http.client
import json
import uuid
from contextlib import closing

import psycopg
import pytest
from django.db import (
    DataError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
    connection,
    transaction,
)
from django.test import AsyncClient, Client

from booking.models import Draft
from portal.errors import RETRY_SECONDS, is_outage
from portal.promises import HEADERS
from tests.asyncs import in_own_thread
from tests.cms import CmsClient, open_cms
from tests.factories.gate import gate
from tests.servers import database_socket, database_url, running_web

AWAY = OperationalError("the connection is closed")


def failing(error, *tables):
    """A statement about one of `tables` (any, where none is named) fails so."""

    def run(execute, query, params, many, context):
        if not tables or any(table in query for table in tables):
            raise error
        return execute(query, params, many, context)

    return connection.execute_wrapper(run)


@pytest.fixture
def browser(ann):
    browser = Client(raise_request_exception=False)
    browser.force_login(ann)
    return browser


def assert_is_outage(answer):
    assert answer.status_code == 503
    assert answer["Retry-After"] == str(RETRY_SECONDS)
    assert answer["Cache-Control"] == "private, no-store"
    assert {name: answer.get(name) for name in HEADERS} == HEADERS
    assert "default-src 'none'" in answer["Content-Security-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/portal/", "/search/?q=eye", "/nothing/here/"])
@pytest.mark.parametrize("error", [AWAY, InterfaceError("connection already closed")])
def test_every_page_says_when_to_come_again(browser, path, error):
    with failing(error):
        answer = browser.get(path)
    assert_is_outage(answer)
    assert "out of reach for a moment" in answer.text
    # The page itself asked nothing, and is whole.
    assert f'href="{path}"' in answer.text
    assert answer.text.rstrip().endswith("</html>")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "table",
    [
        # Where the session is loaded and saved, limits are counted, the log is written,
        # and a view asks.
        "accounts_session",
        "portal_tally",
        "audit_entry",
        "accounts_patient",
    ],
)
def test_wherever_it_is_noticed_a_form_is_never_called_wrong(browser, ann, table):
    sent = {"time_zone": "Europe/Paris", "note": "since Monday", "code": "123456"}
    with failing(AWAY, table):
        answer = browser.post("/portal/account/settings/", sent)
    assert answer.status_code == 503, table
    assert answer["Retry-After"] == str(RETRY_SECONDS)
    assert "may be that what you sent arrived" in answer.text
    assert "nothing was changed" not in answer.text.lower()
    # It can be sent again as it was, without what was secret.
    assert "since Monday" in answer.text
    assert "123456" not in answer.text


@pytest.mark.django_db
def test_programs_are_told_in_their_own_language(browser):
    with failing(AWAY):
        for answer in (
            browser.get("/api/me/"),
            browser.get("/portal/", headers={"accept": "application/json"}),
            browser.post(
                "/account/factor/passkey/", "{}", content_type="application/json"
            ),
        ):
            assert answer.status_code == 503
            assert answer["Retry-After"] == str(RETRY_SECONDS)
            assert answer["Content-Type"] == "application/problem+json"
            assert json.loads(answer.content)["status"] == 503


@pytest.mark.django_db
@pytest.mark.parametrize(
    "error", [IntegrityError("x"), ProgrammingError("x"), DataError("x"), KeyError("x")]
)
def test_what_is_our_mistake_stays_one(browser, error):
    with failing(error, "accounts_patient"):
        answer = browser.get("/portal/")
    assert answer.status_code == 500
    assert "Retry-After" not in answer


def test_what_the_driver_files_elsewhere_is_an_outage_too():
    def raised(cause):
        error = InternalError("cannot execute INSERT")
        error.__cause__ = cause
        return error

    assert is_outage(raised(psycopg.errors.ReadOnlySqlTransaction("read-only")))
    assert is_outage(raised(psycopg.errors.IdleInTransactionSessionTimeout("bye")))
    assert not is_outage(raised(psycopg.errors.InternalError_("broken")))
    assert not is_outage(None)


@pytest.mark.django_db
def test_within_a_transaction_the_first_error_is_what_counts():
    def within(execute, query, params, many, context):
        connection.needs_rollback, connection.rollback_exc = True, AWAY
        return execute(query, params, many, context)

    broken_off = pytest.raises(transaction.TransactionManagementError)
    with (
        transaction.atomic(),
        connection.execute_wrapper(within),
        broken_off as broken,
    ):
        Draft.objects.count()
    assert is_outage(broken.value)
    broken.value.__cause__ = IntegrityError("x")
    assert not is_outage(broken.value)


@pytest.mark.django_db
def test_the_cms_answers_so_too(editor):
    client = CmsClient(raise_request_exception=False)
    open_cms(client, editor)
    assert client.get("/cms/").status_code == 200
    with failing(AWAY, "wagtail"):
        answer = client.get("/cms/")
    assert answer.status_code == 503
    assert answer["Retry-After"] == str(RETRY_SECONDS)


@pytest.mark.django_db
def test_under_asgi_it_is_the_same(ann):
    client = AsyncClient(raise_request_exception=False)
    client.force_login(ann)
    with failing(AWAY):
        answer = in_own_thread(client.get, "/portal/")
        assert_is_outage(answer)
        assert_is_outage(in_own_thread(client.get, "/search/?q=eye"))


def ask(port, path, method="GET", body=None, **headers):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as link:
        link.request(method, path, body, {"Host": "localhost", **headers})
        answer = link.getresponse()
        return answer.status, answer.headers, answer.read().decode()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_real_database_goes_away_and_comes_back():
    with gate(database_socket()) as way:
        way.open()
        url = database_url(host="127.0.0.1", port=way.port)
        with running_web(DATABASE_URL=url) as port:
            assert ask(port, "/account/sign-in/")[0] == 200
            # Some connections are cut in use, later ones are refused.
            way.shut()
            for _ in range(4):
                status, headers, words = ask(port, "/")
                assert (status, headers["Retry-After"]) == (503, str(RETRY_SECONDS))
                assert "out of reach for a moment" in words
            token = str(uuid.uuid4())
            status, headers, words = ask(port, f"/api/visits/{token}/")
            assert status == 503
            assert json.loads(words)["status"] == 503
            assert ask(port, "/healthz")[0] == 200
            assert ask(port, "/readyz")[0] == 503
            way.open()
            # Each process has a connection of its own, some of them cut.
            for _ in range(4):
                assert ask(port, "/account/sign-in/")[0] == 200
            # Cut while nobody asks, as by a database that starts anew: nobody sees it.
            way.shut()
            way.open()
            for _ in range(4):
                assert ask(port, "/account/sign-in/")[0] == 200
