"""A log with some acts in it, each committed by itself."""

import pytest
from django.db import connection, transaction

from audit.entries.services import record
from audit.models import Entry
from audit.seals.queries import head_storage
from tests.factories.accounts import PatientFactory


@pytest.fixture
def patient(transactional_db):
    _forget_heads()
    yield PatientFactory(last_name="Canary-Name")
    _forget_heads()


def _forget_heads():
    storage = head_storage()
    months, _ = storage.listdir("")
    for month in months:
        for name in storage.listdir(month)[1]:
            storage.delete(f"{month}/{name}")


@pytest.fixture
def act(patient):
    """act(verb): one committed entry about the patient."""

    def act(verb="test.acted", **fields):
        return record(actor=None, verb=verb, subject=patient, patient=patient, **fields)

    return act


@pytest.fixture
def log(act):
    """Five entries in five links; their ids."""
    return [act(f"test.act{number}").pk for number in range(5)]


@pytest.fixture
def as_owner():
    """as_owner(sql, *values): do what only a superuser of the database can: change
    the tables of the log with its guards switched off."""

    def run(sql, *values):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(sql, values)
            assert cursor.rowcount != 0, "nothing was tampered with"

    return run


@pytest.fixture
def counted():
    return Entry.objects.count
