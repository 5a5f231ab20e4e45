"""What migrations do to rows and files that were there before."""

from types import SimpleNamespace

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection

from foundation.encryption import sealing
from foundation.encryption.sealing import (
    Column,
    index_column,
    open_columns,
    open_files,
    seal_columns,
    seal_files,
)
from notifications.models import Delivery
from records.models import Document, Prescription
from tests.factories.notifications import DeliveryFactory
from tests.factories.records import DocumentFactory, PrescriptionFactory

pytestmark = pytest.mark.django_db
BODY = Column("notifications_delivery", "body_text")
EDITOR = SimpleNamespace(connection=connection)


def _column(name: str, table: str = "notifications_delivery") -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name} FROM {table} ORDER BY id")  # noqa: S608
        return [row[0] for row in cursor.fetchall()]


def _write(value: str, where: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notifications_delivery SET body_text = %s WHERE dedupe_key = %s",
            [value, where],
        )


@pytest.fixture
def open_rows(monkeypatch):
    """Five rows as an older version left them; more than a batch holds."""
    monkeypatch.setattr(sealing, "BATCH", 2)
    for number in range(5):
        DeliveryFactory(dedupe_key=f"n{number}", body_text="x")
        _write(f"Message {number}", f"n{number}")


def test_open_rows_are_sealed_and_read_as_before(open_rows):
    seal_columns(BODY)(None, EDITOR)
    assert not any("Message" in value for value in _column("body_text"))
    for row in Delivery.objects.all():
        assert row.body_text == f"Message {row.dedupe_key[1:]}"


def test_sealing_may_be_cut_off_and_go_on(open_rows):
    seal_columns(BODY)(None, EDITOR)
    _write("Message 3", "n3")
    sealed = _column("body_text")
    seal_columns(BODY)(None, EDITOR)
    assert Delivery.objects.get(dedupe_key="n3").body_text == "Message 3"
    again = _column("body_text")
    assert [a == b for a, b in zip(sealed, again, strict=True)].count(True) == 4


def test_what_somebody_typed_to_look_sealed_is_sealed_too(open_rows):
    _write("mc1:tests:AAAA", "n0")
    seal_columns(BODY)(None, EDITOR)
    assert Delivery.objects.get(dedupe_key="n0").body_text == "mc1:tests:AAAA"


def test_backwards_opens_every_row(open_rows):
    before = _column("body_text")
    seal_columns(BODY)(None, EDITOR)
    open_columns(BODY)(None, EDITOR)
    assert _column("body_text") == before
    open_columns(BODY)(None, EDITOR)
    assert _column("body_text") == before


def test_a_code_from_before_is_found_by_its_index():
    signed = PrescriptionFactory(signed=True)
    code = signed.check_code
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE records_prescription SET check_code = %s, check_index = ''", [code]
        )
    column = Column("records_prescription", "check_code")
    index_column(column, "check_index")(None, EDITOR)
    seal_columns(column)(None, EDITOR)
    field = Prescription._meta.get_field("check_index")
    found = Prescription.objects.get(check_index=field.value_for(code))
    assert found.check_code == code


def test_open_files_are_sealed_and_opened_again(clinical_files):
    document = DocumentFactory()
    storage = storages["clinical"]
    name = storage.inner.save("documents/ab/old", ContentFile(b"Dear Ann"))
    Document.objects.filter(pk=document.pk).update(file=name)
    seal_files("records_document", "file")(None, EDITOR)
    sealed = Document.objects.get()
    assert sealed.file.read() == b"Dear Ann"
    held = [path.read_bytes() for path in clinical_files.rglob("*") if path.is_file()]
    assert not any(b"Dear Ann" in content for content in held)
    seal_files("records_document", "file")(None, EDITOR)
    assert Document.objects.get().file.name == sealed.file.name
    open_files("records_document", "file")(None, EDITOR)
    assert storage.inner.open(Document.objects.get().file.name).read() == b"Dear Ann"
