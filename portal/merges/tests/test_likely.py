"""Which records may be one person's."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Patient
from accounts.users.services import assign_role
from audit.models import Entry
from foundation.scene import Scene, acting
from portal.merges.queries import likely_pairs, pairs_with
from portal.merges.queries.likely import judge
from portal.merges.services import say_different
from portal.models import Erasure
from tests.factories.accounts import PatientFactory, UserFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import LocationFactory

BORN = date(1990, 5, 2)
MAYA = {
    "first_name": "Maya",
    "last_name": "Thornbury",
    "birth_date": BORN,
    "email": "maya@example.org",
    "phone": "+447700900111",
}
ELSE = {"email": "other@example.org", "phone": "+447700900222"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "Same name"),
        (ELSE, "Same birth date"),
        (ELSE | {"first_name": "MAYA", "last_name": "thornbury"}, "Same name"),
        (ELSE | {"last_name": "Thornburry"}, "Nearly the same name"),
        (
            ELSE | {"first_name": "Thornbury", "last_name": "Maya"},
            "First and last name changed places",
        ),
        ({"birth_date": date(1990, 2, 5)}, "Birth date nearly the same"),
        ({"birth_date": date(1980, 5, 2)}, "Birth date nearly the same"),
        # Married since.
        ({"last_name": "Okafor"}, "Same first name"),
    ],
)
def test_these_may_be_one_person(changes, reason):
    pair = judge(Patient(pk=1, **MAYA), Patient(pk=2, **MAYA | changes))
    assert pair is not None
    assert reason in pair.reasons


@pytest.mark.parametrize(
    "changes",
    [
        # Her twin, at the same address.
        {"first_name": "Lena"},
        # Her mother, who was called the same.
        {"birth_date": date(1962, 11, 30)},
        # A namesake.
        ELSE | {"birth_date": date(1971, 8, 19)},
        # Born on the same day.
        ELSE | {"last_name": "Okafor"},
        ELSE | {"first_name": "Ivo"},
        ELSE | {"birth_date": date(1990, 2, 5)},
    ],
)
def test_these_are_not(changes):
    assert judge(Patient(pk=1, **MAYA), Patient(pk=2, **MAYA | changes)) is None


def test_the_list_has_them_the_strongest_first(db, desk):
    one = PatientFactory(**MAYA)
    other = PatientFactory(**MAYA)
    third = PatientFactory(**MAYA | ELSE | {"last_name": "Thornburry"})
    PatientFactory(**MAYA | {"first_name": "Lena"})
    found = [(pair.stays, pair.goes) for pair in likely_pairs(desk)]
    assert found[0] == (one, other)
    assert set(found[1:]) == {(one, third), (other, third)}


def test_the_one_with_an_account_had_better_stay(db, desk):
    older = PatientFactory(**MAYA)
    newer = PatientFactory(**MAYA, user=UserFactory())
    [pair] = likely_pairs(desk)
    assert (pair.stays, pair.goes) == (newer, older)


def test_merged_and_forgotten_records_are_not_in_it(ann, desk):
    one = PatientFactory(**MAYA)
    other = PatientFactory(**MAYA)
    assert len(likely_pairs(desk)) == len(pairs_with(desk, one)) == 1
    erasure = Erasure.objects.create(
        user=UserFactory(), patient=other, status="DONE", decided_by=ann,
        decided_at="2026-01-01T00:00Z", ground="NOT_NEEDED", released_by=desk,
    )  # fmt: skip
    assert (likely_pairs(desk), pairs_with(desk, one)) == ([], [])
    erasure.delete()
    Patient.objects.filter(pk=other.pk).update(merged_into=ann.patient)
    assert (likely_pairs(desk), pairs_with(desk, one)) == ([], [])


def test_a_desk_sees_only_pairs_of_which_its_place_knows_both(db):
    here, there = LocationFactory(), LocationFactory()
    at_desk = UserFactory()
    assign_role(actor=None, user=at_desk, role="RECEPTIONIST", place=here.place)
    one, other = PatientFactory(**MAYA), PatientFactory(**MAYA)
    visit = AppointmentFactory(patient=other, location=there)
    assert (likely_pairs(at_desk), pairs_with(at_desk, one)) == ([], [])
    visit.location = here
    visit.save()
    assert len(likely_pairs(at_desk)) == len(pairs_with(at_desk, one)) == 1


def test_who_was_told_apart_is_off_the_list(desk):
    one, other = PatientFactory(**MAYA), PatientFactory(**MAYA)
    for _ in range(2):
        say_different(actor=desk, one=other, other=one)
    assert likely_pairs(desk) == []
    assert [pair.is_denied for pair in pairs_with(desk, one)] == [True]
    assert Entry.objects.filter(verb="patient.told_apart").count() == 2


def test_it_costs_the_same_however_many_there_are(desk):
    def queries():
        with CaptureQueriesContext(connection) as counted:
            likely_pairs(desk)
        return len(counted)

    for _ in range(2):
        PatientFactory(**MAYA)
    queries()
    few = queries()
    for _ in range(6):
        PatientFactory(**MAYA)
    assert queries() == few


def test_who_is_only_compared_is_seen_by_nobody(desk):
    one, other = PatientFactory(**MAYA), PatientFactory(**MAYA)
    PatientFactory(**MAYA | ELSE | {"first_name": "Mia", "last_name": "Okafor"})
    for pairs in (likely_pairs, lambda user: pairs_with(user, one)):
        with acting(Scene()) as scene:
            assert len(pairs(desk)) == 1
        assert {row.pk for row in scene.loaded} == {one.pk, other.pk}
