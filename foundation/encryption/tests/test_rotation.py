"""Changing keys beside live traffic, killed in the middle."""

import os
import signal
import subprocess
import sys
import threading
import time

import psycopg
import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection

from foundation.encryption.keyring import Unopened, new_key
from foundation.encryption.rotation import rotate, stale
from notifications.models import Delivery
from records.models import Document
from tests.factories.accounts import PatientFactory
from tests.factories.records import DocumentFactory
from tests.servers import ROOT, database_url, environment

pytestmark = pytest.mark.django_db(transaction=True)

ROTATE = """
import sys, django
django.setup()
from django.conf import settings
settings.ENCRYPTION_KEYS = sys.argv[1]
from django.core.management import call_command
call_command("rotate_keys")
"""


@pytest.fixture
def keys(settings, clinical_files):
    """The old ring, the ring of the change, and the ring after it."""
    old, new, index = (f"{name}:{new_key()}" for name in ("old", "new", "index"))
    settings.ENCRYPTION_KEYS = f"{old},{index}"
    return f"{old},{index}", f"{new},{old},{index}", f"{new},{index}"


def _fill(messages: int, files: int) -> None:
    patient = PatientFactory(address="1 High Street")
    Delivery.objects.bulk_create(
        Delivery(
            dedupe_key=str(number),
            channel="EMAIL",
            send_after=patient.created_at,
            body_text=f"Message {number}",
            patient=patient,
        )
        for number in range(messages)
    )
    for number in range(files):
        DocumentFactory(
            patient=patient,
            title=f"Paper {number}",
            file=ContentFile(b"%d" % number * 100_000, "file"),
        )


def _read_everything() -> None:
    rows = Delivery.objects.all()
    assert all(row.body_text == f"Message {row.dedupe_key}" for row in rows)
    for row in Document.objects.all():
        number = row.title.removeprefix("Paper ")
        with row.file.open("rb") as file:
            assert file.read() == number.encode() * 100_000


def test_everything_moves_to_the_active_key_and_the_old_one_can_go(keys, settings):
    _fill(messages=250, files=3)
    settings.ENCRYPTION_KEYS = keys[1]
    assert {one.place for one in stale()} >= {
        "notifications_delivery.body_text",
        "notifications_delivery.attachments",
        "accounts_patient.address",
        "records_document.title",
        "files",
    }
    with pytest.raises(CommandError, match=r"files \(3\)"):
        call_command("rotate_keys", "--check")
    call_command("rotate_keys")
    call_command("rotate_keys", "--check")
    settings.ENCRYPTION_KEYS = keys[2]
    _read_everything()


def test_a_value_that_no_key_opens_is_named_and_stops_nothing_else(keys, settings):
    _fill(messages=2, files=1)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notifications_delivery SET body_text = 'mc1:lost:AAAA' "
            "WHERE dedupe_key = '0'"
        )
    settings.ENCRYPTION_KEYS = keys[1]
    with pytest.raises(Unopened, match="1 value"):
        list(rotate())
    assert [(one.place, one.count) for one in stale()] == [
        ("notifications_delivery.body_text", 1)
    ]


def test_a_save_between_reading_and_writing_wins(keys, settings, monkeypatch):
    _fill(messages=1, files=0)
    settings.ENCRYPTION_KEYS = keys[1]
    field = Delivery._meta.get_field("body_text")
    seal = type(field).seal

    def and_somebody_saves(self, row, value):
        if self is field and value == "Message 0":
            Delivery.objects.get().delete()
            _fill_one("Changed meanwhile", row.pk)
        return seal(self, row, value)

    monkeypatch.setattr(type(field), "seal", and_somebody_saves)
    for _ in rotate():
        pass
    assert Delivery.objects.get().body_text == "Changed meanwhile"


def _fill_one(text: str, key: int) -> None:
    patient = PatientFactory()
    Delivery.objects.create(
        pk=key,
        dedupe_key="0",
        channel="EMAIL",
        send_after=patient.created_at,
        body_text=text,
    )


@pytest.mark.slow
def test_killed_again_and_again_beside_writers_nothing_is_lost(
    keys, settings, clinical_files
):
    _fill(messages=1500, files=12)
    settings.ENCRYPTION_KEYS = keys[1]
    stop = threading.Event()
    saved: dict[str, str] = {}

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            row = Delivery.objects.order_by("?").first()
            row.body_html = f"<p>{number}</p>"
            row.save(update_fields=["body_html"])
            saved[row.dedupe_key] = row.body_html
            time.sleep(0.01)
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    command = [sys.executable, "-c", ROTATE, keys[1]]
    there = environment(CLINICAL_ROOT=str(clinical_files))
    kills = 0
    try:
        while True:
            process = subprocess.Popen(
                command, cwd=ROOT, env=there, stdout=subprocess.PIPE
            )
            assert process.stdout is not None
            # Kill it soon after its first words, each time a little later.
            first = process.stdout.readline()
            time.sleep(0.05 + 0.1 * kills)
            if process.poll() is None and kills < 6:
                os.kill(process.pid, signal.SIGKILL)
                process.wait(timeout=20)
                kills += 1
                continue
            assert process.wait(timeout=120) == 0, first
            break
    finally:
        stop.set()
        writer.join()
    assert kills >= 2
    call_command("rotate_keys", "--check")
    settings.ENCRYPTION_KEYS = keys[2]
    _read_everything()
    for key, html in saved.items():
        assert Delivery.objects.get(dedupe_key=key).body_html == html


def test_two_do_not_run_at_once(keys, settings):
    _fill(messages=1, files=1)
    settings.ENCRYPTION_KEYS = keys[1]
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
    with psycopg.connect(database_url(), autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(7316012)")
        with pytest.raises(CommandError, match="Another run is at work"):
            call_command("rotate_keys")
    with connection.cursor() as cursor:
        cursor.execute("RESET lock_timeout")
    # Whoever has ended is in nobody's way, nor is whoever hung up just now.
    for _ in range(2):
        call_command("rotate_keys")
    assert stale() == []


def test_a_file_that_is_deleted_meanwhile_is_not_lost(keys, settings, clinical_files):
    _old, during, _after = keys
    _fill(messages=0, files=2)
    settings.ENCRYPTION_KEYS = during
    storage = Document._meta.get_field("file").storage
    names = list(storage.stale())
    run = rotate()
    for one in run:
        if one.place == "files":
            storage.delete(names[1])
            break
    assert [one.place for one in run] == ["files"]
    assert stale() == []
