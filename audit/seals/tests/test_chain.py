"""Whatever is done to the log behind its back, the check names it."""

import contextlib
import io
import json
import logging
import re
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from audit.models import Entry, Seal
from audit.seals.queries import (
    COLUMNS,
    Break,
    current_head,
    exported_heads,
    head_storage,
    newest_head,
    verify,
)
from audit.seals.services import check_log, export_head, make_coming_months
from foundation.errors import Refused
from tests.jobs import queued_jobs


def alerts():
    return [
        arguments
        for path, arguments in queued_jobs()
        if path == "portal.reactions.alert_administrators"
    ]


def never(act):
    """An act in a transaction that is rolled back."""
    with contextlib.suppress(Refused), transaction.atomic():
        act("test.never")
        raise Refused


def link_of(entry_id):
    return Seal.objects.get(entries__contains=[entry_id]).position


def test_each_transaction_seals_its_entries(log):
    report = verify()
    assert report.breaks == []
    assert (report.links, report.entries) == (5, 5)
    assert [seal.entries for seal in Seal.objects.order_by("position")] == [
        [entry_id] for entry_id in log
    ]


def test_what_is_rolled_back_leaves_no_link(act, log):
    never(act)
    assert verify().links == 5
    assert not Entry.objects.filter(verb="test.never").exists()


def test_a_savepoint_that_is_rolled_back_leaves_none_either(act, log):
    with transaction.atomic():
        act("test.kept")
        never(act)
    report = verify()
    assert (report.breaks, report.links, report.entries) == ([], 6, 6)


def test_every_kind_of_value_is_digested_alike_here_and_there(act, ann, dr_lee):
    act(
        "test.odd",
        detail={
            "quote": 'a"\\b',
            "letters": "äöü 漢字 \u2028 é",
            "none": None,
            "n": -7,
        },
        purpose="EMERGENCY",
    )
    assert verify().breaks == []


def test_a_changed_entry_is_named(log, as_owner):
    as_owner("UPDATE audit_entry SET patient_id = -1 WHERE id = %s", log[2])
    assert verify().breaks == [Break("CHANGED", link_of(log[2]), log[2])]


@pytest.mark.parametrize(
    "change",
    [
        "at = at - interval '1 second'",
        "at = at - interval '90 days'",
        "actor_id = -7",
        "role = 'NURSE'",
        "on_behalf_of_id = -7",
        "verb = 'test.other'",
        "action = 'VIEW'",
        "category = 'PAYMENTS'",
        "subject_type = 'x.y'",
        "subject_id = -7",
        "purpose = 'EMERGENCY'",
        "outcome = 'FAILED'",
        "address = '203.0.113.9'",
        "agent = 'Firefox'",
        "request_id = 'x'",
        "session_ref = 'x'",
        "view = 'x'",
        "detail = '{\"a\": 1}'",
    ],
)
def test_no_column_can_be_changed_unseen(log, as_owner, change):
    as_owner(f"UPDATE audit_entry SET {change} WHERE id = %s", log[1])  # noqa: S608
    assert verify().breaks == [Break("CHANGED", link_of(log[1]), log[1])]


def test_the_columns_that_are_digested_are_all_there_are():
    text = re.sub(r"[^a-z_]+", " ", COLUMNS).split()
    assert {field.column for field in Entry._meta.fields} <= set(text)


def test_a_deleted_entry_is_named(log, as_owner):
    link = link_of(log[2])
    as_owner("DELETE FROM audit_entry WHERE id = %s", log[2])
    assert verify().breaks == [Break("DELETED", link, log[2])]


def test_an_inserted_entry_is_named(log, as_owner):
    as_owner("INSERT INTO audit_entry (id, verb) VALUES (900001, 'test.forged')")
    assert verify().breaks == [Break("INSERTED", 0, 900001)]


def test_a_doubled_entry_is_named(log, as_owner):
    as_owner(
        "INSERT INTO audit_entry (id, at, verb)"
        " SELECT id, at + interval '1 second', verb FROM audit_entry WHERE id = %s",
        log[3],
    )
    assert verify().breaks == [Break("TWICE", 0, log[3])]


def test_two_entries_that_changed_places_are_named(log, as_owner):
    as_owner(
        "UPDATE audit_entry SET verb ="
        " CASE id WHEN %s THEN 'test.act3' ELSE 'test.act1' END WHERE id IN (%s, %s)",
        log[1],
        log[1],
        log[3],
    )
    named = {found.entry_id for found in verify().breaks}
    assert named == {log[1], log[3]}


def test_two_links_that_changed_places_are_named(log, as_owner):
    one, other = link_of(log[1]), link_of(log[3])
    as_owner("UPDATE audit_seal SET position = -1 WHERE position = %s", one)
    as_owner("UPDATE audit_seal SET position = %s WHERE position = %s", one, other)
    as_owner("UPDATE audit_seal SET position = %s WHERE position = -1", other)
    assert verify().breaks[0] == Break("LINK", one)


def test_a_link_that_is_gone_is_named(log, as_owner):
    link = link_of(log[2])
    as_owner("DELETE FROM audit_seal WHERE position = %s", link)
    found = verify().breaks
    assert Break("MISSING", link) in found
    assert Break("INSERTED", 0, log[2]) in found


def test_an_entry_resealed_by_hand_is_named(log, as_owner):
    """Whoever changes an entry and its digest breaks the link."""
    link = link_of(log[2])
    as_owner("UPDATE audit_entry SET verb = 'test.forged' WHERE id = %s", log[2])
    as_owner("UPDATE audit_seal SET digests = sha256('x') WHERE position = %s", link)
    assert Break("LINK", link) in verify().breaks


