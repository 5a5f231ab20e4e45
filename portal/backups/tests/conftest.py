"""A small clinic with something in every corner, and an empty one to restore into."""

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command
from django.utils import timezone
from psycopg import sql

from accounts.models import Authorisation, RefreshToken
from accounts.sessions.models import Session
from accounts.tokens.queries import audience
from audit.entries.services import record
from tests.factories.billing import PaymentFactory, RefundFactory
from tests.factories.records import DocumentFactory, PrescriptionItemFactory
from tests.servers import ROOT, environment
from tests.template_database import drop, maintenance, url

# Longer than a piece, so that it is sealed in several.
LETTER = os.urandom(700_000)
PICTURE = b"\x89PNG a picture of the clinic" * 1000


@pytest.fixture
def clinic(transactional_db, ann, zoe, dr_lee, clinical_files, settings, tmp_path):
    """Documents, prescriptions, money, editors' files, a session and a log."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.BACKUP_ROOT = tmp_path / "backups"
    # Heads of other tests' logs would say that this one was cut off.
    heads = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**settings.STORAGES, "audit_heads": heads}
    for patient in (ann.patient, zoe.patient):
        for number in range(3):
            content = LETTER + bytes([number])
            document = DocumentFactory(
                patient=patient,
                title=f"Letter {number} of {patient.first_name}",
                file=ContentFile(content, "file"),
                size=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
            )
            record(
                actor=dr_lee,
                verb="document.added",
                subject=document,
                patient=patient,
            )
    PrescriptionItemFactory(prescription__patient=ann.patient)
    RefundFactory(payment=PaymentFactory(paid=True))
    storages["default"].save("original_images/clinic.png", ContentFile(PICTURE))
    return clinical_files


@pytest.fixture
def signed_in(clinic, client, ann):
    client.force_login(ann)
    assert Session.objects.exists()


@pytest.fixture
def let_in(clinic, ann):
    """A machine that acts for Ann, and a token with which it would go on."""
    machine = Authorisation.objects.create(
        user=ann,
        name="Screen",
        secret_digest="d" * 64,
        scopes=["me.read"],
        audience=audience(),
        epoch=ann.factor_epoch,
        expires_at=timezone.now() + timedelta(days=90),
    )
    RefreshToken.objects.create(authorisation=machine, digest="e" * 64)


@pytest.fixture
def backup(clinic, settings):
    """The file that `manage.py backup` made of it."""
    call_command("backup", verbosity=0)
    (made,) = settings.BACKUP_ROOT.glob("*.backup")
    return made


@dataclass
class Elsewhere:
    """A second database and folders of its own, both empty."""

    name: str
    folder: Path

    def restore(self, path, *options, **variables):
        """What `manage.py restore` does and says there, in a process of its own."""
        return subprocess.run(
            [sys.executable, "manage.py", "restore", str(path), *options],
            cwd=ROOT,
            env=environment(
                DATABASE_URL=url(self.name),
                CLINICAL_ROOT=str(self.folder / "clinical"),
                MEDIA_ROOT=str(self.folder / "media"),
                **variables,
            ),
            capture_output=True,
            text=True,
            check=False,
        )

    def ask(self, question):
        with psycopg.connect(url(self.name)) as link:
            return link.execute(question).fetchall()

    def is_untouched(self):
        tables = self.ask("SELECT 1 FROM pg_class WHERE relname = 'accounts_patient'")
        return not tables and not any(self.folder.rglob("*"))


@pytest.fixture
def elsewhere(transactional_db, tmp_path):
    place = Elsewhere(f"medconsult_drill_{os.getpid()}", tmp_path / "elsewhere")
    place.folder.mkdir()
    with maintenance() as cursor:
        drop(cursor, place.name)
        cursor.execute(sql.SQL("create database {}").format(sql.Identifier(place.name)))
    yield place
    with maintenance() as cursor:
        drop(cursor, place.name)


@pytest.fixture
def everything():
    """A question for any database: digests of all rows of the tables that matter."""
    tables = [
        *("accounts_patient", "records_document", "records_prescriptionitem"),
        *("billing_payment", "billing_refund", "booking_appointment"),
        *("accounts_roleassignment", "audit_entry", "audit_seal"),
    ]
    digest = "(SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t)"
    return f"SELECT {', '.join(digest.format(one) for one in tables)}"
