"""A person's record as a FHIR R4 bundle: https://hl7.org/fhir/R4/bundle.html.

Plain dictionaries, of the resources that exist here. Ids are the rows' random public
ids; references point within the bundle, by `urn:uuid:` as R4 asks of collections.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from accounts.models import Patient
from booking.appointments.models import Status
from portal.exports.queries.rows import Person, file_name, is_withheld, said_of

Resource = dict[str, Any]

# https://hl7.org/fhir/R4/valueset-appointmentstatus.html
APPOINTMENT = {
    Status.HELD: "pending",
    Status.REQUESTED: "proposed",
    Status.CONFIRMED: "booked",
    Status.ARRIVED: "arrived",
    Status.IN_CONSULTATION: "checked-in",
    Status.COMPLETED: "fulfilled",
    Status.DECLINED: "cancelled",
    Status.EXPIRED: "cancelled",
    Status.CANCELLED: "cancelled",
    Status.MISSED: "noshow",
}
# https://hl7.org/fhir/R4/valueset-medicationrequest-status.html
PRESCRIPTION = {"SIGNED": "active", "REPLACED": "stopped", "WITHDRAWN": "cancelled"}
# https://hl7.org/fhir/R4/valueset-questionnaire-answers-status.html
RESPONSE = {"IN_PROGRESS": "in-progress", "COMPLETED": "completed"}
SEX = {"FEMALE": "female", "MALE": "male", "OTHER": "other", "UNKNOWN": "unknown"}


def bundle(person: Person, *, at: datetime) -> Resource:
    """The whole of it; without entries where there is no record yet."""
    entries = [
        {"fullUrl": f"urn:uuid:{one['id']}", "resource": one}
        for one in _resources(person)
    ]
    found: Resource = {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": at.isoformat(timespec="seconds"),
    }
    # FHIR knows no empty lists.
    return found | ({"entry": entries} if entries else {})


def _resources(person: Person) -> Iterator[Resource]:
    if person.patient is None:
        return
    subject = _reference(person.patient)
    for record in person.patients:
        yield _patient(record, person.patients)
    for visit in person.rows("booking.Appointment"):
        yield _appointment(visit, subject)
    yield from _medications(person, subject)
    for document in person.rows("records.Document"):
        if document.file and not is_withheld(document, person):
            yield _document(document, subject)
    for response in person.rows("records.QuestionnaireResponse"):
        yield _response(response, subject)


def _medications(person: Person, subject: Resource) -> Iterator[Resource]:
    items: dict[int, list[Any]] = {}
    for item in person.rows("records.PrescriptionItem"):
        items.setdefault(item.prescription_id, []).append(item)
    signed = (one for one in person.rows("records.Prescription") if one.signed_at)
    for prescription in signed:
        for item in items.get(prescription.pk, []):
            yield _medication(prescription, item, subject)


def _reference(patient: Patient) -> Resource:
    return {"reference": f"urn:uuid:{patient.public_id}"}


def _links(row: Patient, records: Sequence[Patient]) -> list[Resource]:
    """What a record took over, and what took it over: R4's Patient.link. The rows of
    both are those of the record that stays."""
    over = [(one, "replaced-by") for one in records if one.pk == row.merged_into_id]
    under = [(one, "replaces") for one in records if one.merged_into_id == row.pk]
    return [{"other": _reference(one), "type": kind} for one, kind in [*over, *under]]


def _patient(row: Any, records: Sequence[Patient]) -> Resource:
    telecom = [
        {"system": system, "value": value}
        for system, value in (("phone", row.phone), ("email", row.email))
        if value
    ]
    found: Resource = {
        "resourceType": "Patient",
        "id": str(row.public_id),
        "identifier": [{"value": row.number}],
        "active": row.merged_into_id is None,
        "name": [{"family": row.last_name, "given": [row.first_name]}],
        "gender": SEX[row.sex],
        "birthDate": row.birth_date.isoformat(),
        "communication": [
            {"language": {"coding": [{"system": "urn:ietf:bcp:47",
                                      "code": row.language}]}}
        ],
    }  # fmt: skip
    if telecom:
        found["telecom"] = telecom
    if row.address:
        found["address"] = [{"text": row.address}]
    if links := _links(row, records):
        found["link"] = links
    return found


def _appointment(row: Any, subject: Resource) -> Resource:
    found: Resource = {
        "resourceType": "Appointment",
        "id": str(row.public_id),
        "identifier": [{"value": row.reference}],
        "status": APPOINTMENT[row.status],
        "serviceType": [{"text": str(row.visit_type)}],
        "start": row.starts_at.isoformat(timespec="seconds"),
        "end": row.ends_at.isoformat(timespec="seconds"),
        "created": row.created_at.isoformat(timespec="seconds"),
        "participant": [
            {"actor": subject, "status": "accepted"},
            {"actor": {"display": str(row.doctor)}, "status": "accepted"},
            {"actor": {"display": str(row.location)}, "status": "accepted"},
        ],
    }
    if row.reason:
        found["reasonCode"] = [{"text": row.reason}]
    return found


def _medication(prescription: Any, item: Any, subject: Resource) -> Resource:
    what = " ".join(filter(None, [item.medicine, item.strength, item.form]))
    dispense: Resource = {
        "numberOfRepeatsAllowed": item.repeats,
        "quantity": {"value": item.quantity, "unit": item.quantity_unit},
    }
    if prescription.expires_date:
        dispense["validityPeriod"] = {"end": prescription.expires_date.isoformat()}
    return {
        "resourceType": "MedicationRequest",
        "id": str(item.public_id),
        "groupIdentifier": {"value": prescription.number},
        "status": PRESCRIPTION[prescription.status],
        "intent": "order",
        "medicationCodeableConcept": {"text": what},
        "subject": subject,
        "authoredOn": prescription.signed_at.isoformat(timespec="seconds"),
        "requester": {"display": str(prescription.doctor)},
        "dosageInstruction": [{"text": item.directions}],
        "dispenseRequest": dispense,
    }


def _response(row: Any, subject: Resource) -> Resource:
    authored = row.completed_at or row.updated_at
    items = []
    for said in said_of(row):
        one: Resource = {"linkId": said["link"], "text": said["question"]}
        if "document" in said:
            reference = f"DocumentReference/{said['document']}"
            one["answer"] = [{"valueReference": {"reference": reference}}]
        elif said["answer"]:
            one["answer"] = [{"valueString": said["answer"]}]
        items.append(one)
    form = row.questionnaire
    found: Resource = {
        "resourceType": "QuestionnaireResponse",
        "id": str(row.public_id),
        # A canonical address with its version: the same form has the same address.
        "questionnaire": f"urn:uuid:{form.key}|{form.version}",
        "status": RESPONSE[row.status],
        "subject": subject,
        "authored": authored.isoformat(timespec="seconds"),
    }
    return found | ({"item": items} if items else {})


def _document(row: Any, subject: Resource) -> Resource:
    return {
        "resourceType": "DocumentReference",
        "id": str(row.public_id),
        "status": "entered-in-error" if row.removed_at else "current",
        "type": {"text": row.get_category_display()},
        "subject": subject,
        "date": row.created_at.isoformat(timespec="seconds"),
        "description": row.title,
        "content": [
            {
                "attachment": {
                    "contentType": row.content_type,
                    "url": f"../{file_name(row)}",
                    "size": row.size,
                    "title": row.title,
                }
            }
        ],
    }
