"""Records, for tests."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime

import factory
import pikepdf
from django.core.files.base import ContentFile
from PIL import Image

from records.models import Amendment, Document, Prescription, PrescriptionItem
from tests.factories.accounts import PatientFactory, UserFactory
from tests.factories.clinic import DoctorFactory


def png(size: tuple[int, int] = (8, 8)) -> bytes:
    """A small picture."""
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, "PNG")
    return out.getvalue()


def paper(*build: Callable[[pikepdf.Pdf], None]) -> bytes:
    """A small PDF of one page, as each of `build` changes it."""
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        for change in build:
            change(pdf)
        pdf.save(out)
    return out.getvalue()


class DocumentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Document

    patient = factory.SubFactory(PatientFactory)
    category = Document.Category.LETTER
    title = "Letter from the eye hospital"
    file = factory.LazyFunction(lambda: ContentFile(png(), "file"))
    content_type = "image/png"
    size = 100
    sha256 = "0" * 64
    state = Document.State.CLEAN


class PrescriptionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Prescription

    number = factory.Sequence(lambda n: f"RX-2026-T{n:05}")
    patient = factory.SubFactory(PatientFactory)
    doctor = factory.SubFactory(DoctorFactory)
    allergies = "No known allergies"

    class Params:
        signed = factory.Trait(
            status=Prescription.Status.SIGNED,
            signed_at=datetime(2026, 3, 31, 13, 38, tzinfo=UTC),
            expires_date=date(2026, 4, 28),
            check_code=factory.Sequence(lambda n: f"T{n:07}"),
        )


class PrescriptionItemFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PrescriptionItem

    prescription = factory.SubFactory(PrescriptionFactory)
    position = factory.Sequence(lambda n: n)
    medicine = "Sumatriptan"
    form = "tablets"
    strength = "50 mg"
    directions = "ONE tablet when a headache starts."
    quantity = 6
    quantity_unit = "tablets"


class AmendmentFactory(factory.django.DjangoModelFactory):
    """A request for a correction that waits for an answer."""

    class Meta:
        model = Amendment

    patient = factory.SubFactory(PatientFactory)
    asked_by = factory.LazyAttribute(lambda row: row.patient.user or UserFactory())
    part = "OTHER"
    wrong = "It says that I smoke"
    right = "I have never smoked"
    asked_at = datetime(2026, 3, 16, 10, tzinfo=UTC)
    due_at = datetime(2026, 4, 15, 10, tzinfo=UTC)
