"""The desk puts a patient's details right."""

import pytest
from django.urls import reverse

from accounts.models import Patient
from accounts.patients.services import correct_patient
from audit.models import Entry

TYPED = {
    "first_name": "Anne",
    "last_name": "Patient",
    "birth_date_day": "14",
    "birth_date_month": "3",
    "birth_date_year": "1986",
    "sex": "FEMALE",
    "phone": "07700 900777",
    "email": "anne@example.org",
    "address": "1 Quay Street",
    "language": "en",
}


def _address(patient):
    return reverse("workspace:patient_edit", args=[patient.public_id])


def test_the_desk_changes_details_and_the_audit_names_them(client, desk, ann):
    client.force_login(desk)
    page = client.post(_address(ann.patient), TYPED, follow=True)
    assert "The details are saved." in page.text
    patient = Patient.objects.get(pk=ann.patient.pk)
    assert (patient.first_name, patient.phone) == ("Anne", "+447700900777")
    assert patient.email == "anne@example.org"
    entry = Entry.objects.get(verb="patient.changed")
    assert (entry.actor, entry.patient_id) == (desk, patient.pk)
    assert entry.detail == {"fields": "address,email,first_name,phone,sex"}
    ann.refresh_from_db()
    assert (ann.first_name, ann.email) == ("Anne", "ann@example.org")


def test_saving_without_a_change_writes_nothing(client, desk, ann):
    client.force_login(desk)
    client.post(_address(ann.patient), TYPED)
    page = client.post(_address(ann.patient), TYPED, follow=True)
    assert "Nothing was changed." in page.text
    assert Entry.objects.filter(verb="patient.changed").count() == 1


def test_what_is_wrong_is_said_and_what_was_typed_is_kept(client, desk, ann):
    client.force_login(desk)
    wrong = TYPED | {
        "birth_date_month": "13",
        "first_name": "",
        "address": "2 Mill Lane",
    }
    page = client.post(_address(ann.patient), wrong)
    assert page.status_code == 422
    assert "Enter the first name" in page.text
    assert "month of birth from 1 to 12" in page.text
    assert "2 Mill Lane" in page.text
    page = client.post(_address(ann.patient), TYPED | {"phone": "", "email": ""})
    assert "Enter a phone number or an e-mail address" in page.text
    ann.patient.refresh_from_db()
    assert ann.patient.address == ""


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("medical_admin", 200),
        ("biller", 403),
        ("dr_lee", 403),
        ("dr_roy", 404),
        ("zoe", 403),
        ("ann", 403),
        ("editor", 403),
        ("admin", 403),
    ],
)
def test_only_the_desk_and_medical_administration_change(
    client, ann, who, status, request
):
    client.force_login(request.getfixturevalue(who))
    address = _address(ann.patient)
    assert client.get(address).status_code == status
    if status != 200:
        assert client.post(address, TYPED).status_code == status
        ann.patient.refresh_from_db()
        assert ann.patient.first_name == "Ann"


def test_the_button_is_there_for_those_who_may(client, ann, desk, dr_lee):
    page = reverse("workspace:patient", args=[ann.patient.public_id])
    client.force_login(desk)
    assert _address(ann.patient) in client.get(page).text
    client.force_login(dr_lee)
    assert _address(ann.patient) not in client.get(page).text


def test_a_merged_record_is_left_as_it_was(client, desk, ann, zoe):
    Patient.objects.filter(pk=zoe.patient.pk).update(user=None, merged_into=ann.patient)
    client.force_login(desk)
    assert client.get(_address(zoe.patient)).status_code == 404


def test_only_identity_and_contacts_can_be_corrected(desk, ann):
    with pytest.raises(TypeError):
        correct_patient(actor=desk, patient=ann.patient, number="P-1")
