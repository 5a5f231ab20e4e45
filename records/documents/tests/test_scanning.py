"""Quarantine: nothing opens before a scanner, where there is one, has seen it."""

from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from audit.models import Entry
from records.documents.services import add_document
from records.documents.tasks import scan_document, scan_waiting
from records.models import Document
from records.scanners import clamav
from tests.factories.records import paper, png
from tests.factories.scanner import EICAR, scanner
from tests.jobs import run_jobs
from tests.servers import free_port

AT = datetime(2026, 3, 16, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clinical_files(clinical_files):
    """Every test keeps its files to itself."""


@pytest.fixture
def clamd(settings):
    with scanner() as server:
        settings.CLAMAV_ADDRESS = server.address
        yield server


def _add(user, size: int = 8) -> Document:
    return add_document(
        actor=user,
        patient=user.patient,
        category="LETTER",
        title="My letter",
        file=SimpleUploadedFile("a.png", png((size, size))),
        at=AT,
    )


def _infected(user) -> Document:
    """Past the check of types: what a scanner knows and we do not."""
    document = _add(user)
    document.file.storage.delete(document.file.name)
    document.file.save("file", SimpleUploadedFile("a", png() + EICAR))
    return document


def _status(client, document) -> int:
    address = reverse("records:download", args=[document.public_id])
    return client.get(address, follow=True).status_code


def test_what_the_scanner_finds_clean_opens_and_not_before(client, ann, clamd):
    document = _add(ann)
    client.force_login(ann)
    assert _status(client, document) == 404
    run_jobs()
    assert clamd.seen == [document.file.read()]
    document.refresh_from_db()
    assert (document.state, document.scanned_at is not None) == ("CLEAN", True)
    assert _status(client, document) == 200


def test_what_the_scanner_finds_infected_is_gone_and_said_kindly(
    client, ann, clamd, clinical_files
):
    document = _infected(ann)
    run_jobs()
    document.refresh_from_db()
    assert (document.state, document.file.name) == ("REFUSED", "")
    assert [path for path in clinical_files.rglob("*") if path.is_file()] == []
    client.force_login(ann)
    assert _status(client, document) == 404
    assert "something harmful" in client.get(reverse("records:documents")).text
    assert Entry.objects.filter(verb="document.refused").count() == 1


def test_a_scanner_that_is_down_keeps_files_in_quarantine_until_it_is_back(
    client, ann, settings
):
    settings.CLAMAV_ADDRESS = f"tcp://127.0.0.1:{free_port()}"
    document = _add(ann)
    run_jobs()
    scan_waiting()
    client.force_login(ann)
    document.refresh_from_db()
    assert document.state == "QUARANTINED"
    assert _status(client, document) == 404
    assert "checked for viruses" in client.get(reverse("records:documents")).text
    with scanner() as server:
        settings.CLAMAV_ADDRESS = server.address
        scan_waiting()
    assert _status(client, document) == 200


@pytest.mark.parametrize(
    "answer",
    [
        b"INSTREAM size limit exceeded. ERROR\0",
        b"stream: OK",
        b"\0",
        b"stream: OK FOUND\0" + b"x",
        b"something else entirely\0",
    ],
)
def test_an_answer_that_is_neither_yes_nor_no_is_no_yes(ann, clamd, answer):
    clamd.answer = answer
    document = _add(ann)
    run_jobs()
    document.refresh_from_db()
    assert document.state == "QUARANTINED"


def test_nobody_waits_behind_a_file_that_the_scanner_never_judges(
    ann, clamd, clinical_files, caplog
):
    """Nor behind one that is lost, or was tampered with."""
    large, lost, broken, other = (_add(ann, size=8 + number) for number in range(4))
    # The header of a PNG tells its size.
    clamd.refuses = large.file.read()[:24]
    lost.file.storage.delete(lost.file.name)
    (clinical_files / broken.file.name).write_bytes(b"something else")
    scan_waiting()
    states = dict(Document.objects.values_list("pk", "state"))
    assert states.pop(other.pk) == "CLEAN"
    assert set(states.values()) == {"QUARANTINED"}
    told = [one.getMessage() for one in caplog.records if "scanned" in one.message]
    assert len(told) == 3
    assert "My letter" not in str(told)


def test_one_file_that_is_too_much_for_the_scanner_stays_shut(ann, clamd):
    """It hangs up in the middle, while we are still telling."""
    clamd.refuses = b"begins"
    with pytest.raises(clamav.Undecided):
        clamav.is_infected([b"begins", *[b"x" * 500_000] * 20])


def test_a_job_that_runs_twice_decides_once(ann, clamd):
    document = _infected(ann)
    scan_document(document.pk)
    scan_document(document.pk)
    scan_waiting()
    assert Entry.objects.filter(verb="document.refused").count() == 1


def test_what_was_cut_off_before_the_file_was_gone_is_finished(ann, clamd):
    document = _infected(ann)
    name = document.file.name
    Document.objects.filter(pk=document.pk).update(state="REFUSED")
    scan_waiting()
    assert not document.file.storage.exists(name)


def test_without_a_scanner_staff_are_told_so(client, ann, dr_lee):
    document = _add(ann)
    assert (document.state, document.scanned_at) == ("CLEAN", None)
    client.force_login(dr_lee)
    address = reverse("records:patient_documents", args=[ann.patient.public_id])
    assert "Virus scanner: not configured" in client.get(address).text


def test_the_scanner_speaks_over_a_socket_file_and_in_pieces(clamd):
    large = paper() + bytes(300_000)
    assert clamav.is_infected([large]) is False
    assert clamav.is_infected([b"x" * 70_000, EICAR]) is True
    assert clamd.seen[0] == large


@pytest.mark.parametrize("address", ["http://127.0.0.1", "unix:///nowhere/clamd.sock"])
def test_an_address_that_leads_nowhere_is_a_scanner_that_is_down(settings, address):
    settings.CLAMAV_ADDRESS = address
    with pytest.raises(clamav.ScannerDown):
        clamav.is_infected([b"x"])
