"""Files in parts, as tus 1.0 says."""

import base64
import hashlib
import os
from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.urls import reverse
from django.utils import timezone

from accounts.models import CareRelation
from audit.models import Entry
from foundation.outages import Away
from records.models import Document, Upload, UploadPart
from records.uploads.queries import MAX_BYTES, MOST_WAITING, arrived
from records.uploads.services import sweep_uploads
from tests.factories.records import paper, png

PART = "application/offset+octet-stream"
TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture(autouse=True)
def _clinical_files(clinical_files):
    """Every test keeps its files to itself."""


def sum_of(content):
    return hashlib.sha256(content).hexdigest()


def metadata(**said):
    pairs = (f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in said.items())
    return ",".join(pairs)


def begin(client, content, address=None, size=None, **said):
    said = {"filename": "file.png", "sha256": sum_of(content)} | said
    return client.post(
        address or reverse("records:own_uploads"),
        headers={
            **TUS,
            "Upload-Length": str(len(content) if size is None else size),
            "Upload-Metadata": metadata(**said),
        },
    )


def send(client, address, offset, part, **headers):
    more = {**TUS, "Upload-Offset": str(offset)} | headers
    return client.patch(address, part, content_type=PART, headers=more)


def offset_of(client, address):
    return client.head(address, headers=TUS).headers["Upload-Offset"]


def send_whole(client, content, **said):
    """Begun and sent in three parts; gives the id that the form names."""
    address = begin(client, content, **said)["Location"]
    third = len(content) // 3 + 1
    for start in range(0, len(content), third):
        assert (
            send(client, address, start, content[start : start + third]).status_code
            == 204
        )
    return address.rstrip("/").rsplit("/", 1)[1]


def add(client, upload, **more):
    form = {"title": "My letter", "category": "LETTER", "upload": upload, **more}
    return client.post(reverse("records:documents"), form)


@pytest.fixture
def ann_client(client, ann):
    client.force_login(ann)
    return client


def test_what_arrives_in_parts_becomes_the_document_that_the_form_would_make(
    ann_client, ann
):
    content = png((64, 64))
    upload = send_whole(ann_client, content)
    held = arrived(ann, ann.patient, Upload.objects.get().public_id, at=timezone.now())
    assert sum_of(held.file.read()) == sum_of(content)
    assert add(ann_client, upload).status_code == 302
    by_parts = Document.objects.get()
    by_parts.removed_at = timezone.now()
    by_parts.save()
    with held.file.open() as file:
        file.name = "a.png"
        ann_client.post(
            reverse("records:documents"),
            {"title": "My letter", "category": "LETTER", "file": file},
        )
    by_form = Document.objects.exclude(pk=by_parts.pk).get()
    assert by_parts.sha256 == by_form.sha256
    assert by_parts.file.read() == by_form.file.read()


def test_each_answer_says_where_to_go_on(ann_client):
    content = png((64, 64))
    begun = begin(ann_client, content)
    assert begun.status_code == 201
    assert begun["Upload-Offset"] == "0"
    assert begun["Tus-Resumable"] == "1.0.0"
    address = begun["Location"]
    sent = send(ann_client, address, 0, content[:50])
    assert (sent.status_code, sent["Upload-Offset"]) == (204, "50")
    assert "GMT" in sent["Upload-Expires"]
    asked = ann_client.head(address, headers=TUS)
    assert (asked["Upload-Offset"], asked["Upload-Length"]) == ("50", str(len(content)))
    assert "no-store" in asked["Cache-Control"]


def test_a_part_at_another_place_is_refused_and_told_where(ann_client):
    content = png((64, 64))
    address = begin(ann_client, content)["Location"]
    send(ann_client, address, 0, content[:50])
    for wrong in (0, 49, 51):
        answer = send(ann_client, address, wrong, content[50:60])
        assert (answer.status_code, answer["Upload-Offset"]) == (409, "50")
    assert offset_of(ann_client, address) == "50"
    assert UploadPart.objects.count() == 1


def test_too_much_is_refused_before_there_is_anything(ann_client):
    refused = begin(ann_client, b"", size=MAX_BYTES + 1)
    assert refused.status_code == 413
    assert "larger than 20 MB" in refused.text
    assert Upload.objects.count() == 0
    content = png()
    address = begin(ann_client, content)["Location"]
    assert send(ann_client, address, 0, content + b"x").status_code == 413
    assert UploadPart.objects.count() == 0


class Unread:
    """A body that must not be read."""

    def read(self, *args):
        raise AssertionError("read")

    readline = read


def test_a_part_that_is_too_large_is_not_even_read(ann_client):
    address = begin(ann_client, b"x" * 10, size=5_000_000)["Location"]
    answer = ann_client.generic(
        "PATCH",
        address,
        content_type=PART,
        headers={**TUS, "Upload-Offset": "0"},
        CONTENT_TYPE=PART,
        CONTENT_LENGTH="1000001",
        **{"wsgi.input": Unread()},
    )
    assert answer.status_code == 413
    assert "1 MB" in answer.text


