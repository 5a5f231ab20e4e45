from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.emergency_access.models import EmergencyAccess
from accounts.emergency_access.queries import accesses_of, find_patient, open_accesses
from accounts.emergency_access.services import (
    NoReason,
    NotAllowed,
    NotReviewable,
    OpenAlready,
    TooOften,
    end_access,
    open_access,
    review_access,
)
from accounts.models import CareRelation, Patient
from accounts.patients.permissions import visible_to
from audit.models import Entry
from tests.factories.accounts import PatientFactory
from tests.factories.records import DocumentFactory, PrescriptionFactory

WHY = "Unconscious in the waiting room, allergies unknown"


@pytest.fixture
def ask(ann):
    def ask(user, patient=None, at=None, reason=WHY):
        return open_access(
            actor=user,
            patient=patient or ann.patient,
            reason=reason,
            at=at or timezone.now(),
        )

    return ask


def _reaches(user, patient):
    """What of a patient is open to the user: record, document, prescription."""
    fresh = type(user).objects.get(pk=user.pk)
    document = DocumentFactory(patient=patient)
    prescription = PrescriptionFactory(patient=patient, signed=True)
    return [
        fresh.has_perm("records.view_record", patient),
        fresh.has_perm("records.view_document", document),
        fresh.has_perm("records.view_prescription", prescription),
    ]


@pytest.mark.parametrize("who", ["dr_roy", "nurse", "desk", "biller", "admin"])
def test_it_opens_one_record_for_whoever_works_here(ask, ann, zoe, who, request):
    user = request.getfixturevalue(who)
    assert _reaches(user, ann.patient) == [False, False, False]
    ask(user)
    assert _reaches(user, ann.patient) == [True, True, True]
    assert _reaches(user, zoe.patient) == [False, False, False]
    assert ann.patient in set(visible_to(type(user).objects.get(pk=user.pk)))


@pytest.mark.parametrize("who", ["zoe", "author", "editor", "reviewer"])
def test_patients_and_editors_cannot_ask(ask, who, request):
    with pytest.raises(NotAllowed):
        ask(request.getfixturevalue(who))
    assert not CareRelation.objects.filter(source="EMERGENCY").exists()


def test_nobody_opens_their_own_record(ask, dr_roy):
    own = PatientFactory(user=dr_roy)
    with pytest.raises(NotAllowed):
        ask(dr_roy, patient=own)


@pytest.mark.parametrize("reason", ["", "urgent", " " * 40])
def test_a_reason_is_a_sentence(ask, dr_roy, reason):
    with pytest.raises(NoReason):
        ask(dr_roy, reason=reason)


def test_it_ends_by_itself(ask, ann, dr_roy):
    at = timezone.now() - timedelta(minutes=61)
    access = ask(dr_roy, at=at)
    assert access.ends_at == at + timedelta(minutes=60)
    assert _reaches(dr_roy, ann.patient) == [False, False, False]
    assert list(open_accesses(dr_roy, at=at + timedelta(minutes=59))) == [access]
    assert list(open_accesses(dr_roy, at=at + timedelta(minutes=60))) == []


def test_no_setting_makes_it_longer_than_an_hour(ask, dr_roy, settings):
    settings.EMERGENCY_ACCESS_MINUTES = 600
    access = ask(dr_roy, at=timezone.now() - timedelta(hours=2))
    assert access.ends_at - access.starts_at == timedelta(minutes=60)
    settings.EMERGENCY_ACCESS_MINUTES = 10
    shorter = ask(dr_roy)
    assert shorter.ends_at - shorter.starts_at == timedelta(minutes=10)


