"""The forty payloads in what leaves the house: mails and papers."""

import io
import re
import subprocess
from datetime import UTC, datetime

import pikepdf
import pytest
from tinyhtml5 import parse

from booking.appointments import tasks
from booking.appointments.models import Status
from booking.appointments.services import telling
from clinic.models import ClinicIdentity
from notifications.models import Delivery
from records.prescriptions.tasks import prescription_pdf
from tests.edges.payloads import PAYLOADS
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory, open_offering
from tests.factories.records import PrescriptionFactory, PrescriptionItemFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 13, 8, tzinfo=UTC)
TEN = datetime(2026, 3, 16, 10, 20, tzinfo=UTC)


def identity(words):
    """What editors say of the clinic, all of it that mails and papers repeat."""
    ClinicIdentity.objects.update_or_create(
        pk=1,
        defaults={
            "name": words[:120],
            "strapline": words[:120],
            "legal_line": words[:300],
            "privacy_note": words,
            "emergency_number": words[:20],
        },
    )


def elements(html):
    """Every element with the names of its attributes, and every address."""
    found = [one for one in parse(html).iter() if isinstance(one.tag, str)]
    kinds = {(one.tag.rpartition("}")[2], tuple(sorted(one.attrib))) for one in found}
    addresses = [
        value
        for one in found
        for name, value in one.attrib.items()
        if name in ("href", "src", "action")
    ]
    return kinds, addresses


def mail(words):
    identity(words)
    patient = PatientFactory(
        first_name=words[:100], last_name=words[:100], email="x@example.org"
    )
    visit = AppointmentFactory(
        offering=open_offering(),
        patient=patient,
        starts_at=TEN,
        status=Status.CONFIRMED,
        confirmed_at=NOW,
        reason=words,
    )
    tasks.send_confirmation(telling.load(visit.pk).pk)
    sent = Delivery.objects.filter(channel="EMAIL", patient=patient).latest("pk")
    return sent.subject, sent.body_html


def test_no_payload_acts_in_a_mail():
    _, plain = mail("Zebedee")
    kinds, _ = elements(plain)
    seen = 0
    for payload in PAYLOADS[::3]:
        subject, html = mail(payload)
        found, addresses = elements(html)
        assert found <= kinds, payload
        assert not [
            one for one in addresses if re.match(r"\s*(javascript|data|vb)", one, re.I)
        ]
        assert "\n" not in subject
        seen += "canary" in html
    assert seen > 8


def test_no_payload_acts_on_a_paper(tmp_path):
    """All forty in a prescription: they are printed as they were typed."""
    words = " ".join(PAYLOADS)
    identity(words)
    patient = PatientFactory(first_name=words[:100], last_name=words[:100])
    prescription = PrescriptionFactory(
        patient=patient, signed=True, allergies=words, note=words
    )
    PrescriptionItemFactory(
        prescription=prescription, medicine=words[:120], directions=words
    )
    made = prescription_pdf(prescription)
    with pikepdf.open(io.BytesIO(made)) as pdf:
        for one in pdf.objects:
            if isinstance(one, pikepdf.Dictionary):
                acts = {"/JS", "/JavaScript", "/Launch", "/OpenAction", "/AA", "/EF"}
                assert not acts & set(one.keys())
                assert str(one.get("/S", "")) not in {"/JavaScript", "/Launch", "/URI"}
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(made)
    text = subprocess.run(
        ["pdftotext", str(paper), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "<script>canary(1)</script>" in text
    assert text.count("canary") > 40