@pytest.mark.parametrize("size", ["", "0", "-1", "1e3", "9" * 40, "٣"])
def test_a_length_that_is_none_is_refused(ann_client, size):
    headers = {**TUS, "Upload-Length": size.encode().decode("latin-1")}
    answer = ann_client.post(reverse("records:own_uploads"), headers=headers)
    assert answer.status_code == 400
    assert Upload.objects.count() == 0


@pytest.mark.parametrize("stranger", ["zoe", "dr_lee", "dr_roy", "desk", "editor"])
def test_an_upload_does_not_exist_for_anybody_else(
    client, ann, dr_lee, stranger, request
):
    client.force_login(ann)
    content = png()
    address = begin(client, content)["Location"]
    client.force_login(request.getfixturevalue(stranger))
    assert client.head(address, headers=TUS).status_code == 404
    assert send(client, address, 0, content).status_code == 404
    assert client.delete(address, headers=TUS).status_code == 404
    assert not UploadPart.objects.exists()
    upload = Upload.objects.get()
    assert upload.expires_at > timezone.now()


def test_nobody_adds_what_another_sent(client, ann, zoe):
    client.force_login(ann)
    upload = send_whole(client, png())
    client.force_login(zoe)
    answer = add(client, upload)
    assert answer.status_code == 422
    assert "no longer here" in answer.text
    assert Document.objects.count() == 0


def test_what_was_sent_for_one_patient_goes_into_no_other_record(
    client, ann, zoe, desk
):
    client.force_login(desk)
    content = png()
    address = reverse("records:patient_uploads", args=[ann.patient.public_id])
    begun = begin(client, content, address)["Location"]
    send(client, begun, 0, content)
    upload = begun.rstrip("/").rsplit("/", 1)[1]
    form = {"title": "Letter", "category": "LETTER", "upload": upload}
    wrong = reverse("records:patient_documents", args=[zoe.patient.public_id])
    assert client.post(wrong, form).status_code == 422
    right = reverse("records:patient_documents", args=[ann.patient.public_id])
    assert client.post(right, form).status_code == 302
    assert Document.objects.get().patient == ann.patient


def test_it_ends_when_the_permission_ends(client, ann, dr_lee):
    client.force_login(dr_lee)
    content = png()
    address = reverse("records:patient_uploads", args=[ann.patient.public_id])
    begun = begin(client, content, address)["Location"]
    assert send(client, begun, 0, content[:5]).status_code == 204
    CareRelation.objects.all().delete()
    assert send(client, begun, 5, content[5:]).status_code == 404
    assert client.head(begun, headers=TUS).status_code == 404


def test_after_a_day_it_is_gone(ann_client):
    content = png()
    address = begin(ann_client, content)["Location"]
    send(ann_client, address, 0, content)
    upload = Upload.objects.get()
    assert upload.expires_at - upload.created_at == timedelta(days=1)
    Upload.objects.update(expires_at=timezone.now())
    assert ann_client.head(address, headers=TUS).status_code == 404
    assert send(ann_client, address, len(content), b"").status_code == 404
    answer = add(ann_client, upload.public_id)
    assert answer.status_code == 422
    assert 'value="My letter"' in answer.text
    assert Document.objects.count() == 0


def test_the_same_file_chosen_again_goes_on(ann_client):
    content = png((64, 64))
    first = begin(ann_client, content)["Location"]
    send(ann_client, first, 0, content[:70])
    again = begin(ann_client, content)
    assert (again["Location"], again["Upload-Offset"]) == (first, "70")
    other = begin(ann_client, content[:-1] + b"x")
    assert other["Location"] != first
    assert other["Upload-Offset"] == "0"


def test_the_oldest_makes_room(ann_client):
    addresses = [
        begin(ann_client, png((8, 8 + one)))["Location"]
        for one in range(MOST_WAITING + 1)
    ]
    alive = [ann_client.head(one, headers=TUS).status_code for one in addresses]
    assert alive == [404] + [200] * MOST_WAITING


def test_the_disk_holds_no_plain_byte_of_it_and_nothing_after_the_sweep(
    ann_client, clinical_files
):
    content = os.urandom(3000)
    address = begin(ann_client, content)["Location"]
    send(ann_client, address, 0, content)
    held = [path for path in clinical_files.rglob("*") if path.is_file()]
    assert len(held) == 2
    for path in held:
        assert content[100:132] not in path.read_bytes()
    assert sweep_uploads(at=timezone.now()) == 0
    assert len([path for path in clinical_files.rglob("*") if path.is_file()]) == 2
    later = timezone.now() + timedelta(days=1, seconds=1)
    assert sweep_uploads(at=later) == 1
    assert [path for path in clinical_files.rglob("*") if path.is_file()] == []
    assert not Upload.objects.exists()


def test_once_it_is_added_nothing_of_the_parts_remains(ann_client, clinical_files):
    upload = send_whole(ann_client, png((64, 64)))
    add(ann_client, upload)
    sweep_uploads(at=timezone.now())
    names = {path.relative_to(clinical_files).parts[0]
             for path in clinical_files.rglob("*") if path.is_file()}  # fmt: skip
    assert names == {"documents"}


