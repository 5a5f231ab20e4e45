import io
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from audit.models import Entry
from records.documents.permissions import visible_to
from records.documents.queries import UploadRefused, inspect
from records.documents.services import NotRemovable, add_document, remove_document
from records.models import Document
from tests.factories.records import DocumentFactory, paper, png

AT = datetime(2026, 3, 16, 12, tzinfo=UTC)
PDF = paper()
TWO_PAGES = paper(lambda pdf: pdf.add_blank_page())


@pytest.fixture(autouse=True)
def _clinical_files(clinical_files):
    """Every test keeps its files to itself."""


def _file(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def _photo_with_place() -> bytes:
    image = Image.new("RGB", (20, 10), "red")
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif[0x0112] = 6  # stored on its side
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_inspect_takes_pdf_jpeg_and_png():
    kinds = {
        inspect(_file("a.pdf", PDF)).content_type,
        inspect(_file("a.JPG", _photo_with_place())).content_type,
        inspect(_file("a.png", png())).content_type,
    }
    assert kinds == {"application/pdf", "image/jpeg", "image/png"}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.pdf", b"", "empty"),
        ("a.html", b"<html><script>alert(1)</script>", "web page"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "drawing"),
        ("a.pdf", b"MZ\x90\x00" + b"\0" * 200, "PDF, JPEG and PNG"),
        ("a.exe", PDF, "Rename"),
        ("a.png", png()[:40], "damaged"),
    ],
)
def test_inspect_refuses_what_it_should_and_says_why(name, content, says):
    with pytest.raises(UploadRefused, match=says):
        inspect(_file(name, content))


def test_inspect_turns_photos_upright_and_leaves_out_what_the_camera_wrote():
    content = inspect(_file("a.jpg", _photo_with_place())).content
    assert b"SecretCamera" not in content
    assert Image.open(io.BytesIO(content)).size == (10, 20)


def test_add_document_stores_under_a_random_name_and_logs(ann):
    document = add_document(
        actor=ann,
        patient=ann.patient,
        category="LETTER",
        title="My letter",
        file=_file("Ann's secret.pdf", PDF),
        at=AT,
    )
    assert document.file.name == (
        f"documents/{document.public_id.hex[:2]}/{document.public_id.hex}"
    )
    assert document.file.read().startswith(b"%PDF-")
    assert Entry.objects.get(verb="document.added").patient_id == ann.patient.pk


def test_the_same_form_sent_again_is_one_document(ann, zoe, desk, clinical_files):
    """Its answer was lost, or somebody pressed twice."""

    def add(actor=ann, patient=ann.patient, title="My letter", file=PDF, at=None):
        return add_document(
            actor=actor,
            patient=patient,
            category="LETTER",
            title=title,
            file=_file("a.pdf", file),
            at=at or timezone.now(),
        )

    first = add()
    assert add() == first
    assert Entry.objects.filter(verb="document.added").count() == 1
    assert len([path for path in clinical_files.rglob("*") if path.is_file()]) == 2
    # What differs in anything is another one.
    others = [add(title="Page 2"), add(file=TWO_PAGES), add(actor=desk)]
    later = add(at=timezone.now() + timedelta(hours=2))
    remove_document(actor=ann, document=later, at=timezone.now())
    remove_document(actor=ann, document=first, at=timezone.now())
    others += [later, add()]
    assert len({first, *others}) == 6


def test_add_document_that_fails_leaves_no_file_behind(
    ann, clinical_files, monkeypatch
):
    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("records.documents.services.record", fail)
    with pytest.raises(RuntimeError):
        add_document(
            actor=ann,
            patient=ann.patient,
            category="LETTER",
            title="x",
            file=_file("a.pdf", PDF),
            at=AT,
        )
    assert [path for path in clinical_files.rglob("*") if path.is_file()] == []


def test_visible_to_agrees_with_view_document(
    ann, gus, zoe, dr_lee, dr_roy, nurse, desk, biller, editor, medical_admin
):
    DocumentFactory(patient=ann.patient)
    DocumentFactory(patient=ann.patient, is_shared_with_patient=False)
    DocumentFactory(patient=zoe.patient, uploaded_by=desk)
    for user in (
        ann, gus, zoe, dr_lee, dr_roy, nurse, desk, biller, editor, medical_admin
    ):  # fmt: skip
        allowed = {
            document
            for document in Document.objects.all()
            if user.has_perm("records.view_document", document)
        }
        assert set(visible_to(user)) == allowed, user


