from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django_q.models import OrmQ

from audit.models import Entry
from notifications.models import Delivery
from records.models import Document, Prescription
from records.prescriptions.permissions import visible_to
from records.prescriptions.queries import find_by_check_code, is_valid
from records.prescriptions.services import (
    Item,
    NotPossible,
    rewrite_draft,
    sign_prescription,
    withdraw_prescription,
    write_prescription,
)
from records.prescriptions.tasks import file_prescription
from tests.factories.clinic import DoctorFactory
from tests.factories.records import PrescriptionFactory, PrescriptionItemFactory

AT = datetime(2026, 3, 31, 13, 38, tzinfo=UTC)
ITEM = Item(
    medicine="Sumatriptan",
    strength="50 mg",
    form="tablets",
    directions="ONE tablet when a headache starts.",
    quantity=6,
    quantity_unit="tablets",
)


@pytest.fixture(autouse=True)
def _clinical_files(clinical_files):
    """Every test keeps its files to itself."""


@pytest.fixture
def draft(ann, dr_lee):
    return write_prescription(
        actor=dr_lee,
        doctor=dr_lee.doctor,
        patient=ann.patient,
        items=[ITEM],
        allergies="Penicillin (severe)",
    )


def test_sign_prescription_fixes_it_for_good(draft, dr_lee):
    signed = sign_prescription(actor=dr_lee, prescription=draft, at=AT)
    assert (signed.status, signed.signed_at) == (Prescription.Status.SIGNED, AT)
    assert signed.expires_date == (AT + timedelta(days=28)).date()
    with pytest.raises(NotPossible):
        rewrite_draft(actor=dr_lee, prescription=signed, items=[], allergies="x")
    with pytest.raises(NotPossible):
        sign_prescription(actor=dr_lee, prescription=signed, at=AT)


def test_sign_prescription_needs_medicines_and_a_word_on_allergies(ann, dr_lee):
    empty = PrescriptionFactory(patient=ann.patient, doctor=dr_lee.doctor)
    with pytest.raises(NotPossible, match="medicine"):
        sign_prescription(actor=dr_lee, prescription=empty, at=AT)
    silent = PrescriptionFactory(
        patient=ann.patient, doctor=dr_lee.doctor, allergies=""
    )
    PrescriptionItemFactory(prescription=silent)
    with pytest.raises(NotPossible, match="allergies"):
        sign_prescription(actor=dr_lee, prescription=silent, at=AT)


def test_signing_a_replacement_ends_what_it_replaces(draft, dr_lee):
    old = sign_prescription(actor=dr_lee, prescription=draft, at=AT)
    new = write_prescription(
        actor=dr_lee,
        doctor=dr_lee.doctor,
        patient=old.patient,
        items=[ITEM],
        allergies="Penicillin",
        replaces=old,
    )
    old.refresh_from_db()
    assert old.status == Prescription.Status.SIGNED
    sign_prescription(actor=dr_lee, prescription=new, at=AT)
    old.refresh_from_db()
    assert old.status == Prescription.Status.REPLACED


def test_a_signed_prescription_becomes_a_pdf_and_the_patient_is_told_once(
    draft, dr_lee, ann
):
    sign_prescription(actor=dr_lee, prescription=draft, at=AT)
    assert OrmQ.objects.count() == 1
    file_prescription(prescription_id=draft.pk)
    file_prescription(prescription_id=draft.pk)
    draft.refresh_from_db()
    assert draft.pdf.file.read().startswith(b"%PDF-")
    assert Document.objects.filter(removed_at=None).count() == 1
    told = Delivery.objects.filter(event="prescription_ready")
    assert {delivery.channel for delivery in told} == {"EMAIL", "IN_APP"}
    for delivery in told.filter(channel="EMAIL"):
        assert "Sumatriptan" not in delivery.subject + delivery.body_text
        assert "Sumatriptan" not in delivery.body_html


def test_a_withdrawn_prescription_says_so_on_paper_and_to_the_patient(draft, dr_lee):
    sign_prescription(actor=dr_lee, prescription=draft, at=AT)
    file_prescription(prescription_id=draft.pk)
    draft.refresh_from_db()
    first = draft.pdf
    withdraw_prescription(actor=dr_lee, prescription=draft, reason="Wrong dose", at=AT)
    file_prescription(prescription_id=draft.pk)
    draft.refresh_from_db()
    first.refresh_from_db()
    assert draft.pdf != first
    assert first.removed_at is not None
    assert Delivery.objects.filter(event="prescription_ended").exists()


def test_visible_to_agrees_with_view_prescription(
    ann, gus, zoe, dr_lee, dr_roy, nurse, desk, biller, editor, medical_admin
):
    PrescriptionFactory(patient=ann.patient, doctor=dr_lee.doctor)
    PrescriptionFactory(patient=ann.patient, doctor=dr_lee.doctor, signed=True)
    PrescriptionFactory(patient=zoe.patient, signed=True)
    for user in (
        ann, gus, zoe, dr_lee, dr_roy, nurse, desk, biller, editor, medical_admin
    ):  # fmt: skip
        allowed = {
            prescription
            for prescription in Prescription.objects.all()
            if user.has_perm("records.view_prescription", prescription)
        }
        assert set(visible_to(user)) == allowed, user


