"""Clinical files of a test's own: sealed, in a folder that goes with the test."""

import pytest
from django.core.files.storage import storages

from accounts.models import Patient
from foundation.outages import ask_again
from portal.erasures.models import Erasure
from portal.exports.models import Export, ExportPart
from portal.settings.environment import clinical_storage
from records.models import Document, UploadPart


def use_storage(settings, monkeypatch, wanted):
    """Let everything keep its clinical files there; `wanted` is as in STORAGES."""
    settings.STORAGES = {**settings.STORAGES, "clinical": wanted}
    ask_again()
    # Fields take hold of their storage when their class is made.
    for model, name in (
        (Document, "file"),
        (UploadPart, "file"),
        (Patient, "picture"),
        (Export, "file"),
        (ExportPart, "file"),
        (Erasure, "kept"),
    ):
        monkeypatch.setattr(
            model._meta.get_field(name), "storage", storages["clinical"]
        )
    return storages["clinical"]


@pytest.fixture
def clinical_files(settings, tmp_path, monkeypatch):
    """The folder. Its storage is `storages["clinical"]`."""
    folder = tmp_path / "clinical"
    folder.mkdir()
    use_storage(settings, monkeypatch, clinical_storage(folder))
    return folder
