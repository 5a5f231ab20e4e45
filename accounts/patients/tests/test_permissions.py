import pytest

from accounts.models import Patient
from accounts.patients.permissions import visible_to


@pytest.fixture
def cast(ann, gus, zoe, dr_lee, dr_roy, nurse, desk, biller, editor, medical_admin):
    return [ann, gus, zoe, dr_lee, dr_roy, nurse, desk, biller, editor, medical_admin]


def test_visible_to_agrees_with_view_patient(cast):
    for user in cast:
        seen = set(visible_to(user))
        allowed = {
            patient
            for patient in Patient.objects.all()
            if user.has_perm("accounts.view_patient", patient)
        }
        assert seen == allowed, user


def test_strangers_and_editors_see_nobody_else(ann, zoe, dr_roy, editor):
    assert set(visible_to(zoe)) == {zoe.patient}
    assert set(visible_to(dr_roy)) == set()
    assert set(visible_to(editor)) == set()


def test_who_treats_a_patient_sees_them(ann, zoe, dr_lee):
    assert set(visible_to(dr_lee)) == {ann.patient}


def test_a_superuser_sees_no_patient(ann, django_user_model):
    root = django_user_model.objects.create_superuser("root@example.org")
    assert set(visible_to(root)) == set()
    assert not root.has_perm("accounts.view_patient", ann.patient)