def test_download_is_an_attachment_that_can_do_nothing_and_is_logged(client, ann):
    document = DocumentFactory(patient=ann.patient)
    client.force_login(ann)
    response = client.get(
        reverse("records:download", args=[document.public_id]), follow=True
    )
    assert b"".join(response.streaming_content) == png()
    assert response["Content-Disposition"].startswith("attachment; filename=")
    assert response["Content-Security-Policy"].startswith("sandbox")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]
    assert Entry.objects.filter(verb="document.downloaded", actor=ann).count() == 1


@pytest.mark.parametrize("stranger", ["zoe", "dr_roy", "editor", "desk"])
def test_download_does_not_exist_for_strangers(client, ann, stranger, request):
    document = DocumentFactory(patient=ann.patient)
    client.force_login(request.getfixturevalue(stranger))
    address = reverse("records:download", args=[document.public_id])
    assert client.get(address, follow=True).status_code == 404
    assert Entry.objects.filter(verb="document.downloaded").count() == 0


def test_documents_says_why_a_file_is_refused_and_keeps_what_was_typed(client, ann):
    client.force_login(ann)
    response = client.post(
        reverse("records:documents"),
        {"title": "My letter", "category": "RESULT", "file": _file("a.exe", b"MZ  ")},
    )
    assert response.status_code == 422
    assert "We can keep PDF, JPEG and PNG files" in response.text
    assert 'value="My letter"' in response.text
    assert Document.objects.count() == 0


def test_documents_adds_and_lists(client, ann):
    client.force_login(ann)
    response = client.post(
        reverse("records:documents"),
        {"title": "My letter", "category": "RESULT", "file": _file("a.png", png())},
        follow=True,
    )
    assert response.status_code == 200
    assert "My letter" in response.text


@pytest.mark.parametrize("count", [1, 3])
def test_documents_list_costs_a_fixed_number_of_queries(
    client, ann, count, django_assert_max_num_queries
):
    for _ in range(count):
        DocumentFactory(patient=ann.patient, uploaded_by=ann)
    client.force_login(ann)
    with django_assert_max_num_queries(12):
        client.get(reverse("records:documents"))


def test_the_desk_adds_to_a_patients_record_but_cannot_read_others(client, ann, desk):
    DocumentFactory(patient=ann.patient, title="Secret result")
    client.force_login(desk)
    response = client.post(
        reverse("records:patient_documents", args=[ann.patient.public_id]),
        {
            "title": "Scanned letter",
            "category": "LETTER",
            "file": _file("a.png", png()),
            "is_shared_with_patient": "on",
        },
        follow=True,
    )
    assert "Scanned letter" in response.text
    assert "Secret result" not in response.text


def test_remove_document_only_by_who_added_it_and_only_fresh(ann, zoe):
    document = DocumentFactory(patient=ann.patient, uploaded_by=ann)
    now = document.created_at + timedelta(hours=1)
    with pytest.raises(NotRemovable):
        remove_document(actor=zoe, document=document, at=now)
    with pytest.raises(NotRemovable):
        remove_document(actor=ann, document=document, at=now + timedelta(days=1))
    remove_document(actor=ann, document=document, at=now)
    document.refresh_from_db()
    assert document.removed_at == now


def test_only_what_can_be_removed_offers_it(client, ann):
    DocumentFactory(patient=ann.patient, uploaded_by=ann, title="Fresh")
    old = DocumentFactory(patient=ann.patient, uploaded_by=ann, title="Old")
    Document.objects.filter(pk=old.pk).update(
        created_at=old.created_at - timedelta(days=2)
    )
    client.force_login(ann)
    page = client.get(reverse("records:documents"))
    assert {
        line.document.title: line.is_removable for line in page.context["lines"]
    } == {"Fresh": True, "Old": False}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.html", b"<html><script>alert(1)</script>", "web page"),
        ("a.pdf", b"", "empty"),
        ("a.exe", PDF, "Rename"),
    ],
)
def test_a_wrong_file_is_named_beside_its_box_and_nothing_typed_is_lost(
    client, ann, name, content, says
):
    client.force_login(ann)
    page = client.post(
        reverse("records:documents"),
        {"title": "My letter", "category": "RESULT", "file": _file(name, content)},
    )
    assert page.status_code == 422
    assert says in page.text
    assert 'value="My letter"' in page.text
    assert Document.objects.count() == 0
