"""The FHIR bundle of a copy, judged by a library that others wrote.

It knows R4B, which differs from R4 in resources about products and trials; none of
those is ours. It checks types, cardinality and unknown names, but not the values of
codes: these are held against the lists that it carries.
"""

import copy
import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone
from fhir.resources.R4B.bundle import Bundle
from pydantic import BaseModel, ValidationError

from booking.appointments.models import Status
from portal.exports.queries import Archive, Person
from portal.exports.queries.fhir import APPOINTMENT, PRESCRIPTION, SEX, bundle
from portal.holdings.queries import records_of
from tests.factories.booking import AppointmentFactory
from tests.factories.forms import ResponseFactory, links, make_form
from tests.factories.records import (
    DocumentFactory,
    PrescriptionFactory,
    PrescriptionItemFactory,
)

pytestmark = pytest.mark.django_db
AT = timezone.now()


@pytest.fixture(autouse=True)
def _files(clinical_files):
    """Every test keeps its files to itself."""


@pytest.fixture
def record_of_ann(ann):
    """A visit in each status, and a paper and a medicine of each kind."""
    for day, status in enumerate(Status):
        AppointmentFactory(
            patient=ann.patient,
            starts_at=AT + timedelta(days=day + 1),
            status=status,
            hold_expires_at=AT + timedelta(hours=1) if status == Status.HELD else None,
            reason="Chest pain" if day % 2 else "",
        )
    for changes in ({"signed": True}, {"signed": True, "status": "WITHDRAWN"}):
        paper = PrescriptionFactory(patient=ann.patient, **changes)
        PrescriptionItemFactory(prescription=paper, medicine="Bisoprolol")
    DocumentFactory(patient=ann.patient, is_shared_with_patient=True)
    form = make_form(questions=[("YES_NO", "Do you smoke?"), ("LONG", "More?")])
    answers = {links(form)["Do you smoke?"]: ["No"]}
    ResponseFactory(patient=ann.patient, questionnaire=form, answers=answers)
    return ann


def bundle_of(user):
    person = Person(user=user, patients=records_of(user))
    return json.loads(json.dumps(bundle(person, at=AT)))


def complaints(told):
    """What the judge has against a bundle."""
    try:
        read = Bundle.model_validate(told)
    except ValidationError as error:
        return [str(one["loc"]) for one in error.errors()]
    return list(_wrong_codes(read))


def _wrong_codes(part):
    if isinstance(part, list):
        for one in part:
            yield from _wrong_codes(one)
    if not isinstance(part, BaseModel):
        return
    for name, field in type(part).model_fields.items():
        value = getattr(part, name, None)
        known = (field.json_schema_extra or {}).get("enum_values")
        for one in value if isinstance(value, list) else [value]:
            if known and one is not None and one not in known:
                yield f"{type(part).__name__}.{name}: {one}"
        yield from _wrong_codes(value)


def test_the_judge_has_nothing_against_it_and_reads_all_of_it(record_of_ann):
    told = bundle_of(record_of_ann)
    assert complaints(told) == []
    kinds = {entry["resource"]["resourceType"] for entry in told["entry"]}
    assert kinds == {
        "Patient",
        "Appointment",
        "MedicationRequest",
        "DocumentReference",
        "QuestionnaireResponse",
    }
    statuses = {
        entry["resource"]["status"]
        for entry in told["entry"]
        if entry["resource"]["resourceType"] == "Appointment"
    }
    assert statuses == set(APPOINTMENT.values())
    # Nothing of ours was left aside as unknown.
    again = json.loads(Bundle.model_validate(told).model_dump_json(exclude_none=True))
    assert _names(again) == _names(told)


def _names(part, path=""):
    """Every name in it, with how often."""
    if isinstance(part, dict):
        return sorted(
            name for k, v in part.items() for name in [k, *_names(v, f"{path}.{k}")]
        )
    if isinstance(part, list):
        return sorted(name for one in part for name in _names(one, path))
    return []


def test_the_file_in_the_archive_is_that_bundle(record_of_ann):
    person = Person(user=record_of_ann, patients=records_of(record_of_ann))
    archive = Archive(person, at=AT, on_step=lambda done: None)
    zipped = zipfile.ZipFile(io.BytesIO(b"".join(archive.chunks())))
    assert complaints(json.loads(zipped.read("fhir/bundle.json"))) == []


def test_somebody_without_a_record_has_a_bundle_too(gus):
    gus.patient.delete()
    assert complaints(bundle_of(gus)) == []


def test_every_status_and_sex_has_a_code_of_the_standard(ann):
    assert set(APPOINTMENT) == set(Status)
    told = bundle_of(ann)
    for code in {*SEX.values()}:
        told["entry"][0]["resource"]["gender"] = code
        assert complaints(told) == []
    assert {"active", "stopped", "cancelled"} == set(PRESCRIPTION.values())


@pytest.mark.parametrize(
    ("kind", "spoil"),
    [
        ("Patient", lambda one: one.update(birthDate="14/03/1986")),
        ("Patient", lambda one: one.update(gender="xx")),
        ("Patient", lambda one: one.update(nickname="Annie")),
        ("Appointment", lambda one: one.pop("status")),
        ("Appointment", lambda one: one.update(status="done")),
        ("Appointment", lambda one: one["participant"][0].pop("status")),
        ("MedicationRequest", lambda one: one.pop("subject")),
        ("MedicationRequest", lambda one: one.update(dosageInstruction="daily")),
        ("DocumentReference", lambda one: one.pop("content")),
        ("QuestionnaireResponse", lambda one: one.update(status="sent")),
        ("QuestionnaireResponse", lambda one: one["item"][0].pop("linkId")),
    ],
)
def test_the_judge_would_notice(record_of_ann, kind, spoil):
    told = copy.deepcopy(bundle_of(record_of_ann))
    found = [
        e["resource"] for e in told["entry"] if e["resource"]["resourceType"] == kind
    ]
    spoil(found[0])
    assert complaints(told)
