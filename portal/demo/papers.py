"""What lies in patients' records: letters, results, their own pictures, and signed
prescriptions with their papers."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from html import escape
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from accounts.models import Patient, User
from booking.appointments.models import Status
from booking.models import Appointment
from clinic.identity.queries import current
from foundation.formats import long_date
from foundation.pdf import render_pdf
from portal.demo.content import read_toml
from portal.demo.histories import backdate
from portal.demo.visits import code_of, uuid_of
from portal.demo.world import World
from records.models import Document, Prescription, PrescriptionItem
from records.prescriptions.services import VALID_DAYS, file_pdf
from records.prescriptions.tasks import prescription_pdf

_LETTERS, _UPLOADS, _PRESCRIPTIONS = 20, 9, 12
_ALLERGIES = ("No known allergies",) * 5 + ("Penicillin (rash)", "Aspirin (asthma)")
_CSS = """
@page { size: A4; margin: 22mm 20mm; }
body { font: 11pt/1.55 "Atkinson Hyperlegible Next", "Noto Sans", sans-serif; }
header { border-bottom: 2pt solid #0f5c4d; margin-bottom: 12mm; padding-bottom: 4mm; }
header b { color: #0f5c4d; font-size: 15pt; }
h1 { font-size: 15pt; margin: 8mm 0 5mm; }
p { margin: 0 0 4mm; }
footer { margin-top: 14mm; }
"""


def load_papers(world: World) -> None:
    """Documents of some visits, and prescriptions of others; Maya has both."""
    seen = [
        visit
        for visit in sorted(world.visits, key=lambda v: (v.starts_at, v.reference))
        if visit.status == Status.COMPLETED and visit.patient != world.maya
    ]
    hers = next(
        v
        for v in world.visits
        if v.patient == world.maya
        and v.status == Status.COMPLETED
        and v.doctor.slug == world.content.people["maya"]["doctor"]
    )
    letters = read_toml("letters.toml")
    rows = [
        _letter(world, hers, entry)
        for entry in letters["letters"]
        if entry["title"] in letters["maya"]["letters"]
    ]
    rows.append(_upload(world, world.maya, hers, letters["uploads"][-1]))
    for visit in world.dice.sample(seen, _LETTERS):
        fitting = [e for e in letters["letters"] if _suits(world, visit, e)]
        rows.append(_letter(world, visit, world.dice.choice(fitting)))
    own = [v for v in seen if v.patient is not None and v.patient.user is not None]
    for number, visit in enumerate(world.dice.sample(own, _UPLOADS)):
        entry = letters["uploads"][number % len(letters["uploads"])]
        rows.append(_upload(world, visit.patient, visit, entry))
    moments = {row.public_id: row.created_at for row in rows}
    Document.objects.bulk_create(rows)
    backdate(rows, {row.pk: moments[row.public_id] for row in rows})
    _load_prescriptions(world, seen, hers)


def _specialty(world: World, visit: Appointment) -> str:
    return world.facts(visit.doctor.slug).specialties[0]


def _suits(world: World, visit: Appointment, entry: dict[str, Any]) -> bool:
    return entry["for"] in ("all", _specialty(world, visit))


def _letter(world: World, visit: Appointment, entry: dict[str, Any]) -> Document:
    assert visit.patient is not None  # noqa: S101 completed visits have one
    day = long_date(visit.starts_at.astimezone(world.zone).date())
    words = {
        "patient": visit.patient.full_name,
        "doctor": visit.doctor.full_name,
        "date": day,
    }
    paragraphs = "".join(
        f"<p>{escape(text.format(**words))}</p>" for text in entry["paragraphs"]
    )
    clinic = current()
    html = (
        f'<html lang="en"><head><title>{escape(entry["title"])}</title></head><body>'
        f"<header><b>{escape(clinic.name)}</b><br>{escape(visit.location.name)}, "
        f"{escape(visit.location.city)}</header>"
        f"<p>{escape(visit.patient.full_name)}<br>Born "
        f"{long_date(visit.patient.birth_date)}<br>Patient number "
        f"{visit.patient.number}</p><h1>{escape(entry['title'])}</h1>{paragraphs}"
        f"<footer><p>{escape(visit.doctor.full_name)}<br>Registration number "
        f"{visit.doctor.registration_number}</p></footer></body></html>"
    )
    return _document(
        world,
        visit.patient,
        visit,
        content=render_pdf(html, css=_CSS),
        content_type="application/pdf",
        category=entry["category"],
        title=entry["title"],
        at=visit.ends_at + timedelta(minutes=world.dice.randrange(20, 4000)),
        by=visit.doctor.user,
    )


def _upload(
    world: World, patient: Patient | None, visit: Appointment, entry: dict[str, Any]
) -> Document:
    """A plain picture with its title on it, as if from a phone."""
    assert patient is not None  # noqa: S101 completed visits have one
    picture = Image.new("RGB", (900, 1200), "#f3efe6")
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((70, 120, 830, 1080), 40, fill="#ffffff", outline="#c9bfae")
    draw.text((130, 190), entry["title"], fill="#3b4a46", font_size=52)
    for row in range(9):
        width = world.dice.randrange(260, 620)
        top = 330 + row * 76
        draw.rounded_rectangle((130, top, 130 + width, top + 22), 11, fill="#d8d2c6")
    out = BytesIO()
    picture.save(out, "JPEG", quality=82)
    return _document(
        world,
        patient,
        visit,
        content=out.getvalue(),
        content_type="image/jpeg",
        category=entry["category"],
        title=entry["title"],
        at=visit.starts_at - timedelta(hours=world.dice.randrange(4, 40)),
        by=patient.user,
    )


def _document(
    world: World,
    patient: Patient,
    visit: Appointment,
    *,
    content: bytes,
    content_type: str,
    category: str,
    title: str,
    at: datetime,
    by: User | None,
) -> Document:
    document = Document(
        public_id=uuid_of(world),
        patient=patient,
        appointment=visit,
        uploaded_by=by,
        category=category,
        title=title,
        content_type=content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        state=Document.State.CLEAN,
    )
    document.file.save("file", ContentFile(content), save=False)
    document.created_at = min(at, world.at - timedelta(minutes=5))
    return document


def _load_prescriptions(
    world: World, seen: list[Appointment], hers: Appointment
) -> None:
    medicines = world.content.visits["medicines"]
    fitting = [v for v in seen if _specialty(world, v) in medicines]
    chosen = sorted(
        world.dice.sample(fitting, _PRESCRIPTIONS), key=lambda v: v.starts_at
    )
    made = [
        _prescribe(
            world,
            visit,
            [world.dice.choice(medicines[_specialty(world, visit)])],
            allergies=world.dice.choice(_ALLERGIES),
        )
        for visit in chosen
    ]
    maya = world.content.people["maya"]
    sumatriptan = [
        "Sumatriptan",
        "tablets",
        "50 mg",
        "ONE tablet when a headache starts. One more after 2 hours if it comes back. "
        "No more than 6 tablets in 24 hours.",
        6,
        "tablets",
        0,
    ]
    made.append(_prescribe(world, hers, [sumatriptan], allergies=maya["allergies"]))
    _end_some(world, made)
    doctors = (world.content.people["maya"]["doctor"], chosen[-1].doctor.slug)
    unsigned: list[Appointment] = []
    for slug in doctors:
        others = [visit.patient for visit in unsigned]
        unsigned.append(
            next(
                visit
                for visit in reversed(seen)
                if visit.doctor.slug == slug and visit.patient not in others
            )
        )
    _leave_drafts(world, unsigned)
    for prescription in made:
        document = file_pdf(
            prescription=prescription,
            pdf=prescription_pdf(prescription),
            at=world.at,
        )
        backdate([document], {document.pk: prescription.created_at})


def _prescribe(
    world: World,
    visit: Appointment,
    lines: Iterable[list[Any]],
    *,
    allergies: str,
    **fields: Any,
) -> Prescription:
    """One signed at the end of the visit."""
    assert visit.patient is not None  # noqa: S101 completed visits have one
    signed_at = visit.ends_at - timedelta(minutes=1)
    prescription = Prescription.objects.create(
        public_id=uuid_of(world),
        number=f"RX-{code_of(world, 4)}-{code_of(world, 4)}",
        patient=visit.patient,
        doctor=visit.doctor,
        appointment=visit,
        allergies=allergies,
        **{
            "status": Prescription.Status.SIGNED,
            "signed_at": signed_at,
            "expires_date": (signed_at + timedelta(days=VALID_DAYS)).date(),
            "check_code": code_of(world, 8),
            **fields,
        },
    )
    backdate([prescription], {prescription.pk: signed_at})
    _write_lines(prescription, lines)
    return prescription


def _write_lines(prescription: Prescription, lines: Iterable[list[Any]]) -> None:
    names = ("medicine", "form", "strength", "directions", "quantity", "quantity_unit")
    PrescriptionItem.objects.bulk_create(
        PrescriptionItem(
            prescription=prescription,
            position=position,
            repeats=line[6],
            **dict(zip(names, line, strict=False)),
        )
        for position, line in enumerate(lines, start=1)
    )


def _end_some(world: World, made: list[Prescription]) -> None:
    """The oldest was replaced by another one, the next one withdrawn."""
    replaced, withdrawn = made[0], made[1]
    lines = [
        [i.medicine, i.form, i.strength, i.directions, i.quantity, i.quantity_unit, 0]
        for i in replaced.items.all()
    ]
    assert replaced.appointment is not None  # noqa: S101 made so
    newer = _prescribe(
        world,
        replaced.appointment,
        lines,
        allergies=replaced.allergies,
        replaces=replaced,
        note="Fewer repeats than before.",
    )
    replaced.status = Prescription.Status.REPLACED
    replaced.save(update_fields=["status"])
    withdrawn.status = Prescription.Status.WITHDRAWN
    assert withdrawn.signed_at is not None  # noqa: S101 made so
    withdrawn.withdrawn_at = withdrawn.signed_at + timedelta(days=1)
    withdrawn.withdrawn_reason = (
        "You told us that you have taken it before and felt ill."
    )
    withdrawn.save(update_fields=["status", "withdrawn_at", "withdrawn_reason"])
    made.append(newer)


def _leave_drafts(world: World, visits: list[Appointment]) -> None:
    """Two that the doctor has begun and not signed."""
    for visit in visits:
        assert visit.patient is not None  # noqa: S101 completed visits have one
        draft = Prescription.objects.create(
            public_id=uuid_of(world),
            number=f"RX-{code_of(world, 4)}-{code_of(world, 4)}",
            patient=visit.patient,
            doctor=visit.doctor,
            appointment=visit,
        )
        lines = world.content.visits["medicines"][_specialty(world, visit)]
        _write_lines(draft, lines[:1])
