"""Hand-written SQL runs on Django's own connection, seen by all that looks at it."""

import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Place
from foundation.sql import fetch

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


def test_its_errors_are_djangos():
    with pytest.raises(DataError), transaction.atomic():
        fetch("SELECT 1 / %(n)s::bigint", {"n": 0})