def test_nor_does_the_database(ask, dr_roy):
    access = ask(dr_roy)
    rows = EmergencyAccess.objects.filter(pk=access.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(ends_at=access.starts_at + timedelta(minutes=61))
    relation = CareRelation.objects.filter(user=dr_roy, source="EMERGENCY")
    with pytest.raises(IntegrityError), transaction.atomic():
        relation.update(ends_at=None)


def test_ending_it_closes_the_record_at_once(ask, ann, dr_roy):
    access = ask(dr_roy)
    end_access(actor=dr_roy, access=access, at=timezone.now())
    assert _reaches(dr_roy, ann.patient) == [False, False, False]
    verbs = Entry.objects.filter(
        verb__startswith="emergency.", patient_id=ann.patient.pk
    )
    assert [entry.verb for entry in verbs.order_by("pk")] == [
        "emergency.opened",
        "emergency.ended",
    ]
    # A second time changes nothing.
    end_access(actor=dr_roy, access=access, at=timezone.now())
    assert verbs.count() == 2


def test_it_can_be_used_again_and_again_ends(ask, ann, dr_roy):
    end_access(actor=dr_roy, access=ask(dr_roy), at=timezone.now())
    again = ask(dr_roy)
    assert _reaches(dr_roy, ann.patient) == [True, True, True]
    assert CareRelation.objects.get(source="EMERGENCY").ends_at == again.ends_at
    assert EmergencyAccess.objects.count() == 2


def test_asking_twice_is_asking_once(ask, dr_roy):
    assert ask(dr_roy) == ask(dr_roy)
    assert EmergencyAccess.objects.count() == 1


def test_who_treats_the_patient_needs_none(ask, dr_lee):
    with pytest.raises(OpenAlready):
        ask(dr_lee)


def test_it_is_for_emergencies(ask, dr_roy, settings):
    settings.EMERGENCY_ACCESS_A_DAY = 2
    at = timezone.now()
    for _ in range(2):
        ask(dr_roy, patient=PatientFactory())
    with pytest.raises(TooOften):
        ask(dr_roy)
    ask(dr_roy, at=at + timedelta(hours=24, minutes=1))


def test_losing_the_role_closes_it(ask, ann, dr_roy):
    ask(dr_roy)
    dr_roy.role_assignments.all().delete()
    assert _reaches(dr_roy, ann.patient) == [False, False, False]


def test_medical_administration_reviews_all_but_its_own(ask, dr_roy, medical_admin):
    access, at = ask(dr_roy), timezone.now()
    review_access(
        actor=medical_admin, access=access, outcome="QUERIED", note="Why?", at=at
    )
    access.refresh_from_db()
    assert (access.review, access.reviewed_by) == ("QUERIED", medical_admin)
    own = ask(medical_admin, patient=PatientFactory())
    for user in (medical_admin, dr_roy):
        with pytest.raises(NotReviewable):
            review_access(actor=user, access=own, outcome="REVIEWED", note="", at=at)


def test_a_patient_reads_who_and_why(ask, ann, zoe, dr_roy):
    access = ask(dr_roy)
    (read,) = accesses_of(ann.patient)
    assert (read, read.roles, read.reason) == (access, "Doctor", WHY)
    assert list(accesses_of(zoe.patient)) == []


def test_the_log_holds_no_words_of_the_reason(ask, dr_roy):
    ask(dr_roy)
    assert Entry.objects.get(verb="emergency.opened").detail == {"minutes": 60}


@pytest.mark.parametrize(
    ("who", "found"),
    [
        ("Ann Patient", True),
        ("  ann   PATIENT ", True),
        ("Ann", False),
        ("Patient", False),
        ("", False),
        ("%", False),
    ],
)
def test_somebody_is_found_by_the_whole_name_and_birth_date(ann, who, found):
    born = ann.patient.birth_date
    assert (find_patient(who, born) == ann.patient) is found
    assert find_patient(who, born + timedelta(days=1)) is None


def test_somebody_is_found_by_the_whole_number(ann):
    patient = ann.patient
    assert find_patient(patient.number.lower(), patient.birth_date) == patient
    assert find_patient(patient.number[:-1], patient.birth_date) is None


def test_of_two_with_one_name_neither_is_guessed(ann):
    same = Patient.objects.get(pk=ann.patient.pk)
    PatientFactory(first_name="Ann", last_name="Patient", birth_date=same.birth_date)
    assert find_patient("Ann Patient", same.birth_date) is None
    assert find_patient(same.number, same.birth_date) == same
