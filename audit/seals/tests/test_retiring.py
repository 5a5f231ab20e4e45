"""Months that are kept no longer go; the chain does not break over it."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from audit.models import Entry
from audit.seals.queries import RETIRED, Break, verify
from audit.seals.services import TooYoung, months_to_retire, retire_month

OLD = datetime(2018, 3, 9, tzinfo=UTC)
NAME = "audit_entry_2018_03"


@pytest.fixture
def old(log):
    """Three entries of March 2018, sealed like any other; their ids."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_make_month('2018-03-01')")
        cursor.execute(
            "INSERT INTO audit_entry (at, verb)"
            " SELECT %s, 'test.old' FROM generate_series(1, 3) RETURNING id",
            [OLD],
        )
        ids = [row[0] for row in cursor]
    yield ids
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"DROP TABLE IF EXISTS {NAME}")


def test_old_months_are_named_before_anything_happens(old, counted):
    before = counted()
    out = io.StringIO()
    call_command("retire_audit", stdout=out)
    assert f"{NAME}: 3 entries, would go" in out.getvalue()
    assert counted() == before


def test_a_retired_month_leaves_its_seals(old):
    call_command("retire_audit", "--yes", stdout=io.StringIO())
    assert not Entry.objects.filter(verb="test.old").exists()
    entry = Entry.objects.get(verb=RETIRED)
    assert entry.detail == {
        "month": "2018-03",
        "first_id": old[0],
        "last_id": old[-1],
        "entries": 3,
    }
    assert verify().breaks == []
    assert months_to_retire(at=timezone.now()) == []


def test_what_is_deleted_is_not_taken_for_retired(old, log, as_owner):
    retire_month(name=NAME, at=timezone.now())
    as_owner("DELETE FROM audit_entry WHERE id = %s", log[0])
    assert [found.entry_id for found in verify().breaks] == [log[0]]


def test_a_false_retirement_is_an_entry_like_any_other(old, log, as_owner):
    """Whoever deletes and forges the entry that would explain it is seen by that."""
    as_owner("DELETE FROM audit_entry WHERE id = %s", log[0])
    as_owner(
        "INSERT INTO audit_entry (id, verb, detail) VALUES (900009, %s, %s::jsonb)",
        RETIRED,
        f'{{"first_id": {log[0]}, "last_id": {log[0]}, "entries": 1}}',
    )
    assert verify().breaks == [Break("INSERTED", 0, 900009)]


def test_nothing_younger_than_the_law_asks_for_goes(old, settings):
    settings.AUDIT_KEEP_YEARS = 5
    with pytest.raises(TooYoung):
        months_to_retire(at=timezone.now())
    with pytest.raises(CommandError, match="six years"):
        call_command("retire_audit", "--yes", stdout=io.StringIO())
    settings.AUDIT_KEEP_YEARS = 6
    with pytest.raises(TooYoung):
        retire_month(name=NAME, at=OLD + timedelta(days=5 * 365))