def test_an_unfit_file_is_refused_beside_its_box_and_ends(ann_client):
    upload = send_whole(ann_client, b"MZ no picture at all", filename="a.exe")
    answer = add(ann_client, upload)
    assert answer.status_code == 422
    assert "We can keep PDF, JPEG and PNG files" in answer.text
    assert 'value="My letter"' in answer.text
    assert upload not in answer.text
    assert Upload.objects.get().expires_at <= timezone.now()


def test_what_acts_in_a_paper_is_refused_by_parts_too(ann_client):
    """The same inspection as the form's."""
    act = paper(lambda pdf: pdf.Root.__setitem__("/OpenAction", pdf.make_stream(b"")))
    before = Document.objects.count()
    upload = send_whole(ann_client, b"<html>" + act, filename="a.pdf")
    assert add(ann_client, upload).status_code == 422
    assert Document.objects.count() == before


def test_another_answer_that_is_missing_loses_no_file(ann_client):
    upload = send_whole(ann_client, png())
    answer = add(ann_client, upload, title="")
    assert answer.status_code == 422
    assert "Your file has arrived" in answer.text
    assert f'value="{upload}"' in answer.text
    assert add(ann_client, upload).status_code == 302
    assert Document.objects.count() == 1


def test_what_is_not_whole_or_not_what_was_said_is_not_added(ann_client):
    content = png((64, 64))
    address = begin(ann_client, content)["Location"]
    send(ann_client, address, 0, content[:-1])
    short = add(ann_client, address.rstrip("/").rsplit("/", 1)[1])
    assert "Not all of this file has arrived" in short.text
    bent = send_whole(ann_client, content[:-4], sha256=sum_of(content))
    assert "changed on its way" in add(ann_client, bent).text
    assert Document.objects.count() == 0


def test_its_name_is_not_kept(ann_client):
    begin(ann_client, png(), filename="../../Melanoma of Ann.PNG")
    (upload,) = Upload.objects.all()
    assert upload.ending == ".png"
    assert "elanoma" not in str(vars(upload))
    begin(ann_client, png((9, 9)), filename="x.p/hp\x00")
    assert Upload.objects.latest("pk").ending == ""


def test_a_page_that_was_opened_for_another_is_told_so(ann_client):
    answer = begin(ann_client, png(), viewing="somebody-else")
    assert answer.status_code == 409
    assert "another person to act for" in answer.text
    assert begin(ann_client, png(), viewing="me").status_code == 201


@pytest.mark.parametrize("version", [{}, {"Tus-Resumable": "0.2.2"}])
def test_another_version_of_the_protocol_is_told_which_we_speak(ann_client, version):
    address = begin(ann_client, png())["Location"]
    for answer in (
        ann_client.post(reverse("records:own_uploads"), headers=version),
        ann_client.patch(address, b"", content_type=PART, headers=version),
        ann_client.head(address, headers=version),
    ):
        assert (answer.status_code, answer["Tus-Version"]) == (412, "1.0.0")
    asked = ann_client.options(reverse("records:own_uploads"))
    assert asked.status_code == 204
    assert asked["Tus-Extension"] == "creation,expiration,termination"
    assert asked["Tus-Max-Size"] == str(MAX_BYTES)


def test_it_is_no_form(ann_client):
    address = begin(ann_client, png())["Location"]
    wrong = ann_client.patch(address, b"x", headers={**TUS, "Upload-Offset": "0"})
    assert wrong.status_code == 415
    assert ann_client.get(address).status_code == 405
    override = {**TUS, "X-HTTP-Method-Override": "DELETE"}
    assert ann_client.post(address, headers=override).status_code == 405


def test_stopping_ends_it(ann_client):
    content = png()
    address = begin(ann_client, content)["Location"]
    send(ann_client, address, 0, content[:9])
    assert ann_client.delete(address, headers=TUS).status_code == 204
    assert ann_client.head(address, headers=TUS).status_code == 404
    assert sweep_uploads(at=timezone.now()) == 1


def test_the_log_says_that_a_file_was_begun_and_shows_no_reading(ann_client, ann):
    content = png()
    address = begin(ann_client, content)["Location"]
    send(ann_client, address, 0, content)
    logged = Entry.objects.filter(actor=ann).exclude(verb="session.started")
    verbs = list(logged.values_list("verb", "patient_id"))
    assert verbs == [("upload.begun", ann.patient.pk)]


def test_a_storage_that_is_away_keeps_what_arrived(ann_client, monkeypatch):
    content = png((64, 64))
    address = begin(ann_client, content)["Location"]
    send(ann_client, address, 0, content[:50])

    def away(*args, **kwargs):
        raise Away("the storage of files")

    with monkeypatch.context() as broken:
        broken.setattr(type(storages["clinical"]), "_save", away)
        assert send(ann_client, address, 50, content[50:]).status_code == 503
    assert offset_of(ann_client, address) == "50"
    assert send(ann_client, address, 50, content[50:]).status_code == 204
