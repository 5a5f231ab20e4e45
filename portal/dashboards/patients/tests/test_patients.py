import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from portal.dashboards.patients.queries import find_patients
from tests.factories.accounts import PatientFactory


@pytest.fixture
def maya(db):
    return PatientFactory(
        first_name="Maya",
        last_name="Thornbury",
        number="P-7KQ2-M9XD",
        phone="+447700900555",
        email="maya@example.org",
    )


@pytest.mark.parametrize(
    "words",
    ["thorn", "maya thorn", "p-7kq2", "07700 900555", "900555", "maya@", "14/3/1986"],
)
def test_find_patients_by_what_people_know(desk, maya, words):
    PatientFactory(
        first_name="Zed", last_name="Other", phone="", birth_date="1990-01-01"
    )
    assert set(find_patients(desk, words, at=timezone.now())) == {maya}


def test_find_patients_only_among_those_one_may_see(dr_lee, ann, maya):
    assert set(find_patients(dr_lee, "", at=timezone.now())) == {ann.patient}
    assert set(find_patients(dr_lee, "thornbury", at=timezone.now())) == set()


def test_zeros_alone_are_nobodys_phone(desk, maya):
    assert set(find_patients(desk, "0000", at=timezone.now())) == set()


def test_merged_records_are_not_found(desk, ann, maya):
    maya.merged_into = ann.patient
    maya.save()
    assert set(find_patients(desk, "thornbury", at=timezone.now())) == set()


def test_the_last_visit_is_one_that_was(client, desk, make_visit):
    done = make_visit(9, days=-3, status="COMPLETED")
    make_visit(9, days=3)
    (found,) = find_patients(desk, "", at=timezone.now())
    assert found.last_visit_at == done.starts_at


def test_a_reference_leads_to_its_visit(client, desk, zoe, make_visit):
    visit = make_visit()
    address = reverse("workspace:patients")
    client.force_login(desk)
    response = client.get(address, {"q": visit.reference.lower()})
    assert response["Location"] == reverse(
        "workspace:appointment", args=[visit.public_id]
    )


def test_a_reference_of_others_finds_nothing(client, dr_roy, make_visit):
    client.force_login(dr_roy)
    page = client.get(reverse("workspace:patients"), {"q": make_visit().reference})
    assert "Nobody found" in page.text


def test_opening_a_patient_is_logged(client, ann, dr_lee):
    client.force_login(dr_lee)
    client.get(reverse("workspace:patient", args=[ann.patient.public_id]))
    entry = Entry.objects.get(verb="data.opened")
    assert (entry.actor, entry.patient_id) == (dr_lee, ann.patient.pk)


@pytest.mark.parametrize("who", ["dr_roy", "nurse"])
def test_a_stranger_does_not_exist(client, ann, who, request):
    client.force_login(request.getfixturevalue(who))
    address = reverse("workspace:patient", args=[ann.patient.public_id])
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("who", ["ann", "zoe", "editor", "admin"])
def test_the_list_is_for_who_works_with_patients(client, ann, who, request):
    client.force_login(request.getfixturevalue(who))
    assert client.get(reverse("workspace:patients")).status_code == 403


def test_the_desk_sees_contacts_and_no_record(client, ann, desk, make_visit):
    make_visit()
    client.force_login(desk)
    page = client.get(reverse("workspace:patient", args=[ann.patient.public_id]))
    assert ann.patient.email in page.text
    assert "Secret reason" not in page.text
    assert "llergies" not in page.text


@pytest.mark.parametrize("count", [1, 10])
def test_lists_cost_a_fixed_number_of_queries(
    client, desk, ann, make_visit, count, django_assert_max_num_queries
):
    for number in range(count):
        PatientFactory()
        make_visit(hour=8 + number)
    client.force_login(desk)
    # With the one that counts the search, and the one that logs who was shown.
    with django_assert_max_num_queries(12):
        client.get(reverse("workspace:patients"))
    # With those that look for open emergency access and, for each rule about the
    # patient's things, whether the reader acts for them; and the log's.
    with django_assert_max_num_queries(20):
        client.get(reverse("workspace:patient", args=[ann.patient.public_id]))
