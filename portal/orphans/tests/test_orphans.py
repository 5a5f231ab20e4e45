"""Files that no row names go after a day; what a row names never does."""

import os
import time
from datetime import timedelta
from io import StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit.models import Entry
from portal.models import RetentionRun
from portal.orphans import services
from portal.orphans.queries import file_fields, orphans
from portal.orphans.services import MOST, TooManyOrphans, sweep_orphans
from portal.schedules import SCHEDULES
from records.documents.services import add_document
from records.models import Document
from tests.factories.records import DocumentFactory, png

pytestmark = pytest.mark.django_db
TWO_DAYS = 2 * 24 * 3600


@pytest.fixture
def storage(clinical_files):
    return storages["clinical"]


def age(clinical_files):
    """Everything that lies there looks two days old."""
    then = time.time() - TWO_DAYS
    for path in clinical_files.rglob("*"):
        os.utime(path, (then, then))


def lost(storage, name="documents/ab/lost"):
    return storage.save(name, ContentFile(b"nobody knows me"))


def left(clinical_files):
    return {
        str(path.relative_to(clinical_files))
        for path in clinical_files.rglob("*")
        if path.is_file()
    }


def test_a_file_that_a_kill_left_goes_with_its_key_and_is_in_the_log(
    storage, clinical_files
):
    name = lost(storage)
    age(clinical_files)
    assert sweep_orphans(at=timezone.now()) == [name]
    assert left(clinical_files) == set()
    (entry,) = Entry.objects.filter(verb="files.swept")
    assert entry.detail == {"files": 1}
    assert RetentionRun.objects.get().rows == 1
    assert sweep_orphans(at=timezone.now()) == []
    assert Entry.objects.filter(verb="files.swept").count() == 1


def test_halves_of_a_file_go_too(storage, clinical_files):
    """Killed before the key was written, or while it was deleted."""
    bare, keyed = lost(storage, "documents/ab/bare"), lost(storage, "uploads/ab/keyed")
    for path in clinical_files.rglob("bare*.key"):
        path.unlink()
    (clinical_files / keyed).unlink()
    age(clinical_files)
    assert sweep_orphans(at=timezone.now()) == [bare, keyed]
    assert left(clinical_files) == set()


def test_what_a_row_names_stays_however_old(storage, clinical_files, ann):
    shown = DocumentFactory(patient=ann.patient)
    removed = DocumentFactory(patient=ann.patient, removed_at=timezone.now())
    ann.patient.picture.save("me", ContentFile(b"a face"))
    lost(storage)
    age(clinical_files)
    before = left(clinical_files)
    assert list(orphans(at=timezone.now())) == ["documents/ab/lost"]
    sweep_orphans(at=timezone.now())
    assert {one.split("/")[0] for one in before - left(clinical_files)} == {"documents"}
    assert len(before) - len(left(clinical_files)) == 2
    for document in (shown, removed):
        assert document.file.read() == png()
    with ann.patient.picture.open() as picture:
        assert picture.read() == b"a face"


def test_every_column_that_names_clinical_files_is_asked(storage):
    """And each that the clinic has is among them."""
    clinical = {
        f"{model._meta.label}.{field.name}"
        for model, field in file_fields()
        if field.storage is storage
    }
    assert clinical == {
        "accounts.Patient.picture",
        "portal.Erasure.kept",
        "portal.Export.file",
        "portal.ExportPart.file",
        "records.Document.file",
        "records.UploadPart.file",
    }


def test_a_file_that_is_being_added_stays(storage, clinical_files):
    lost(storage)
    assert sweep_orphans(at=timezone.now()) == []
    assert sweep_orphans(at=timezone.now() + timedelta(hours=23)) == []
    assert len(left(clinical_files)) == 2


def test_the_sweep_in_the_middle_of_an_upload_takes_nothing(
    storage, clinical_files, ann, monkeypatch
):
    """Between the file and its row, where a kill would leave an orphan."""
    swept = []

    def save(self, *args, **kwargs):
        assert len(left(clinical_files)) == 2
        swept.append(sweep_orphans(at=timezone.now()))
        return real(self, *args, **kwargs)

    real = Document.save
    monkeypatch.setattr(Document, "save", save)
    document = add_document(
        actor=ann,
        patient=ann.patient,
        category="LETTER",
        title="My letter",
        file=SimpleUploadedFile("a.png", png()),
        at=timezone.now(),
    )
    assert swept == [[]]
    assert document.file.read()


def test_a_row_that_comes_while_it_is_at_work_keeps_its_file(
    storage, clinical_files, ann, monkeypatch
):
    """Even of an old file: rows are asked after the storage, and again at the end."""
    early, late, none = (lost(storage, f"documents/ab/{n}") for n in "abc")
    age(clinical_files)
    real = type(storage).held

    def held(self, path=""):
        yield from list(real(self, path))
        if not path:
            DocumentFactory(patient=ann.patient, file=early)

    def write(**fields):
        DocumentFactory(patient=ann.patient, file=late)

    monkeypatch.setattr(type(storage), "held", held)
    monkeypatch.setattr(services, "record", write)
    assert sweep_orphans(at=timezone.now()) == [none]
    assert storage.exists(early)
    assert storage.exists(late)


def test_so_many_are_no_accident(storage, clinical_files):
    for number in range(MOST + 1):
        (clinical_files / f"one-{number}").write_bytes(b"sealed")
    age(clinical_files)
    with pytest.raises(TooManyOrphans):
        sweep_orphans(at=timezone.now())
    with pytest.raises(CommandError, match="right database"):
        call_command("sweep_files", stdout=StringIO())
    assert len(left(clinical_files)) == MOST + 1
    call_command("sweep_files", "--even-many", stdout=StringIO())
    assert left(clinical_files) == set()


def test_a_dry_run_lists_them_and_changes_nothing(storage, clinical_files):
    name = lost(storage)
    age(clinical_files)
    said = StringIO()
    call_command("sweep_files", "--dry-run", stdout=said)
    assert said.getvalue() == f"{name}\n1 orphans\n"
    assert list(orphans(at=timezone.now())) == [name]
    assert not Entry.objects.filter(verb="files.swept").exists()


def test_a_clinic_without_a_single_file_is_fine(storage, clinical_files):
    clinical_files.rmdir()
    assert sweep_orphans(at=timezone.now()) == []


def test_it_runs_every_night():
    jobs = {path for path, _ in SCHEDULES.values()}
    assert "portal.orphans.tasks.sweep_orphans" in jobs
