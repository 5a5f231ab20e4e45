import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.db import OperationalError, connection

from portal.sessions import SessionStore

pytestmark = pytest.mark.django_db


@pytest.fixture
def session():
    store = SessionStore()
    store["draft"] = "first"
    store.save()
    return store


def test_a_session_is_kept(session):
    session["draft"] = "second"
    session.save()
    assert SessionStore(session.session_key)["draft"] == "second"


def test_a_database_that_is_away_is_our_fault_not_the_visitors(session):
    def away(execute, query, params, many, context):
        raise OperationalError("the connection is closed")

    session["draft"] = "second"
    with connection.execute_wrapper(away), pytest.raises(OperationalError):
        session.save()


def test_a_session_that_ended_meanwhile_is_still_told_apart(session):
    SessionStore(session.session_key).delete()
    session["draft"] = "second"
    with pytest.raises(UpdateError):
        session.save()
