"""What is in a person's copy: all that is theirs, and nothing of anybody else."""

import json
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Patient, Proxy, User
from accounts.users.models import Role
from accounts.users.services import assign_role
from audit.services import record
from portal.exports.models import Export
from portal.exports.services import ask_export, collect_export
from portal.holdings.queries import HOLDINGS
from records.models import Document
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.notifications import DeliveryFactory
from tests.factories.records import DocumentFactory, PrescriptionFactory


def members(user) -> dict[str, bytes]:
    """The opened archive of a new copy, by name."""
    export = ask_export(actor=user, at=timezone.now())
    collect_export(export=export, at=timezone.now())
    export.refresh_from_db()
    assert export.status == Export.Status.READY
    with export.file.open("rb") as file, zipfile.ZipFile(file) as zipped:
        assert zipped.testzip() is None
        return {name: zipped.read(name) for name in zipped.namelist()}


def test_every_table_column_and_file_of_hers_is_in(story, ann):
    found = members(ann)
    for holding in HOLDINGS.values():
        if holding.kind:
            assert json.loads(found[f"data/{holding.kind}.json"]), holding.kind
    everything = b"\n".join(found.values()).decode()
    assert len(story["Ann"]["shown"]) > 40
    assert {word for word in story["Ann"]["shown"] if word not in everything} == set()


def test_nothing_of_another_patient_and_no_secret_is_in(story, ann):
    everything = b"\n".join(members(ann).values()).decode()
    others = story["Zoe"]["shown"] | story["Zoe"]["hidden"] | story["Ann"]["hidden"]
    assert len(others) > 90
    assert {word for word in others if word in everything} == set()


def test_a_page_a_sheet_and_the_files_say_the_same(story, ann):
    found = members(ann)
    page = found["index.html"].decode()
    assert "Ann-appointments-reason" in page
    assert "Ann-appointments-reason" in found["sheets/appointments.csv"].decode()
    visit, _ = json.loads(found["data/appointments.json"])
    assert visit["doctor"] == "Dr Min Lee"
    (paper,) = json.loads(found["data/documents.json"])
    assert found[paper["file"]] == b"Ann-content-of-a-file"
    me, _ = json.loads(found["data/patient.json"])
    assert found[me["picture"]] == b"Ann-content-of-a-file-portrait"
    manifest = json.loads(found["manifest.json"])
    assert manifest["counts"]["documents"] == 1
    assert manifest["counts"]["files"] == 2
    assert manifest["not_included"]["socialaccount.SocialToken"]


def test_colleagues_are_named_and_their_addresses_stay_away(story, ann, dr_lee):
    everything = b"\n".join(members(ann).values()).decode()
    assert dr_lee.get_full_name() in everything
    assert dr_lee.email not in everything
    assert "you" in everything


def test_what_a_patient_typed_runs_nowhere(ann, clinical_files):
    AppointmentFactory(
        patient=ann.patient, reason='=HYPERLINK("x")<script>alert(1)</script>'
    )
    found = members(ann)
    assert b"<script" not in found["index.html"]
    assert b"&lt;script" in found["index.html"]
    assert b"\"'=HYPERLINK" in found["sheets/appointments.csv"]


@pytest.mark.parametrize(
    "held_back",
    [
        {"is_shared_with_patient": False},
        {"state": Document.State.QUARANTINED},
        {"removed_at": timezone.now()},
    ],
)
def test_what_is_held_back_is_said_to_be(ann, dr_lee, clinical_files, held_back):
    document = DocumentFactory(
        patient=ann.patient, uploaded_by=dr_lee, title="Thornbury lesion", **held_back
    )
    found = members(ann)
    (row,) = json.loads(found["data/documents.json"])
    assert row["withheld"]
    everything = b"\n".join(found.values())
    assert b"Thornbury" not in everything
    assert not [name for name in found if name.startswith("files/")]
    # Otherwise it is there: the refusal is not for another cause.
    Document.objects.filter(pk=document.pk).update(
        is_shared_with_patient=True, state=Document.State.CLEAN, removed_at=None
    )
    Export.objects.all().delete()
    assert b"Thornbury" in b"\n".join(members(ann).values())


