"""Jobs around prescriptions."""

import base64
import io
from datetime import timedelta
from functools import cache
from pathlib import Path

import segno
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from clinic.identity.queries import current
from clinic.locations.models import Location
from clinic.visit_types.models import Offering
from foundation.formats import clock, local, plain_date, zone_abbreviation
from foundation.pdf import render_pdf
from notifications.deliveries.services import notify
from notifications.preferences.queries import recipient_for_patient
from records.prescriptions.models import Prescription
from records.prescriptions.queries import is_filed, unfiled
from records.prescriptions.services import file_pdf

# For so long the queue tries by itself: five times, two minutes apart.
PATIENCE = timedelta(minutes=15)
AT_ONCE = 20

# What stands for the clinic's colour in drawings and style sheets.
BRAND = "#0f5c4d"
_CSS = Path(settings.BASE_DIR) / "templates" / "records" / "prescriptions" / "pdf.css"


def file_prescription(prescription_id: int) -> None:
    """Make the PDF of what stands now, then tell the patient. Running it twice files
    and tells once."""
    prescription = (
        Prescription.objects.select_related(
            "patient", "doctor", "pdf", "appointment__location"
        )
        .filter(pk=prescription_id)
        .first()
    )
    if prescription is None or prescription.status == Prescription.Status.DRAFT:
        return
    at = timezone.now()
    if not is_filed(prescription):
        file_pdf(prescription=prescription, pdf=prescription_pdf(prescription), at=at)
    ended = prescription.status != Prescription.Status.SIGNED
    notify(
        event="prescription_ended" if ended else "prescription_ready",
        recipient=recipient_for_patient(prescription.patient),
        context={"doctor": prescription.doctor.full_name},
        dedupe_key=f"prescription:{prescription.pk}:{prescription.status}",
        link=reverse("records:prescription", args=[prescription.public_id]),
        at=at,
    )


def file_waiting() -> None:
    """File what the queue gave up on, as when the storage was away for longer."""
    for prescription in unfiled(timezone.now() - PATIENCE)[:AT_ONCE]:
        file_prescription(prescription.pk)


def prescription_pdf(prescription: Prescription) -> bytes:
    """The paper, in the print design, with a code by which a pharmacist checks it."""
    clinic = current()
    address = (
        f"{settings.SITE_URL}{reverse('records:prescription_check')}"
        f"?code={prescription.check_code}"
    )
    html = render_to_string(
        "records/prescriptions/pdf.html",
        {
            "prescription": prescription,
            "items": list(prescription.items.order_by("position")),
            "patient": prescription.patient,
            "specialties": list(prescription.doctor.specialties.order_by("name")),
            "clinic": clinic,
            "location": _location(prescription),
            "signed": _signed(prescription, clinic.time_zone),
            "site": settings.SITE_URL.split("//", 1)[-1],
            "qr": _qr(address),
            "logo": _logo(clinic.brand_colour),
        },
    )
    css = _CSS.read_text(encoding="utf-8").replace(BRAND, clinic.brand_colour)
    return render_pdf(html, css=_font_face() + css)


def _location(prescription: Prescription) -> Location | None:
    """Where it was written: at the visit's location, else where the doctor works."""
    if prescription.appointment is not None:
        return prescription.appointment.location
    offered = Offering.objects.filter(doctor=prescription.doctor, is_active=True)
    first = offered.select_related("location").order_by("pk").first()
    return first.location if first else None


def _signed(prescription: Prescription, zone: str) -> str:
    """When it was signed: date, time and zone, in words."""
    at = prescription.signed_at
    if at is None:
        raise ValueError("A draft has no paper.")
    day, time = plain_date(local(at, zone).date()), clock(at, zone, staff=True)
    return f"{day}, {time} {zone_abbreviation(zone, at)}"


@cache
def _font_face() -> str:
    """The product's own typeface, inside the style sheet; none before the build."""
    path = finders.find("dist/fonts/atkinson-latin.woff2")
    if path is None:
        return ""
    content = base64.b64encode(Path(path).read_bytes()).decode()
    return (
        '@font-face { font-family: "Atkinson Hyperlegible Next"; '
        f"src: url(data:font/woff2;base64,{content}) }}"
    )


def _logo(colour: str) -> str:
    """The clinic's mark in its own colour, as an address with the picture in it."""
    mark = Path(settings.BASE_DIR) / "static" / "img" / "icon.svg"
    drawing = mark.read_text(encoding="utf-8").replace(BRAND, colour)
    return "data:image/svg+xml;base64," + base64.b64encode(drawing.encode()).decode()


def _qr(address: str) -> str:
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="png", scale=6, border=1)
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
