import pytest
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.db import OperationalError, connection

from accounts.models import Session
from foundation.encryption.keyring import new_key
from portal.sessions import SessionStore, sealed

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


def test_a_key_has_more_than_128_bits(session):
    assert len(session.session_key) == 32
    assert session.session_key.isalnum()
    assert 36**32 > 2**128


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


def test_another_process_sees_the_same_session(session):
    other = SessionStore(session.session_key)
    other["draft"] = "from there"
    other.save()
    assert SessionStore(session.session_key)["draft"] == "from there"


def test_a_new_key_takes_everything_along(session):
    old = session.session_key
    session.cycle_key()
    assert session.session_key != old
    assert SessionStore(session.session_key)["draft"] == "first"
    assert SessionStore(old).get("draft") is None
    assert Session.objects.count() == 1


def test_the_table_shows_nothing_that_a_session_holds(session):
    session["draft"] = "chest pain since Monday"
    session.save()
    held = Session.objects.get().session_data
    assert "chest" in SessionStore().encode({"draft": "chest pain since Monday"})
    assert "chest" not in held
    assert held.startswith("mc1:")
    assert SessionStore(session.session_key)["draft"] == "chest pain since Monday"


def test_a_session_of_an_earlier_version_goes_on(session):
    row = Session.objects.get()
    signed = SessionBase.encode(
        SessionStore(), {"draft": "signed, as sessions used to be"}
    )
    row.session_data = sealed(signed, row.key_hash)
    row.save()
    store = SessionStore(session.session_key)
    assert store["draft"] == "signed, as sessions used to be"
    store.save()
    assert SessionStore(session.session_key)["draft"] == store["draft"]


def test_data_that_was_copied_to_another_session_opens_nothing(session):
    other = SessionStore()
    other["draft"] = "theirs"
    other.save()
    theirs = Session.objects.order_by("pk").last()
    Session.objects.exclude(pk=theirs.pk).update(session_data=theirs.session_data)
    assert SessionStore(session.session_key).get("draft") is None
    assert SessionStore(other.session_key)["draft"] == "theirs"


def test_a_key_that_was_retired_ends_sessions_and_breaks_nothing(session, settings):
    *_, index = settings.ENCRYPTION_KEYS.split(",")
    settings.ENCRYPTION_KEYS = f"next:{new_key()},{index}"
    store = SessionStore(session.session_key)
    assert store.get("draft") is None
    assert store.session_key is None