def test_a_file_that_is_lost_costs_its_owner_nothing_else(story, ann, caplog):
    document = story["Ann"]["rows"]["records.Document"]
    document.file.storage.delete(document.file.name)
    found = members(ann)
    (name,) = json.loads(found["manifest.json"])["files_that_we_could_not_open"]
    assert name not in found
    assert "Ann-documents-title" in found["index.html"].decode()
    assert "can't be opened" in caplog.text


def test_what_is_not_signed_is_no_prescription(ann, dr_lee, clinical_files):
    PrescriptionFactory(patient=ann.patient, doctor=dr_lee.doctor, note="Quillwort")
    found = members(ann)
    assert json.loads(found["data/prescriptions.json"]) == []
    assert b"Quillwort" not in b"\n".join(found.values())


def test_a_merged_record_comes_along(ann, clinical_files):
    PatientFactory(merged_into=ann.patient, first_name="Annabel", last_name="Before")
    names = json.loads(members(ann)["data/patient.json"])
    assert [row["first_name"] for row in names] == ["Ann", "Annabel"]


def test_merged_records_point_at_each_other_as_fhir_says(ann, clinical_files):
    merged = PatientFactory(merged_into=ann.patient)
    before = PatientFactory(merged_into=merged)
    AppointmentFactory(patient=ann.patient)
    bundle = json.loads(members(ann)["fhir/bundle.json"])
    rows = [entry["resource"] for entry in bundle["entry"]]
    own, *others = [row for row in rows if row["resourceType"] == "Patient"]

    def link(kind, patient):
        other = {"reference": f"urn:uuid:{patient.public_id}"}
        return {"other": other, "type": kind}

    assert own["id"] == str(ann.patient.public_id)
    assert (own["active"], own["link"]) == (True, [link("replaces", merged)])
    assert [(row["active"], row["link"]) for row in others] == [
        (False, [link("replaced-by", ann.patient), link("replaces", before)]),
        (False, [link("replaced-by", merged)]),
    ]
    visit = next(row for row in rows if row["resourceType"] == "Appointment")
    assert visit["participant"][0]["actor"]["reference"].endswith(own["id"])


def test_whose_record_took_nothing_over_has_no_links(ann, clinical_files):
    bundle = json.loads(members(ann)["fhir/bundle.json"])
    assert "link" not in bundle["entry"][0]["resource"]


def test_a_doctor_who_is_a_patient_gets_their_own_data_alone(
    dr_roy, zoe, clinical_files
):
    assign_role(actor=None, user=dr_roy, role=Role.PATIENT)
    PatientFactory(user=dr_roy, first_name="Asha", last_name="Roy")
    DeliveryFactory(
        user=dr_roy,
        patient=None,
        event="doctor_booked",
        body_text="Zoe booked you",
    )
    DeliveryFactory(
        user=dr_roy, patient=None, event="account_new_device", body_text="Your device"
    )
    record(actor=dr_roy, verb="tests.opened", subject=zoe.patient, patient=zoe.patient)
    record(actor=dr_roy, verb="tests.worked", subject=dr_roy)
    everything = b"\n".join(members(dr_roy).values())
    assert b"Your device" in everything
    assert b"Zoe booked" not in everything
    assert b"tests.opened" not in everything
    assert b"tests.worked" not in everything


