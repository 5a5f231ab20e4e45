"""The drill: a whole clinic into one file, and out of it on another database."""

import hashlib
import os
import re

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from foundation.encryption.keyring import new_key
from foundation.encryption.storage import EncryptedStorage
from portal.backups import BackupRefused
from portal.backups.archive import read_whole
from portal.backups.tests.conftest import PICTURE
from records.models import Document
from tests.template_database import url

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def here(question):
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchall()


def test_a_restored_clinic_is_the_one_that_was_packed(
    signed_in, let_in, clinic, backup, elsewhere, everything
):
    written_after = here("SELECT id FROM audit_entry WHERE verb = 'backup.made'")
    assert len(written_after) == 1
    done = elsewhere.restore(backup)

    assert done.returncode == 0, done.stderr
    # Without asking our own manifest: row by row, here and there. The act of backing up
    # was logged after it, and that of restoring after that.
    own = "SELECT id FROM audit_entry WHERE verb IN ('backup.made', 'backup.restored')"
    without = everything.replace(
        "FROM audit_entry t", f"FROM audit_entry t WHERE t.id NOT IN ({own})"
    ).replace("FROM audit_seal t", "FROM audit_seal t WHERE t.entries[1] NOT IN "
              f"({own})")  # fmt: skip
    rows = here(without)
    assert None not in rows[0]
    assert elsewhere.ask(without) == rows
    storage = EncryptedStorage(
        "django.core.files.storage.FileSystemStorage",
        {"location": str(elsewhere.folder / "clinical")},
    )
    documents = Document.objects.all()
    assert len(documents) == 6
    for document in documents:
        with storage.open(document.file.name) as file:
            assert hashlib.sha256(file.read()).hexdigest() == document.sha256
    picture = elsewhere.folder / "media" / "original_images" / "clinic.png"
    assert picture.read_bytes() == PICTURE
    # What it says that it checked.
    for words in (
        "tables as packed",
        "kinds of money as packed",
        "the access log ends where it ended",
        "unbroken",
        "6 of 6 documents, taken at random, open",
    ):
        assert words in done.stdout
    assert re.search(r"([1-9]\d?) of \1 sealed fields", done.stdout)
    assert "✗" not in done.stdout
    # No session lives on, and the programs' roles have their grants.
    assert here("SELECT count(*) FROM accounts_session") != [(0,)]
    assert elsewhere.ask("SELECT count(*) FROM accounts_session") == [(0,)]
    # Nor does what was let in: it may have been ended since.
    assert here("SELECT count(*) FROM accounts_refreshtoken") != [(0,)]
    assert elsewhere.ask("SELECT count(*) FROM accounts_refreshtoken") == [(0,)]
    open_ = "SELECT count(*) FROM accounts_authorisation WHERE ended_because = ''"
    assert (here(open_), elsewhere.ask(open_)) == ([(1,)], [(0,)])
    allowed = "SELECT has_any_column_privilege('medconsult_{}', 'audit_entry', '{}')"
    assert elsewhere.ask(allowed.format("web", "INSERT")) == [(True,)]
    assert elsewhere.ask(allowed.format("web", "UPDATE")) == [(False,)]
    assert elsewhere.ask(allowed.format("cms", "SELECT")) == [(False,)]
    # The log goes on from there, still guarded.
    with pytest.raises(psycopg.Error), psycopg.connect(url(elsewhere.name)) as link:
        link.execute("UPDATE audit_entry SET verb = 'x'")
    verbs = "SELECT verb FROM audit_entry ORDER BY id DESC LIMIT 1"
    assert elsewhere.ask(verbs) == [("backup.restored",)]


def flipped(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    return bytes(content)


def without_last_piece(path):
    """Cut between two pieces, where nothing looks torn."""
    content = path.read_bytes()
    head = content.index(b"\n") + 1
    sealed = 256 * 1024 + 16
    return content[: head + (len(content) - head) // sealed * sealed]


SPOILED = {
    "one bit was changed": (flipped, "changed or cut short"),
    "its end is missing": (lambda p: p.read_bytes()[:-100], "changed or cut short"),
    "its last piece is missing": (without_last_piece, "changed or cut short"),
    "it is only a head": (
        lambda p: p.read_bytes().split(b"\n")[0] + b"\n",
        "changed or cut short",
    ),
    "it is something else": (lambda p: os.urandom(5000), "is not a backup"),
    "it is empty": (lambda p: b"", "is not a backup"),
}


def test_every_spoiled_backup_is_refused(backup):
    whole = backup.read_bytes()
    for how, (spoil, words) in SPOILED.items():
        backup.write_bytes(whole)
        backup.write_bytes(spoil(backup))
        with pytest.raises(BackupRefused) as refusal:
            read_whole(backup)
        assert words in str(refusal.value), how
    backup.write_bytes(whole)
    assert read_whole(backup)["tables"]["records_document"] == 6


def test_a_spoiled_backup_is_refused_before_anything_is_written(backup, elsewhere):
    backup.write_bytes(flipped(backup))
    done = elsewhere.restore(backup)
    assert done.returncode == 1
    assert "changed or cut short" in done.stderr
    assert "Traceback" not in done.stderr
    assert elsewhere.is_untouched()


def test_another_key_opens_nothing(backup, elsewhere, settings):
    settings.BACKUP_KEY = f"other:{new_key()}"
    with pytest.raises(BackupRefused, match="key 'backups', which is not in"):
        read_whole(backup)
    done = elsewhere.restore(backup, BACKUP_KEY=f"backups:{new_key()}")
    assert done.returncode == 1
    assert "does not open this backup: it is another key" in done.stderr
    assert elsewhere.is_untouched()


def test_only_an_empty_database_is_filled(backup, elsewhere):
    with psycopg.connect(url(elsewhere.name)) as link:
        link.execute("CREATE TABLE somebody (name text)")
        link.execute("INSERT INTO somebody VALUES ('here')")
    done = elsewhere.restore(backup)
    assert done.returncode == 1
    assert "The database is not empty" in done.stderr
    assert elsewhere.ask("SELECT name FROM somebody") == [("here",)]
    assert elsewhere.is_untouched()


def test_files_that_are_there_are_not_mixed_with_others(backup, elsewhere):
    kept = elsewhere.folder / "clinical" / "documents" / "somebody's"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"sealed")
    done = elsewhere.restore(backup)
    assert done.returncode == 1
    assert "There are clinical files already" in done.stderr
    assert kept.read_bytes() == b"sealed"


def test_a_file_can_be_looked_at_without_restoring_it(backup, capsys):
    # Here, where everything is full: nothing is written, so nothing is in the way.
    call_command("restore", str(backup), "--check")
    assert "is whole" in capsys.readouterr().out
    backup.write_bytes(flipped(backup))
    with pytest.raises(CommandError, match="changed or cut short"):
        call_command("restore", str(backup), "--check")
