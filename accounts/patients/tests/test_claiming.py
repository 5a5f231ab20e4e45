"""A guest's booking becomes somebody's own, once they have proved the address."""

from datetime import date

import pytest
from allauth.account.models import EmailAddress
from django.core import signing

from accounts.models import CareRelation, Patient, User
from accounts.patients.permissions import acted_on_by
from accounts.patients.queries import claim_path, claim_token, read_claim
from accounts.patients.services import (
    AlreadyClaimed,
    AnotherPerson,
    NotProved,
    TwoVisitsAtOnce,
    claim_patient,
    complete_profile,
    merge_patients,
)
from audit.models import Entry
from booking.models import Feed
from tests.factories.accounts import CareRelationFactory, PatientFactory, UserFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.notifications import DeliveryFactory
from tests.factories.proxies import ProxyFactory

pytestmark = pytest.mark.django_db
EMAIL = "maya@example.org"
BORN = date(1990, 5, 2)
MAYA = {"first_name": "Maya", "last_name": "Thornbury", "birth_date": BORN}


def guest(**fields):
    return PatientFactory(**({"email": EMAIL} | MAYA | fields))


@pytest.fixture
def maya():
    user = UserFactory(email=EMAIL, first_name="", last_name="")
    EmailAddress.objects.create(user=user, email=EMAIL, primary=True, verified=True)
    return user


def owner_of(record):
    record.refresh_from_db()
    return record.user


# --- By link ---


def test_claiming_ties_the_record_to_its_owner(maya):
    record = guest()
    assert claim_patient(user=maya, patient=record) == record
    assert owner_of(record) == maya
    claim_patient(user=maya, patient=record)
    assert Entry.objects.filter(verb="patient.claimed", actor=maya).count() == 1


def test_claiming_needs_a_proved_address(maya):
    record = guest()
    EmailAddress.objects.update(verified=False)
    with pytest.raises(NotProved):
        claim_patient(user=maya, patient=record)
    assert owner_of(record) is None


def test_claiming_needs_the_records_own_address(maya):
    record = guest(email="leo@example.org")
    with pytest.raises(NotProved):
        claim_patient(user=maya, patient=record)
    assert owner_of(record) is None


def test_a_record_that_is_somebodys_stays_theirs(maya, zoe):
    zoe.patient.email = EMAIL
    zoe.patient.save()
    with pytest.raises(AlreadyClaimed):
        claim_patient(user=maya, patient=zoe.patient)
    assert owner_of(zoe.patient) == zoe


def test_another_booking_of_the_same_person_is_merged(maya, dr_lee):
    own = guest(user=maya)
    later = guest(first_name="MAYA ")
    CareRelationFactory(patient=later, user=dr_lee)
    assert claim_patient(user=maya, patient=later) == own
    later.refresh_from_db()
    assert (later.user, later.merged_into) == (None, own)
    assert CareRelation.objects.filter(patient=own, user=dr_lee).exists()
    merged = Entry.objects.get(verb="patient.merged")
    assert (merged.patient_id, merged.detail) == (own.pk, {"merged_id": later.pk})


def test_a_childs_booking_is_not_mixed_with_the_parents(maya):
    own = guest(user=maya)
    for child in (
        guest(first_name="Leo", birth_date=date(2020, 1, 1)),
        guest(first_name="Leo"),
        guest(birth_date=date(2020, 1, 1)),
    ):
        with pytest.raises(AnotherPerson):
            claim_patient(user=maya, patient=child)
        child.refresh_from_db()
        assert (child.user, child.merged_into) == (None, None)
    assert owner_of(own) == maya


def test_visits_and_messages_come_along(maya, dr_lee):
    own, other, stranger = guest(user=maya), guest(), guest(first_name="Mira")
    visit = AppointmentFactory(patient=other)
    sent = DeliveryFactory(patient=other)
    not_ours = AppointmentFactory(patient=stranger)
    claim_patient(user=maya, patient=other)
    for row in (visit, sent, not_ours):
        row.refresh_from_db()
    assert (visit.patient, sent.patient, not_ours.patient) == (own, own, stranger)


def test_where_both_know_a_doctor_one_relation_is_enough(maya, dr_lee):
    own, other = guest(user=maya), guest()
    for record in (own, other):
        CareRelationFactory(patient=record, user=dr_lee)
    claim_patient(user=maya, patient=other)
    assert CareRelation.objects.filter(patient=own, user=dr_lee).count() == 1


def test_who_acts_for_a_guest_reaches_no_more_by_a_claim(maya, gus):
    own, other = guest(user=maya), guest()
    ProxyFactory(patient=other, user=gus, scopes=["book"])
    calendar = Feed.objects.create(patient=other, digest="d", made_at=other.created_at)
    assert other.pk in acted_on_by(gus, "book")
    claim_patient(user=maya, patient=other)
    calendar.refresh_from_db()
    assert calendar.patient == other
    assert not {own.pk, other.pk} & set(acted_on_by(gus, "book"))