def test_who_acts_for_another_reads_that_and_nothing_of_the_other(
    clinical_files, ann, gus
):
    Proxy.objects.create(
        patient=ann.patient,
        user=gus,
        status="ASKED",
        relation="PARENT",
        reason="She is my daughter",
        lapses_at=timezone.now() + timedelta(days=1),
    )
    found = members(gus)
    (row,) = json.loads(found["data/proxies.json"])
    assert (row["relation"], row["reason"]) == ("PARENT", "She is my daughter")
    assert b"Ann" not in b"\n".join(found.values())
    # The other side reads that somebody may act, and not what they wrote of it.
    (row,) = json.loads(members(ann)["data/proxies.json"])
    assert (row["user"], row["reason"]) == (gus.get_full_name(), None)


def test_somebody_without_a_record_gets_their_account(ann, clinical_files):
    Patient.objects.update(user=None)
    found = members(User.objects.get(pk=ann.pk))
    assert json.loads(found["data/patient.json"]) == []
    assert json.loads(found["data/account.json"])[0]["email"] == "ann@example.org"
    assert "entry" not in json.loads(found["fhir/bundle.json"])


def test_many_rows_are_all_in_their_file_and_the_newest_day_is_not_lost(
    ann, clinical_files
):
    """More than stand on the page, and more than come at once from the database."""
    for number in range(310):
        record(actor=ann, verb=f"tests.n{number}", subject=ann)
    found = members(ann)
    said = {row["verb"] for row in json.loads(found["data/access_log.json"])}
    assert {f"tests.n{number}" for number in range(310)} <= said
    assert b"data/access_log" in found["index.html"] or b"more" in found["index.html"]


def test_the_bundle_is_what_fhir_r4_asks_for(story, ann):
    """By the rules of https://hl7.org/fhir/R4 for these five resources."""
    bundle = json.loads(members(ann)["fhir/bundle.json"])
    assert bundle["resourceType"] == "Bundle"
    assert bundle["type"] == "collection"
    resources = [entry["resource"] for entry in bundle["entry"]]
    kinds = [one["resourceType"] for one in resources]
    assert list(dict.fromkeys(kinds)) == [
        "Patient",
        "Appointment",
        "MedicationRequest",
        "DocumentReference",
        "QuestionnaireResponse",
    ]
    for entry in bundle["entry"]:
        assert entry["fullUrl"] == f"urn:uuid:{entry['resource']['id']}"
    patient, merged, visit, _, medicine, paper, answered = resources
    me = {"reference": f"urn:uuid:{patient['id']}"}
    assert (patient["active"], merged["active"]) == (True, False)
    assert merged["link"] == [{"other": me, "type": "replaced-by"}]
    assert patient["birthDate"] == "1986-03-14"
    assert patient["name"][0]["given"] == ["Ann-patient-first-name"]
    assert visit["status"] == "booked"
    assert visit["participant"][0]["actor"] == me
    assert {one["status"] for one in visit["participant"]} == {"accepted"}
    assert visit["start"] < visit["end"]
    assert medicine["intent"] == "order"
    assert medicine["status"] == "active"
    assert medicine["subject"] == paper["subject"] == me
    assert medicine["medicationCodeableConcept"]["text"]
    assert (answered["status"], answered["subject"]) == ("completed", me)
    assert answered["item"][0]["linkId"]
    assert paper["content"][0]["attachment"]["url"].startswith("../files/")
    assert _empty_parts(bundle) == []


def _empty_parts(part, path="Bundle"):
    """FHIR knows no null, no empty text, no empty list and no empty object."""
    if part in (None, "", [], {}):
        return [path]
    if isinstance(part, dict):
        return [e for k, v in part.items() for e in _empty_parts(v, f"{path}.{k}")]
    if isinstance(part, list):
        return [e for v in part for e in _empty_parts(v, path)]
    return []


def test_times_of_a_copy_are_those_of_the_rows(ann, clinical_files):
    visit = AppointmentFactory(patient=ann.patient)
    (row,) = json.loads(members(ann)["data/appointments.json"])
    assert row["starts_at"] == visit.starts_at.isoformat()
    assert visit.ends_at - visit.starts_at > timedelta(0)
