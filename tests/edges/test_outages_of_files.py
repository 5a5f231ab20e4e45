"""A bucket or a scanner that is away or slow: files are refused kindly or wait, and
nothing else is any slower."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone

from foundation import outages
from notifications.models import Delivery
from portal.settings.environment import clinical_storage
from records.documents.tasks import scan_waiting
from records.models import Document
from records.prescriptions.tasks import file_prescription, file_waiting
from tests.clinical_files import use_storage
from tests.edges.patience import PAGE_SECONDS, add_letter, look_around, within
from tests.factories.gate import gate
from tests.factories.records import PrescriptionFactory
from tests.factories.s3_server import s3_server
from tests.factories.scanner import scanner

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _afresh(clinical_files):
    outages.ask_again()
    yield
    outages.ask_again()


@pytest.fixture(scope="module")
def bucket(tmp_path_factory):
    with s3_server(tmp_path_factory.mktemp("s3")) as found:
        yield found


@pytest.fixture
def way(bucket, settings, monkeypatch, tmp_path):
    """The gate in front of the bucket, which the site uses from now on."""
    target = urlsplit(bucket.endpoint)
    with gate((target.hostname, target.port)) as way:
        monkeypatch.setenv("PROGRAM", "site")
        monkeypatch.setenv("CLINICAL_BUCKET", bucket.name)
        monkeypatch.setenv("CLINICAL_BUCKET_ENDPOINT", f"http://{way.address}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", bucket.access_key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", bucket.secret_key)
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        use_storage(settings, monkeypatch, clinical_storage(tmp_path))
        yield way


@pytest.mark.slow
def test_while_the_bucket_is_silent_files_are_refused_kindly_and_pages_go_on(
    client, ann, way
):
    way.open()
    client.force_login(ann)
    assert add_letter(client, "Before").status_code == 302
    look_around(client)
    way.be_silent()
    entered = way.entered
    look_around(client)
    # Lists of documents ask the bucket nothing.
    assert way.entered == entered
    with within(9):
        told = add_letter(client, "A letter from May")
    assert told.status_code == 503
    assert "does not answer, so this file was not added" in told.text
    assert "A letter from May" in told.text
    with within(PAGE_SECONDS):
        assert add_letter(client).status_code == 503
    kept = Document.objects.get()
    with within(PAGE_SECONDS):
        opened = client.get(
            reverse("records:download", args=[kept.public_id]), follow=True
        )
    assert opened.status_code == 503
    assert "out of reach right now" in opened.text
    assert opened["Retry-After"] == "15"
    # Back again: what is sent is kept once, what was there opens.
    way.open()
    outages.ask_again()
    assert add_letter(client, "A letter from May").status_code == 302
    assert Document.objects.count() == 2
    again = client.get(reverse("records:download", args=[kept.public_id]), follow=True)
    assert b"".join(again.streaming_content).startswith(b"\x89PNG")


@pytest.mark.slow
def test_a_prescription_that_could_not_be_filed_is_filed_later_and_told_once(way):
    way.shut()
    paper = PrescriptionFactory(signed=True)
    for _ in range(2):
        with pytest.raises(outages.Away):
            file_prescription(paper.pk)
        outages.ask_again()
    # The queue has given up by now; the sweep has not.
    type(paper).objects.filter(pk=paper.pk).update(
        updated_at=timezone.now() - timedelta(hours=1)
    )
    way.open()
    file_waiting()
    file_waiting()
    assert Document.objects.count() == 1
    paper.refresh_from_db()
    assert paper.pdf == Document.objects.get()
    told = Delivery.objects.filter(event="prescription_ready")
    assert len(set(told.values_list("channel", flat=True))) == told.count() >= 1


def test_while_the_scanner_is_silent_files_wait_and_are_looked_at_once(
    client, ann, settings, monkeypatch
):
    monkeypatch.setattr("records.scanners.clamav.SECONDS", 0.5)
    with scanner() as server, gate() as way:
        settings.CLAMAV_ADDRESS = f"tcp://{way.address}"
        client.force_login(ann)
        add_letter(client, "Warming up")
        with within(PAGE_SECONDS):
            added = add_letter(client)
        assert added.status_code == 302
        assert way.entered == 0
        page = client.get("/portal/documents/").text
        assert "It opens once it has been checked for viruses" in page
        scan_waiting()
        assert set(Document.objects.values_list("state", flat=True)) == {"QUARANTINED"}
        settings.CLAMAV_ADDRESS = server.address
        scan_waiting()
        scan_waiting()
        assert set(Document.objects.values_list("state", flat=True)) == {"CLEAN"}