def test_nobody_is_merged_into_two_places_at_once(maya):
    own, other = guest(user=maya), guest()
    mine, theirs = AppointmentFactory(patient=own), AppointmentFactory(patient=other)
    sent = DeliveryFactory(patient=other)
    with pytest.raises(TwoVisitsAtOnce):
        claim_patient(user=maya, patient=other)
    for row in (mine, theirs, sent, other):
        row.refresh_from_db()
    assert (mine.patient, theirs.patient, sent.patient) == (own, other, other)
    assert other.merged_into is None


def test_merging_twice_changes_nothing(maya):
    own, other = guest(user=maya), guest()
    merge_patients(actor=maya, kept=own, merged=other)
    merge_patients(actor=maya, kept=own, merged=other)
    merge_patients(actor=maya, kept=own, merged=own)
    own.refresh_from_db()
    assert own.merged_into is None
    assert Entry.objects.filter(verb="patient.merged").count() == 1


def test_the_link_is_signed_and_ends(settings, monkeypatch):
    record = guest()
    token = claim_token(record)
    assert read_claim(token) == record
    assert read_claim(token[:-1]) is None
    named = signing.b64_decode(token.split(":")[0].encode()).decode()
    assert named == f'"{record.public_id.hex}"'
    monkeypatch.setattr("accounts.patients.queries._CLAIMABLE_SECONDS", -1)
    assert read_claim(token) is None


def test_there_is_a_link_only_where_there_is_something_to_claim(maya):
    assert claim_path(guest()).startswith("/account/claim/")
    assert claim_path(guest(email="")) == ""
    assert claim_path(guest(user=maya)) == ""


# --- By the link's page ---


def test_a_guest_gets_an_account_and_the_visit_by_one_code(client, code_to):
    record = guest()
    path = claim_path(record)
    page = client.get(path).content.decode()
    assert "m…@example.org" in page
    assert EMAIL not in page
    assert not User.objects.exists()
    answer = client.post(path)
    assert answer.url.startswith("/account/code/?next=")
    answer = client.post(answer.url, {"code": code_to(EMAIL)})
    assert answer.url == path
    assert owner_of(record) is None
    assert "Add this visit to your account?" in client.get(path).content.decode()
    assert client.post(path).url == "/portal/"
    assert owner_of(record).email == EMAIL


def test_whether_there_is_an_account_cannot_be_told_from_the_page(client):
    pages = []
    for email in ("known@example.org", "knowx@example.org"):
        path = claim_path(guest(email=email))
        UserFactory(email="known@example.org") if not User.objects.exists() else None
        browser = type(client)()
        looked = browser.get(path)
        asked = browser.post(path)
        pages.append((looked.status_code, asked.status_code, asked.url[:20]))
    assert pages[0] == pages[1]


def test_signed_in_as_somebody_else_one_is_told_so(client, zoe):
    record = guest()
    client.force_login(zoe)
    page = client.get(claim_path(record)).content.decode()
    assert "booked with another address" in page
    assert EMAIL not in page
    client.post(claim_path(record))
    assert owner_of(record) is None


def test_what_cannot_be_added_says_why(client, maya):
    guest(user=maya)
    child = guest(first_name="Leo")
    client.force_login(maya)
    page = client.post(claim_path(child)).content.decode()
    assert "another name or date of birth" in page


def test_a_broken_link_says_what_to_do(client):
    answer = client.get("/account/claim/nonsense/")
    assert answer.status_code == 404
    assert "This link does not work" in answer.content.decode()


def test_asking_for_codes_by_a_link_is_limited(client):
    path = claim_path(guest())
    answers = [type(client)().post(path).status_code for _ in range(4)]
    assert answers == [302, 302, 302, 429]


# --- By saying who one is ---


def test_completing_the_profile_finds_ones_own_bookings(maya):
    first, second = guest(), guest(phone="+447700900555")
    twin = guest(first_name="Mira")
    stranger = guest(email="other@example.org")
    patient = complete_profile(user=maya, **MAYA, phone="+447700900777")
    assert patient == first
    assert patient.phone == "+447700900777"
    second.refresh_from_db()
    assert second.merged_into == first
    for record in (twin, stranger):
        record.refresh_from_db()
        assert (record.user, record.merged_into) == (None, None)


def test_without_a_match_a_new_record_is_made(maya):
    patient = complete_profile(user=maya, **MAYA)
    assert (patient.user, patient.email) == (maya, EMAIL)
    maya.refresh_from_db()
    assert maya.get_full_name() == "Maya Thornbury"
    assert Patient.objects.count() == 1


def test_an_unproved_address_finds_nothing(maya):
    record = guest()
    EmailAddress.objects.update(verified=False)
    patient = complete_profile(user=maya, **MAYA)
    assert patient != record
    assert owner_of(record) is None


def test_completing_again_changes_the_same_record(maya):
    first = complete_profile(user=maya, **MAYA)
    again = complete_profile(user=maya, **MAYA, address="14 Canal Street")
    assert first == again
    assert again.address == "14 Canal Street"
