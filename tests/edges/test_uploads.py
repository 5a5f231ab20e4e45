"""A file in parts over real connections that break, to two processes at once."""

import base64
import hashlib
import http.client
import random
import socket
import threading
import time
from contextlib import closing

import pytest
from django.conf import settings as conf
from django.db import connection, transaction
from django.utils import timezone

from records.models import Upload, UploadPart
from records.uploads.queries import KEPT, Named, arrived
from records.uploads.services import (
    Elsewhere,
    append_part,
    begin_upload,
    sweep_uploads,
)
from tests.races.conftest import at_once
from tests.second_factors import VerifiedClient
from tests.servers import running_web

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

CSRF = "d" * 32
PART = 100_000
CONTENT = random.Random(47).randbytes(450_001)  # noqa: S311


class Sender:
    """Somebody signed in, with a file; every request has a connection of its own."""

    def __init__(self, port, user):
        client = VerifiedClient()
        client.force_login(user)
        cookie = f"{conf.SESSION_COOKIE_NAME}={client.session.session_key}"
        self.port = port
        self.headers = {
            "Host": "localhost",
            "Cookie": f"{cookie}; {conf.CSRF_COOKIE_NAME}={CSRF}",
            "X-CSRFToken": CSRF,
            "Tus-Resumable": "1.0.0",
            "Sec-Fetch-Mode": "cors",
        }

    def ask(self, method, path, body=b"", **headers):
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with closing(link):
            link.request(method, path, body, {**self.headers, **headers})
            answer = link.getresponse()
            answer.read()
            return answer

    def begin(self):
        said = base64.b64encode(hashlib.sha256(CONTENT).hexdigest().encode())
        begun = self.ask(
            "POST",
            "/portal/documents/uploads/",
            **{
                "Upload-Length": str(len(CONTENT)),
                "Upload-Metadata": f"sha256 {said.decode()}",
            },
        )
        assert begun.status == 201
        return begun.headers["Location"]

    def part(self, path, offset, until=None):
        body = CONTENT[offset : offset + PART if until is None else until]
        return self.ask("PATCH", path, body, **part_headers(offset))

    def break_off(self, path, offset):
        """Half of a part, and the line is dead."""
        part = CONTENT[offset : offset + PART]
        lines = [f"PATCH {path} HTTP/1.1", f"Content-Length: {len(part)}"]
        for name, value in {**self.headers, **part_headers(offset)}.items():
            lines.append(f"{name}: {value}")
        with closing(socket.create_connection(("127.0.0.1", self.port))) as link:
            link.sendall("\r\n".join([*lines, "", ""]).encode() + part[: PART // 2])

    def offset(self, path):
        return int(self.ask("HEAD", path).headers["Upload-Offset"])


def part_headers(offset):
    return {
        "Content-Type": "application/offset+octet-stream",
        "Upload-Offset": str(offset),
    }


def test_a_file_arrives_whole_whatever_breaks_on_its_way(clinical_files, ann, zoe):
    with running_web(CLINICAL_ROOT=str(clinical_files)) as port:
        hers, other = Sender(port, ann), Sender(port, zoe)
        path = hers.begin()
        assert hers.part(path, 0).status == 204
        hers.break_off(path, PART)
        time.sleep(0.3)
        # What had arrived whole is kept, half a part is not.
        assert hers.offset(path) == PART
        assert hers.part(path, 0).status == 409
        assert other.ask("HEAD", path).status == 404
        assert other.part(path, PART).status == 404
        large = hers.ask(
            "PATCH", path, b"", **part_headers(PART), **{"Content-Length": "1000001"}
        )
        assert large.status == 413
        # The same part eight times at once, to whichever process: it is there once.
        answers = at_once([lambda: hers.part(path, PART).status] * 8)
        told = [answer.value for answer in answers]
        assert told.count(204) == 1
        assert set(told) == {204, 409}
        for _ in range(20):
            if (offset := hers.offset(path)) == len(CONTENT):
                break
            hers.break_off(path, offset)
            hers.part(path, offset)
        assert hers.offset(path) == len(CONTENT)
    upload = Upload.objects.get()
    found = arrived(ann, ann.patient, upload.public_id, at=timezone.now())
    assert hashlib.sha256(found.file.read()).digest() == (
        hashlib.sha256(CONTENT).digest()
    )
    # Those that lost left nothing behind.
    held = [one for one in clinical_files.rglob("*") if one.is_file()]
    assert len(held) == 2 * UploadPart.objects.count()


def test_a_part_waits_for_another_that_is_being_taken(clinical_files, ann):
    """Without the lock it would not see it, and end as an error of the database."""
    now = timezone.now()
    upload = begin_upload(
        actor=ann, patient=ann.patient, size=10, named=Named(), at=now
    )
    is_taken, taking = threading.Event(), threading.Event()

    def take():
        try:
            with transaction.atomic():
                Upload.objects.select_for_update().get(pk=upload.pk)
                UploadPart.objects.create(
                    upload=upload, offset=0, size=5, file="uploads/ab/first"
                )
                is_taken.set()
                taking.wait(10)
        finally:
            connection.close()

    first = threading.Thread(target=take)
    first.start()
    assert is_taken.wait(20)
    # Swept it can't be either while somebody adds to it.
    assert sweep_uploads(at=now + KEPT) == 0
    threading.Timer(0.5, taking.set).start()
    with pytest.raises(Elsewhere):
        append_part(upload=upload, offset=0, content=b"12345", at=now)
    first.join()
    assert UploadPart.objects.count() == 1
