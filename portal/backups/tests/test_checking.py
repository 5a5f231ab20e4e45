"""What the check after a restore finds: each damage, in a clinic that was whole."""

import pytest
from django.db import connection, transaction
from django.utils import timezone

from audit.entries.services import record
from audit.seals.services import export_head
from billing.models import Refund
from foundation.encryption.keyring import new_key
from portal.backups import BackupRefused
from portal.backups.checking import check
from portal.backups.facts import (
    facts,
    refuse_other_keys,
    refuse_other_version,
    surroundings,
)
from records.models import Document

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def manifest(clinic):
    return facts() | surroundings()


def run(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def wrong(manifest):
    return [one.words for one in check(manifest) if not one.is_good]


def test_a_clinic_that_is_whole_passes(manifest):
    found = list(check(manifest))
    assert all(one.is_good for one in found)
    assert any("6 of 6 documents" in one.words for one in found)
    sealed = next(one.words for one in found if "sealed fields" in one.words)
    assert not sealed.startswith("0 ")


def test_a_missing_row_is_found(manifest):
    run("DELETE FROM billing_refund")
    rows, sums = wrong(manifest)
    assert "billing_refund: 1 packed, 0 here" in rows
    assert "refunds" in sums


def test_money_that_is_another_sum_is_found(manifest):
    Refund.objects.update(amount=1)
    (words,) = wrong(manifest)
    assert "sums of 2 kinds of money as packed: 1 differ (refunds" in words


def test_a_document_with_another_content_is_found(manifest):
    run("UPDATE records_document SET sha256 = repeat('0', 64) WHERE id ="
        " (SELECT min(id) FROM records_document)")  # fmt: skip
    (words,) = wrong(manifest)
    assert "5 of 6 documents" in words


def test_a_document_without_its_key_is_found(manifest, clinic):
    next(clinic.rglob("*.key")).unlink()
    (words,) = wrong(manifest)
    assert "5 of 6 documents" in words
    assert "Unopened" in words


def test_a_field_that_was_moved_is_found(manifest):
    first, second = Document.objects.order_by("pk").values_list("pk", flat=True)[:2]
    run(
        "UPDATE records_document SET title = (SELECT title FROM records_document"
        " WHERE id = %s) WHERE id = %s", first, second,
    )  # fmt: skip
    # As many as are looked at, so that chance has no part in it.
    (words,) = wrong(manifest)
    assert f"records_document.title of row {second} does not open" in words


def test_a_log_that_ends_elsewhere_is_found(manifest):
    manifest["head"]["hash"] = "00" * 32
    assert wrong(manifest) == ["the access log ends where it ended"]


def test_heads_that_came_after_the_backup_tell_what_was_lost(manifest, ann):
    for _ in range(3):
        record(actor=None, verb="test.acted", subject=ann)
    assert export_head(at=timezone.now()) is not None
    # As the database was when the backup was made.
    last = manifest["head"]["position"]
    with transaction.atomic():
        run("SET LOCAL session_replication_role = replica")
        run("DELETE FROM audit_entry WHERE verb = 'test.acted'")
        run("DELETE FROM audit_seal WHERE position > %s", last)
    found = list(check(manifest))
    assert all(one.is_good for one in found)
    lost = "links that came after this backup and are not in it: 3"
    assert lost in [one.words for one in found]


def test_a_tampered_log_is_found_however_many_heads_came_later(manifest, ann):
    """Later heads must not take the places in the list of breaks."""
    for _ in range(25):
        record(actor=None, verb="test.acted", subject=ann)
        export_head(at=timezone.now())
    last = manifest["head"]["position"]
    with transaction.atomic():
        run("SET LOCAL session_replication_role = replica")
        run("DELETE FROM audit_entry WHERE verb = 'test.acted'")
        run("DELETE FROM audit_seal WHERE position > %s", last)
        # Behind the back of what seals.
        record(actor=None, verb="test.forged", subject=ann)
    rows, words = wrong(manifest)
    assert "audit_entry" in rows
    assert "was added without a seal" in words


def test_a_clinic_with_other_keys_is_told_before_anything_is_written(
    manifest, settings
):
    refuse_other_keys(manifest)
    index = settings.ENCRYPTION_KEYS.split(",")[1]
    settings.ENCRYPTION_KEYS = f"other:{new_key()},{index}"
    with pytest.raises(BackupRefused, match="ENCRYPTION_KEYS lacks tests"):
        refuse_other_keys(manifest)
    settings.ENCRYPTION_KEYS = f"tests:{new_key()},{index}"
    with pytest.raises(BackupRefused, match="other keys under the same names"):
        refuse_other_keys(manifest)


def test_another_version_is_told_before_anything_is_written(manifest):
    refuse_other_version(manifest)
    newer = manifest | {"migrations": [*manifest["migrations"], "booking.9999_later"]}
    with pytest.raises(BackupRefused, match="a newer version"):
        refuse_other_version(newer)
    older = manifest | {"migrations": manifest["migrations"][:-1]}
    with pytest.raises(BackupRefused, match="an older version"):
        refuse_other_version(older)