def test_only_the_doctor_who_treats_the_patient_prescribes(ann, dr_lee, dr_roy, desk):
    assert dr_lee.has_perm("records.prescribe", ann.patient)
    assert not dr_roy.has_perm("records.prescribe", ann.patient)
    assert not desk.has_perm("records.prescribe", ann.patient)


def test_find_by_check_code_forgives_spaces_and_says_nothing_of_drafts(draft, dr_lee):
    assert find_by_check_code("") is None
    signed = sign_prescription(actor=dr_lee, prescription=draft, at=AT)
    code = signed.check_code.lower()
    assert find_by_check_code(f" {code[:4]} {code[4:]} ") == signed
    assert find_by_check_code("WRONG123") is None
    assert is_valid(signed, on=AT.date())
    assert not is_valid(signed, on=AT.date() + timedelta(days=29))


def _lines(*items: dict) -> dict[str, str]:
    data = {
        "allergy_state": "none",
        "items-TOTAL_FORMS": str(len(items)),
        "items-INITIAL_FORMS": "0",
    }
    for index, item in enumerate(items):
        data |= {f"items-{index}-{name}": value for name, value in item.items()}
    return data


LINE = {
    "medicine": "Amitriptyline",
    "strength": "10 mg",
    "form": "tablets",
    "directions": "ONE at night.",
    "quantity": "28",
    "quantity_unit": "tablets",
    "repeats": "1",
}


def test_the_doctor_writes_reviews_and_signs(client, ann, dr_lee):
    client.force_login(dr_lee)
    address = reverse("records:prescription_write", args=[ann.patient.public_id])
    assert client.get(address).status_code == 200
    review = client.post(address, _lines(LINE), follow=True)
    assert "Amitriptyline 10 mg tablets" in review.text
    assert "28 (twenty-eight) tablets" in review.text
    prescription = Prescription.objects.get()
    sign = reverse("records:prescription_act", args=[prescription.public_id, "sign"])
    assert client.post(sign, follow=True).status_code == 200
    prescription.refresh_from_db()
    assert prescription.status == Prescription.Status.SIGNED
    assert Entry.objects.filter(verb="prescription.signed", actor=dr_lee).exists()


def test_another_medicine_is_added_without_losing_what_was_typed(client, ann, dr_lee):
    client.force_login(dr_lee)
    address = reverse("records:prescription_write", args=[ann.patient.public_id])
    half = {"medicine": "Amitriptyline", "directions": "ONE at night."}
    page = client.post(address, {**_lines(half), "add_line": "1"})
    assert page.status_code == 200
    assert 'value="Amitriptyline"' in page.text
    assert 'name="items-1-medicine"' in page.text
    assert Prescription.objects.count() == 0


def test_wrong_input_is_named_beside_its_field(client, ann, dr_lee):
    client.force_login(dr_lee)
    address = reverse("records:prescription_write", args=[ann.patient.public_id])
    page = client.post(address, _lines({**LINE, "quantity": "0"}))
    assert page.status_code == 422
    assert 'aria-invalid="true"' in page.text
    assert 'value="Amitriptyline"' in page.text
    assert client.post(address, _lines()).status_code == 422


@pytest.mark.parametrize("stranger", ["zoe", "dr_roy", "desk", "editor"])
def test_writing_is_not_for_others(client, ann, dr_lee, stranger, request):
    client.force_login(request.getfixturevalue(stranger))
    address = reverse("records:prescription_write", args=[ann.patient.public_id])
    assert client.post(address, _lines(LINE)).status_code in {403, 404}
    assert Prescription.objects.count() == 0


def test_another_doctor_of_the_patient_reads_but_does_not_withdraw(
    client, ann, draft, dr_lee, dr_roy
):
    from accounts.patients.services import open_care_relation  # noqa: PLC0415

    sign_prescription(actor=dr_lee, prescription=draft, at=AT)
    open_care_relation(patient=ann.patient, user=dr_roy, source="VISIT", at=AT)
    client.force_login(dr_roy)
    page = reverse("records:prescription", args=[draft.public_id])
    assert client.get(page).status_code == 200
    act = reverse("records:prescription_act", args=[draft.public_id, "withdraw"])
    assert client.post(act, {"reason": "x"}).status_code == 403


def test_the_patient_reads_signed_ones_and_no_drafts(client, ann, draft, dr_lee):
    client.force_login(ann)
    page = reverse("records:prescription", args=[draft.public_id])
    assert client.get(page).status_code == 404
    sign_prescription(actor=dr_lee, prescription=draft, at=AT)
    assert "Sumatriptan" in client.get(page).text
    assert "Sumatriptan" in client.get(reverse("records:medicines")).text


def test_the_public_check_says_nothing_of_patient_or_medicine(client, draft, dr_lee):
    signed = sign_prescription(actor=dr_lee, prescription=draft, at=AT)
    page = client.get(
        reverse("records:prescription_check"), {"code": signed.check_code}
    )
    assert signed.number in page.text
    assert "Sumatriptan" not in page.text
    assert signed.patient.last_name not in page.text
    DoctorFactory()
    assert (
        "know this code"
        in client.get(reverse("records:prescription_check"), {"code": "XXXX YYYY"}).text
    )
