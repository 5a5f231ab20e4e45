"""Hand-written SQL runs on Django's own connection, seen by all that looks at it."""

import psycopg
import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Place
from foundation.sql import fetch
from tests.servers import database_url

pytestmark = pytest.mark.django_db

STATEMENT = "SELECT name, %(n)s::bigint FROM accounts_place WHERE name = %(name)s"


def test_it_sees_what_the_transaction_wrote():
    Place.objects.create(name="Canal; DROP TABLE accounts_place --")
    name = "Canal; DROP TABLE accounts_place --"
    for n in range(5):
        assert fetch(STATEMENT, {"name": name, "n": n}) == [(name, n)]


def test_every_run_is_in_the_query_log_with_its_text():
    with CaptureQueriesContext(connection) as queries:
        for n in range(4):
            fetch(STATEMENT, {"name": "", "n": n})
    assert [query["sql"] for query in queries] == [STATEMENT] * 4


def begin_request():
    connection.health_check_enabled, connection.health_check_done = True, False


def test_a_connection_that_stands_is_not_asked_whether_it_does(monkeypatch):
    def ask():
        raise AssertionError

    fetch(STATEMENT, {"name": "", "n": 1})
    monkeypatch.setattr(connection, "is_usable", ask)
    begin_request()
    fetch(STATEMENT, {"name": "", "n": 1})
    # Nor by Django, for the rest of the request.
    assert not Place.objects.filter(name="").exists()


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_cut_between_requests_is_replaced():
    fetch(STATEMENT, {"name": "", "n": 1})
    cut = connection.connection.info.backend_pid
    with psycopg.connect(database_url(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [cut])
    begin_request()
    assert fetch("SELECT %(n)s::bigint", {"n": 1}) == [(1,)]
    assert connection.connection.info.backend_pid != cut


def test_its_errors_are_djangos():
    with pytest.raises(DataError), transaction.atomic():
        fetch("SELECT 1 / %(n)s::bigint", {"n": 0})
