"""A copy of all data that was made while two people's records were one."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.exports.models import Export, ExportPart
from portal.exports.queries import openable
from portal.exports.services import ask_export, collect_export, sweep_exports


@pytest.fixture
def at():
    return timezone.now()


def stored(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_one_that_is_ready_opens_no_more(clinical_files, ann, zoe, merged, undone, at):
    merge = merged(zoe.patient)
    export = ask_export(actor=ann, at=at)
    collect_export(export=export, at=at)
    later = at + timedelta(hours=1)
    assert openable(ann, later).exists()
    undone(merge, at=later)
    assert not openable(ann, later).exists()
    sweep_exports(at=later)
    assert stored(clinical_files / "exports") == []


def test_nor_is_one_finished_that_was_begun(
    clinical_files, ann, zoe, merged, undone, at, django_capture_on_commit_callbacks
):
    merge = merged(zoe.patient)
    export = ask_export(actor=ann, at=at)
    collect_export(export=export, at=at, is_over=lambda: True)
    assert ExportPart.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        undone(merge, at=at)
    # The job of its next part was queued before.
    collect_export(export=export, at=at + timedelta(minutes=5))
    export.refresh_from_db()
    assert export.status == Export.Status.FAILED
    assert not ExportPart.objects.exists()
    assert stored(clinical_files / "exports") == []


def test_what_somebody_else_had_made_stays(
    clinical_files, ann, gus, zoe, merged, undone, at
):
    merge = merged(zoe.patient)
    theirs = ask_export(actor=gus, at=at)
    collect_export(export=theirs, at=at)
    undone(merge, at=at)
    assert openable(gus, at + timedelta(hours=1)).get() == theirs
