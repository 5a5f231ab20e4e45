"""What the search box on top shows while somebody types."""

import pytest
from django.urls import reverse

from audit.models import Entry
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory

PAGE = reverse("workspace:patients")
TYPING = {"HX-Request": "true"}


@pytest.fixture
def thorns(db):
    return [
        PatientFactory(first_name="Maya", last_name=f"Thorn{letter}")
        for letter in "abcdefgh"
    ]


def test_two_letters_find_the_first_few(client, desk, thorns):
    client.force_login(desk)
    page = client.get(PAGE, {"q": "th"}, headers=TYPING).text
    assert page.count('role="option"') == 7
    assert reverse("workspace:patient", args=[thorns[0].public_id]) in page
    assert "THORNA, Maya" in page
    assert "THORNH" not in page
    assert "Enter shows all" in page
    assert "<html" not in page


def test_a_last_name_comes_before_a_first_name(client, desk, thorns):
    PatientFactory(first_name="Thora", last_name="Abel")
    client.force_login(desk)
    page = client.get(PAGE, {"q": "tho"}, headers=TYPING).text
    assert "THORNA" in page
    assert "ABEL" not in page
    assert "ABEL" in client.get(PAGE, {"q": "tho"}).text


def test_one_letter_looks_for_nobody(client, desk, thorns):
    client.force_login(desk)
    assert client.get(PAGE, {"q": "t"}, headers=TYPING).text.strip() == ""


def test_the_reference_of_a_visit_is_found_and_opens_nothing_by_itself(
    client, desk, ann
):
    visit = AppointmentFactory(patient=ann.patient)
    client.force_login(desk)
    page = client.get(PAGE, {"q": visit.reference}, headers=TYPING)
    assert page.status_code == 200
    assert reverse("workspace:appointment", args=[visit.public_id]) in page.text


def test_only_those_whom_one_may_see(client, dr_lee, ann, thorns):
    client.force_login(dr_lee)
    page = client.get(PAGE, {"q": "th"}, headers=TYPING).text
    assert "option" not in page
    assert "Nobody found whom you may see" in page
    assert "Ann" in client.get(PAGE, {"q": "an"}, headers=TYPING).text


def test_who_was_shown_stands_in_the_access_log(client, desk, thorns):
    client.force_login(desk)
    client.get(PAGE, {"q": "thornb"}, headers=TYPING)
    (entry,) = Entry.objects.filter(action="SEARCH")
    assert entry.patient_id == thorns[1].pk
