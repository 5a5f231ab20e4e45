"""Making backups: what is in them, what is refused, what is taken away."""

import json
import subprocess
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.core.files.storage import storages
from django.core.management import call_command
from django.core.management.base import CommandError

from audit.entries.models import Entry
from foundation.encryption.keyring import new_key
from portal.backups import BackupRefused, database, files, making
from portal.backups.archive import Member, read_archive, read_whole
from portal.backups.facts import counts
from portal.backups.making import make_backup
from tests.servers import database_url

pytestmark = pytest.mark.django_db(transaction=True)

AT = datetime(2026, 3, 1, 2, tzinfo=UTC)


def opened(path):
    """Every member's bytes by name."""
    return {one.name: b"".join(one.chunks) for one in read_archive(path)}


def test_a_backup_shows_nothing_to_whoever_finds_it(backup):
    content = backup.read_bytes()
    inside = b"".join(name.encode() + one for name, one in opened(backup).items())
    for words in (b"clinic.png", b"PGDMP", b"documents/", b"taggit_tag"):
        assert words in inside
        assert words not in content
    assert backup.stat().st_mode & 0o777 == 0o600
    assert backup.parent.stat().st_mode & 0o777 == 0o700


def test_no_key_that_opens_records_is_in_it_but_their_ids_are(backup, settings):
    inside = b"".join(opened(backup).values())
    for entry in settings.ENCRYPTION_KEYS.split(","):
        assert entry.partition(":")[2].encode() not in inside
    assert read_whole(backup)["keys"] == ["tests"]


def test_files_are_packed_as_sealed_as_they_lie(clinic, backup):
    lying = {
        f"clinical/{path.relative_to(clinic)}": path.read_bytes()
        for path in clinic.rglob("*")
        if path.is_file()
    }
    assert len([name for name in lying if name.endswith(".key")]) == 6
    packed = opened(backup)
    assert {k: v for k, v in packed.items() if k.startswith("clinical/")} == lying


def test_the_manifest_says_what_there_was(clinic, backup):
    manifest = json.loads(opened(backup)["manifest.json"])
    assert manifest["tables"]["records_document"] == 6
    assert manifest["tables"]["accounts_patient"] == counts()["accounts_patient"]
    assert [k.split()[0] for k in manifest["money"]] == ["payments", "refunds"]
    assert manifest["head"]["position"] > 0
    assert set(manifest["sections"]) == {"database", "clinical", "media"}


def test_the_dump_and_the_counts_are_of_one_moment(clinic):
    """Somebody is added between them."""
    late = "INSERT INTO taggit_tag (name, slug) VALUES ('too-late', 'too-late')"
    with making._one_moment() as snapshot:
        with psycopg.connect(database_url()) as link:
            link.execute(late)
        packed = b"".join(b"".join(one.chunks) for one in database.dump(snapshot))
        before = counts()["taggit_tag"]
    assert counts()["taggit_tag"] == before + 1
    assert b"too-late" not in plain(packed, "taggit_tag")
    with making._one_moment() as snapshot:
        packed = b"".join(b"".join(one.chunks) for one in database.dump(snapshot))
    assert b"too-late" in plain(packed, "taggit_tag")


def test_sessions_are_not_in_a_backup(clinic, client, ann):
    client.force_login(ann)
    with making._one_moment() as snapshot:
        packed = b"".join(b"".join(one.chunks) for one in database.dump(snapshot))
    assert b"\nCOPY public.accounts_user " in plain(packed, "accounts_user")
    assert b"COPY" not in plain(packed, "accounts_session")


def plain(packed, table):
    """The rows of one table in a dump, as text."""
    done = subprocess.run(
        [
            str(database.program("pg_restore")),
            *("--data-only", f"--table={table}", "--file=-"),
        ],
        input=packed,
        capture_output=True,
        check=True,
    )
    return done.stdout


def test_a_key_that_moves_while_files_are_packed_is_not_lost(clinic, settings):
    packing = files.pack("clinical")
    first = next(packing)
    b"".join(first.chunks)
    # The keys are rotated now: those that were listed are gone.
    settings.ENCRYPTION_KEYS = f"new:{new_key()},{settings.ENCRYPTION_KEYS}"
    storage = storages["clinical"]
    for name in list(storage.stale()):
        storage.rewrap(name)
    names = {first.name}
    for member in packing:
        names.add(member.name)
        b"".join(member.chunks)
    documents = {name for name in names if not name.endswith(".key")}
    assert len(documents) == 6
    assert all(f"{name}.new.key" in names for name in documents)


def test_the_newest_are_kept_and_nothing_of_others_is_touched(clinic, tmp_path):
    folder = tmp_path / "shelf"
    folder.mkdir()
    (folder / "medconsult-notes.txt").write_text("mine")
    made = [
        make_backup(folder=folder, keep=2, at=AT + timedelta(days=day))
        for day in range(4)
    ]
    assert [one.name for one in made[3].removed] == [
        "medconsult-20260302T020000Z.backup"
    ]
    assert sorted(one.name for one in folder.iterdir()) == [
        "lock",
        "medconsult-20260303T020000Z.backup",
        "medconsult-20260304T020000Z.backup",
        "medconsult-notes.txt",
    ]


def test_a_backup_that_fails_leaves_the_older_ones_and_no_half(
    clinic, tmp_path, monkeypatch
):
    folder = tmp_path / "shelf"
    kept = make_backup(folder=folder, keep=1, at=AT).path
    # What a killed one left behind goes too.
    (folder / "medconsult-20260101T000000Z.backup.half").write_bytes(b"half")
    # A file that gives less than it promised.
    torn = Member("media/torn", 10, [b"short"])
    monkeypatch.setattr(files, "pack", lambda folder: iter([torn]))
    with pytest.raises(BackupRefused, match="changed while it was read"):
        make_backup(folder=folder, keep=1, at=AT + timedelta(days=1))
    assert sorted(one.name for one in folder.iterdir()) == ["lock", kept.name]


def test_two_backups_at_once_do_not_meet(clinic, tmp_path):
    folder = tmp_path / "shelf"
    folder.mkdir()
    with making._alone(folder), pytest.raises(BackupRefused, match="Another backup"):
        make_backup(folder=folder, keep=None, at=AT)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("", "BACKUP_KEY is not set"),
        ("short:AAAA", "BACKUP_KEY: the key 'short' is not base64 of 32 bytes"),
        ("of records", "a key of its own"),
    ],
)
def test_there_is_no_backup_without_a_key_of_its_own(key, words, clinic, settings):
    twin = settings.ENCRYPTION_KEYS.split(",")[0].partition(":")[2]
    settings.BACKUP_KEY = f"twin:{twin}" if key == "of records" else key
    with pytest.raises(CommandError, match=words):
        call_command("backup")
    assert not list(settings.BACKUP_ROOT.glob("*.backup*"))


def test_an_older_backup_opens_while_its_key_is_still_listed(backup, settings):
    settings.BACKUP_KEY = f"next:{new_key()},{settings.BACKUP_KEY}"
    assert read_whole(backup)["keys"] == ["tests"]


def test_the_access_log_says_that_a_copy_was_made(backup):
    entry = Entry.objects.get(verb="backup.made")
    assert (entry.action, entry.actor) == ("EXPORT", None)
    assert entry.detail["name"] == backup.name
