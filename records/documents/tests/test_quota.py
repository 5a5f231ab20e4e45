"""How much one person may add in a day: files, and bytes."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from records.documents.queries import BYTES_A_DAY, UPLOADS_A_DAY, UploadRefused
from records.documents.services import add_document
from records.models import Document
from tests.factories.accounts import PatientFactory
from tests.factories.records import DocumentFactory, png

AT = datetime(2026, 3, 16, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clinical_files(clinical_files):
    """Every test keeps its files to itself."""


def added(user, *, count=1, size=100, at=AT - timedelta(hours=1)):
    """Documents that `user` added at that time."""
    like = DocumentFactory(patient=user.patient, uploaded_by=user, size=size)
    rows = [
        Document(
            patient=user.patient,
            uploaded_by=user,
            category="LETTER",
            title="One",
            file=like.file.name,
            content_type="image/png",
            size=size,
        )
        for _ in range(count - 1)
    ]
    Document.objects.bulk_create(rows)
    Document.objects.filter(uploaded_by=user).update(created_at=at)


def add(user, at=AT, patient=None, content=None):
    return add_document(
        actor=user,
        patient=patient or user.patient,
        category="LETTER",
        title="My letter",
        file=SimpleUploadedFile("a.png", content or png()),
        at=at,
    )


def test_fifty_a_day_and_no_more(ann):
    added(ann, count=UPLOADS_A_DAY - 1)
    last = add(ann)
    Document.objects.filter(pk=last.pk).update(created_at=AT)
    with pytest.raises(UploadRefused, match="50 documents today"):
        add(ann, content=png((9, 9)))
    assert Document.objects.filter(uploaded_by=ann).count() == UPLOADS_A_DAY


def test_three_hundred_megabytes_a_day_and_no_more(ann):
    size = len(add(ann).file.read())
    Document.objects.all().delete()
    added(ann, size=BYTES_A_DAY - size)
    Document.objects.filter(pk=add(ann).pk).update(created_at=AT)
    with pytest.raises(UploadRefused, match=r"more than 300(\.0)?\sMB today"):
        add(ann, content=png((9, 9)))


def test_the_next_day_one_may_go_on(ann):
    added(ann, count=UPLOADS_A_DAY, at=AT - timedelta(days=1, seconds=1))
    assert add(ann).pk


def test_nobody_uses_up_what_is_anothers(ann, zoe):
    """Nor does it matter into whose record one adds."""
    added(ann, count=UPLOADS_A_DAY)
    assert add(zoe).pk
    with pytest.raises(UploadRefused):
        add(ann, patient=PatientFactory())


def test_the_page_says_so_beside_the_file_and_keeps_what_was_typed(client, ann):
    added(ann, count=UPLOADS_A_DAY, at=timezone.now() - timedelta(minutes=1))
    client.force_login(ann)
    answer = client.post(
        reverse("records:documents"),
        {
            "title": "My letter",
            "category": "LETTER",
            "file": SimpleUploadedFile("a.png", png()),
        },
    )
    assert answer.status_code == 422
    assert "50 documents today" in answer.text
    assert 'value="My letter"' in answer.text
