"""What doctors and patients see around a prescription."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.factors.services import note_proof
from records.models import Prescription
from records.prescriptions.services import Item, sign_prescription, write_prescription
from records.prescriptions.tasks import file_prescription
from tests.factories.booking import AppointmentFactory
from tests.second_factors import code_of, keep, with_app

AT = datetime(2026, 3, 31, 13, 38, tzinfo=UTC)
ITEM = Item(
    medicine="Sumatriptan",
    strength="50 mg",
    form="tablets",
    directions="ONE tablet when a headache starts.",
    quantity=6,
    quantity_unit="tablets",
)
FORM = {
    "allergy_state": "none",
    "items-TOTAL_FORMS": "1",
    "items-INITIAL_FORMS": "0",
    "items-0-medicine": "Amitriptyline",
    "items-0-form": "tablets",
    "items-0-directions": "ONE at night.",
    "items-0-quantity": "28",
    "items-0-quantity_unit": "tablets",
}


@pytest.fixture(autouse=True)
def _clinical_files(clinical_files):
    """Every test keeps its files to itself."""


@pytest.fixture
def signed(ann, dr_lee):
    draft = write_prescription(
        actor=dr_lee,
        doctor=dr_lee.doctor,
        patient=ann.patient,
        items=[ITEM],
        allergies="Penicillin (severe)",
    )
    return sign_prescription(actor=dr_lee, prescription=draft, at=AT)


def _write(ann):
    return reverse("records:prescription_write", args=[ann.patient.public_id])


def _page(prescription):
    return reverse("records:prescription", args=[prescription.public_id])


def test_known_allergies_stand_in_the_banner_and_in_the_form(
    client, ann, dr_lee, signed
):
    client.force_login(dr_lee)
    page = client.get(_write(ann))
    assert "Known allergies" in page.text
    assert 'value="Penicillin (severe)"' in page.text


def test_nothing_is_assumed_where_nobody_asked_yet(client, ann, dr_lee):
    client.force_login(dr_lee)
    page = client.get(_write(ann))
    assert "Allergies not recorded" in page.text
    assert page.context["form"].initial == {"note": ""}


def test_a_medicine_can_be_left_out_again(client, ann, dr_lee):
    client.force_login(dr_lee)
    second = {
        **{name.replace("-0-", "-1-"): value for name, value in FORM.items()},
        "items-1-medicine": "Ramipril",
        "items-0-DELETE": "on",
        "items-TOTAL_FORMS": "2",
    }
    client.post(_write(ann), {**FORM, **second})
    (item,) = Prescription.objects.get().items.all()
    assert item.medicine == "Ramipril"


def test_all_left_out_is_no_prescription(client, ann, dr_lee):
    client.force_login(dr_lee)
    page = client.post(_write(ann), {**FORM, "items-0-DELETE": "on"})
    assert page.status_code == 422
    assert "Add at least one medicine." in page.text


@pytest.mark.parametrize("count", ["", "x", "-1", "9" * 5000])
def test_nonsense_in_the_count_is_no_error_of_ours(client, ann, dr_lee, count):
    client.force_login(dr_lee)
    data = {**FORM, "items-TOTAL_FORMS": count}
    assert client.post(_write(ann), {**data, "add_line": "1"}).status_code == 200
    assert client.post(_write(ann), data).status_code == 422


def test_a_prescription_keeps_the_visit_it_was_written_in(client, ann, zoe, dr_lee):
    mine = AppointmentFactory(patient=ann.patient, doctor=dr_lee.doctor)
    others = AppointmentFactory(patient=zoe.patient)
    client.force_login(dr_lee)
    client.post(f"{_write(ann)}?visit={mine.public_id}", FORM)
    client.post(f"{_write(ann)}?visit={others.public_id}", FORM)
    client.post(f"{_write(ann)}?visit=nonsense", FORM)
    found = Prescription.objects.order_by("pk").values_list("appointment", flat=True)
    assert list(found) == [mine.pk, None, None]


def test_withdrawing_without_a_reason_is_named_beside_the_box(client, dr_lee, signed):
    client.force_login(dr_lee)
    act = reverse("records:prescription_act", args=[signed.public_id, "withdraw"])
    page = client.post(act, {"reason": ""})
    assert page.status_code == 422
    assert "Say why, in words for the patient" in page.text
    signed.refresh_from_db()
    assert signed.status == Prescription.Status.SIGNED


def test_the_page_asks_for_the_paper_until_it_is_there(client, ann, dr_lee, signed):
    client.force_login(ann)
    assert 'hx-trigger="every 3s"' in client.get(_page(signed)).text
    file_prescription(signed.pk)
    part = client.get(_page(signed), headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert "Download PDF" in part
    page = client.get(_page(signed)).text
    assert "every 3s" not in page
    assert "Download PDF for the pharmacy" in page


def test_the_old_paper_is_not_handed_out_for_a_withdrawn_prescription(
    client, ann, dr_lee, signed
):
    file_prescription(signed.pk)
    client.force_login(dr_lee)
    act = reverse("records:prescription_act", args=[signed.public_id, "withdraw"])
    client.post(act, {"reason": "Wrong dose"})
    client.force_login(ann)
    assert "being made" in client.get(_page(signed)).text
    file_prescription(signed.pk)
    signed.refresh_from_db()
    assert signed.pdf.title == f"Prescription {signed.number}, withdrawn"
    page = client.get(_page(signed)).text
    assert "Wrong dose" in page
    assert "Do not use this prescription" in page


# --- Signing takes a fresh proof ---


@pytest.fixture
def draft(ann, dr_lee):
    return write_prescription(
        actor=dr_lee,
        doctor=dr_lee.doctor,
        patient=ann.patient,
        items=[ITEM],
        allergies="Penicillin (severe)",
    )


def _proved(client, minutes_ago):
    session = client.session
    at = timezone.now() - timedelta(minutes=minutes_ago)
    session["factor"] = {**session["factor"], "at": at.timestamp()}
    keep(client, session)


def _sign(draft):
    return reverse("records:prescription_act", args=[draft.public_id, "sign"])


def test_signing_takes_a_proof_of_the_last_quarter_of_an_hour(client, dr_lee, draft):
    with_app(dr_lee)
    client.force_login(dr_lee)
    _proved(client, minutes_ago=16)
    assert client.post(_sign(draft)).status_code == 403
    draft.refresh_from_db()
    assert draft.status == Prescription.Status.DRAFT
    _proved(client, minutes_ago=14)
    assert client.post(_sign(draft)).status_code == 302
    draft.refresh_from_db()
    assert draft.status == Prescription.Status.SIGNED


def test_a_remembered_device_never_signs(client, dr_lee, draft):
    with_app(dr_lee)
    client.force_login(dr_lee)
    note_proof(
        session=(session := client.session), user=dr_lee, method="remembered", at=None
    )
    keep(client, session)
    assert client.get(reverse("workspace:day")).status_code == 200
    assert client.post(_sign(draft)).status_code == 403
    draft.refresh_from_db()
    assert draft.status == Prescription.Status.DRAFT


def test_the_code_signs_at_once(client, dr_lee, draft):
    app = with_app(dr_lee)
    client.force_login(dr_lee)
    _proved(client, minutes_ago=60)
    form = {"step_up": "code", "step_up_method": "POST", "step_up_code": code_of(app)}
    assert client.post(_sign(draft), form).status_code == 302
    draft.refresh_from_db()
    assert draft.status == Prescription.Status.SIGNED


def test_withdrawing_does_not_wait_for_a_code(client, dr_lee, signed):
    with_app(dr_lee)
    client.force_login(dr_lee)
    _proved(client, minutes_ago=60)
    path = reverse("records:prescription_act", args=[signed.public_id, "withdraw"])
    client.post(path, {"reason": "Wrong strength"})
    signed.refresh_from_db()
    assert signed.status == Prescription.Status.WITHDRAWN