def test_a_tail_that_is_cut_off_shows_beside_the_exported_head(log, as_owner):
    head = export_head(at=timezone.now())
    as_owner("DELETE FROM audit_entry WHERE id = ANY(%s)", log[3:])
    as_owner("DELETE FROM audit_seal WHERE position > %s", link_of(log[2]))
    assert verify().breaks == [Break("CUT", head.position)]


def test_a_copy_does_not_miss_the_links_that_came_after_it(log, as_owner):
    """A restored backup ends where it was made; what is in it must be whole."""
    export_head(at=timezone.now())
    last = link_of(log[2])
    as_owner("DELETE FROM audit_entry WHERE id = ANY(%s)", log[3:])
    as_owner("DELETE FROM audit_seal WHERE position > %s", last)
    assert verify(until=last).is_whole
    as_owner("UPDATE audit_entry SET verb = 'test.forged' WHERE id = %s", log[1])
    assert [one.kind for one in verify(until=last).breaks] == ["CHANGED"]


def rewrite(as_owner):
    """The chain anew, as somebody with every right would: consistent in itself."""
    as_owner("UPDATE audit_entry SET verb = 'test.forged'")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("CREATE TEMP TABLE kept ON COMMIT DROP AS TABLE audit_entry")
        cursor.execute("DELETE FROM audit_entry")
        cursor.execute("DELETE FROM audit_seal")
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute("SELECT id FROM kept ORDER BY id")
        for (entry_id,) in cursor.fetchall():
            cursor.execute(
                "INSERT INTO audit_entry SELECT * FROM kept WHERE id = %s", [entry_id]
            )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_chain_that_is_written_anew_shows_beside_the_exported_head(log, as_owner):
    rewrite(as_owner)
    assert verify().breaks == []
    head = export_head(at=timezone.now())
    as_owner("UPDATE audit_entry SET role = 'X'")
    rewrite(as_owner)
    assert verify().breaks == [Break("REWRITTEN", head.position)]
    assert verify(since=head).breaks == [Break("REWRITTEN", head.position)]


def test_a_forged_head_is_named(log):
    export_head(at=timezone.now())
    storage = head_storage()
    month = storage.listdir("")[0][0]
    name = f"{month}/{storage.listdir(month)[1][0]}"
    body = json.loads(storage.open(name).read())
    storage.delete(name)
    body["hash"] = "00" * 32
    storage.save(name, ContentFile(json.dumps(body).encode()))
    assert [found.kind for found in verify().breaks] == ["FORGED"]


def test_heads_are_exported_once_each_and_signed(log, act, settings):
    at = timezone.now()
    head = export_head(at=at)
    assert head == current_head() == newest_head()
    assert export_head(at=at) is None
    act()
    assert export_head(at=at).position == head.position + 1
    assert [is_ours for _, is_ours in exported_heads()] == [True, True]
    settings.AUDIT_SIGNING_KEYS = ["new", *settings.AUDIT_SIGNING_KEYS]
    assert verify().breaks == []
    settings.AUDIT_SIGNING_KEYS = ["new"]
    assert {found.kind for found in verify().breaks} == {"FORGED"}


def test_no_head_is_exported_over_a_break(log, act, as_owner, caplog):
    export_head(at=timezone.now())
    act()
    entry = act("test.later")
    as_owner("DELETE FROM audit_entry WHERE id = %s", entry.pk)
    with caplog.at_level(logging.ERROR):
        assert export_head(at=timezone.now()) is None
    assert f"entry {entry.pk}" in caplog.text


def test_checking_from_a_head_on_sees_what_came_after(log, act, as_owner):
    head = export_head(at=timezone.now())
    later = act("test.later").pk
    report = verify(since=head)
    assert (report.links, report.entries, report.breaks) == (1, 1, [])
    as_owner("UPDATE audit_entry SET role = 'X' WHERE id = %s", later)
    assert verify(since=head).breaks == [Break("CHANGED", link_of(later), later)]


def test_the_nightly_check_tells_of_a_break(log, as_owner, caplog):
    assert check_log(at=timezone.now()).is_whole
    assert alerts() == []
    as_owner("UPDATE audit_entry SET role = 'X' WHERE id = %s", log[0])
    with caplog.at_level(logging.ERROR):
        check_log(at=timezone.now())
    assert f"entry {log[0]}" in caplog.text
    kept = Entry.objects.filter(verb="access_log.verified").order_by("pk")
    assert [entry.detail["breaks"] for entry in kept] == [0, 1]
    assert alerts() == [{"link_id": link_of(log[0])}]


def test_the_command_says_so_and_fails(log, as_owner):
    out = io.StringIO()
    call_command("verify_audit", stdout=out)
    assert "The log is whole" in out.getvalue()
    as_owner("UPDATE audit_entry SET role = 'X' WHERE id = %s", log[4])
    with pytest.raises(CommandError, match=f"entry {log[4]}"):
        call_command("verify_audit", stdout=out, stderr=io.StringIO())


def test_pages_of_links_are_followed(log, act, monkeypatch):
    monkeypatch.setattr("audit.seals.queries.checking.PAGE", 2)
    assert verify().links == 5


def test_coming_months_have_partitions(transactional_db):
    make_coming_months()
    assert make_coming_months() == []
    last = timezone.now().date().replace(day=1) + timedelta(days=366)
    name = f"audit_entry_{last:%Y_%m}"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {name}")
    assert make_coming_months() == [name]
