"""Two records of one person become one."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import (
    CareRelation,
    EmergencyAccess,
    Patient,
    Proxy,
    Session,
)
from accounts.patients.queries import claim_token, read_claim
from accounts.users.services import assign_role
from audit.models import Entry
from booking.models import Feed, WaitlistEntry
from notifications.models import Delivery, Preference
from portal.dashboards.access.queries import accesses
from portal.holdings.queries import HOLDINGS, model_of, records_of, rows_about
from portal.merges.models import Merge, MovedRow
from portal.merges.queries import moving
from portal.merges.services import InTheWay, MergedAlready, NoReason, NotAllowed
from portal.models import Erasure, LegalHold
from tests.factories.accounts import (
    CareRelationFactory,
    PatientFactory,
    RestrictionFactory,
    UserFactory,
)
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import LocationFactory
from tests.factories.proxies import ProxyFactory
from tests.factories.records import PrescriptionFactory
from tests.factories.waitlist import OfferFactory, WaitlistEntryFactory
from tests.factories.whole_person import everything
from tests.jobs import run_jobs

AT = timezone.now()
# Of what stands in the way, none of these is with a whole person.
FIRST = ("accounts.EmergencyAccess", "accounts.Restriction", "booking.Offer")


@pytest.fixture
def whole(dr_lee, dr_roy):
    """Somebody with a row in every table, whose account was used by nobody."""
    user = UserFactory(first_name="Anne")
    assign_role(actor=None, user=user, role="PATIENT")
    PatientFactory(user=user)
    rows = everything(user, dr_roy)
    EmergencyAccess.objects.update(ends_at=AT)
    rows["accounts.Restriction"].status = "WITHDRAWN"
    rows["accounts.Restriction"].save()
    rows["booking.Offer"].status = "EXPIRED"
    rows["booking.Offer"].save()
    Session.objects.filter(user=user).delete()
    return user


def test_everything_goes_to_the_record_that_stays(ann, whole, merged):
    goes = whole.patient
    before = {
        label: set(
            model._base_manager.filter(patient=goes).values_list("pk", flat=True)
        )
        for label, model in moving()
    }
    assert all(before[label] for label in before if label in HOLDINGS and
               HOLDINGS[label].kind)  # fmt: skip
    merge = merged(goes)
    for label, model in moving():
        found = model._base_manager.filter(patient=ann.patient)
        assert before[label] <= set(found.values_list("pk", flat=True)), label
        assert not model._base_manager.filter(patient=goes).exists(), label
        noted = merge.moved_rows.filter(table=label).values_list("key", flat=True)
        assert set(noted) == before[label], label
    goes.refresh_from_db()
    assert (goes.merged_into, goes.user) == (ann.patient, None)


def test_what_stays_is_still_found_for_a_copy_and_an_erasure(ann, whole, merged):
    goes = whole.patient
    merged(goes)
    assert records_of(ann)[:2] == [ann.patient, goes]
    about = {"user": ann, "patients": records_of(ann)}
    for label in ("accounts.Proxy", "booking.Feed", "portal.Merge"):
        of_it = {HOLDINGS[label].patient: goes}
        left = set(model_of(label).objects.filter(**of_it))
        assert left, label
        assert left <= set(rows_about(label, **about)), label


def test_both_logs_tell_it_and_the_patient_reads_both(ann, double, merged, dr_roy):
    CareRelationFactory(patient=double, user=dr_roy)
    seen = Entry.objects.filter(patient_id=double.pk)
    assert not seen.exists()
    merge = merged(double)
    told = Entry.objects.filter(verb="patient.merged")
    assert set(told.values_list("patient_id", "subject_id")) == {
        (ann.patient.pk, merge.pk),
        (double.pk, merge.pk),
    }
    read, _ = accesses(ann.patient, most=100)
    assert {entry.patient_id for entry in read} == {ann.patient.pk, double.pk}


def test_the_patient_is_told_and_who_can_act_no_more(ann, gus, zoe, double, merged):
    ProxyFactory(patient=double, user=gus)
    assert Proxy.objects.in_force(AT).filter(user=gus).exists()
    merge = merged(double)
    run_jobs()
    told = Delivery.objects.filter(channel="EMAIL").values_list("event", "to_address")
    assert set(told) == {
        ("records_merged", ann.email),
        ("proxy_paused", gus.email),
    }
    assert not Proxy.objects.in_force(timezone.now()).filter(user=gus).exists()
    assert not any(
        word in delivery.body_text
        for delivery in Delivery.objects.all()
        for word in (double.number, "Anne", merge.reason)
    )


def test_who_has_no_account_is_not_told(double, merged):
    other = PatientFactory()
    merged(double, stays=other)
    run_jobs()
    assert not Delivery.objects.exists()


def test_the_chosen_facts_are_taken_over(ann, double, merged):
    merged(double, facts=["first_name", "phone"])
    ann.refresh_from_db()
    assert (ann.patient.first_name, ann.patient.phone) == ("Anne", double.phone)
    assert ann.first_name == "Anne"
    assert ann.patient.last_name == "Patient"


def test_of_two_relations_the_wider_is_left(ann, double, dr_lee, merged):
    mine = CareRelation.objects.get(patient=ann.patient, user=dr_lee)
    mine.ends_at = datetime(2026, 2, 1, tzinfo=UTC)
    mine.save()
    CareRelationFactory(
        patient=double, user=dr_lee, starts_at=datetime(2025, 5, 1, tzinfo=UTC)
    )
    merged(double)
    mine.refresh_from_db()
    assert mine.starts_at == datetime(2025, 5, 1, tzinfo=UTC)
    assert mine.ends_at is None


def test_of_two_words_about_a_channel_a_no_counts(ann, double, merged):
    mine = Preference.objects.create(
        patient=ann.patient, channel="SMS", is_enabled=True
    )
    Preference.objects.create(patient=double, channel="SMS", is_enabled=False)
    merged(double)
    mine.refresh_from_db()
    assert not mine.is_enabled


def test_they_wait_once_since_the_earlier_day(ann, double, merged):
    first = WaitlistEntryFactory(patient=double)
    second = WaitlistEntryFactory(
        patient=ann.patient, doctor=first.doctor, visit_type=first.visit_type
    )
    other = WaitlistEntryFactory(patient=double)
    assert first.joined_at < second.joined_at
    merged(double)
    active = WaitlistEntry.objects.active().filter(patient=ann.patient)
    assert dict(active.values_list("pk", "joined_at")) == {
        second.pk: first.joined_at,
        other.pk: other.joined_at,
    }


def test_a_calendar_address_of_the_record_that_goes_ends(ann, whole, merged, client):
    feed = Feed.objects.get(patient=whole.patient)
    feed.digest = (
        "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"  # of "foo"
    )
    feed.save()
    address = reverse("booking:feed_file", args=["foo"])
    assert client.get(address).status_code == 200
    merged(whole.patient)
    assert client.get(address).status_code == 404


def test_a_claim_link_leads_to_the_record_that_stays(ann, double, merged):
    token = claim_token(double)
    assert read_claim(token) == double
    merged(double)
    assert read_claim(token) == ann.patient


@pytest.mark.parametrize("who", ["ann", "dr_lee", "biller", "admin", "editor"])
def test_only_the_desk_merges(request, ann, double, merged, who):
    with pytest.raises(NotAllowed):
        merged(double, actor=request.getfixturevalue(who))
    assert not Merge.objects.exists()


def test_a_desk_merges_whom_its_place_knows(ann, double, merged, dr_lee):
    here, there = LocationFactory(), LocationFactory()
    at_desk = UserFactory()
    assign_role(actor=None, user=at_desk, role="RECEPTIONIST", place=here.place)
    visit = AppointmentFactory(patient=double, location=there)
    with pytest.raises(NotAllowed):
        merged(double, actor=at_desk)
    AppointmentFactory(
        patient=double, location=here, starts_at=visit.starts_at + timedelta(days=1)
    )
    assert merged(double, actor=at_desk)


def test_nobody_merges_their_own_record(desk, double, merged):
    own = PatientFactory(user=desk)
    for goes, stays in ((own, double), (double, own)):
        with pytest.raises(NotAllowed):
            merged(goes, stays=stays)


def test_it_takes_a_reason(double, merged):
    with pytest.raises(NoReason):
        merged(double, reason="  same                   ")


def test_two_visits_at_once_stand_in_the_way(ann, double, merged):
    mine = AppointmentFactory(patient=ann.patient)
    theirs = AppointmentFactory(patient=double)
    with pytest.raises(InTheWay, match=f"{mine.reference} and {theirs.reference}"):
        merged(double)
    theirs.refresh_from_db()
    assert theirs.patient == double
    assert not Merge.objects.exists()


def _restricted(patient, user):
    RestrictionFactory(patient=patient, standing=True, decided_by=user)


def _asked(patient, user):
    RestrictionFactory(patient=patient)


def _held(patient, user):
    LegalHold.objects.create(patient=patient, reason="A court", placed_by=user)


def _wished(patient, user):
    Erasure.objects.create(user=user, patient=patient)


def _forgotten(patient, user):
    Erasure.objects.create(
        user=UserFactory(), patient=patient, status="DONE", decided_by=user,
        decided_at=AT, ground="NOT_NEEDED", released_by=UserFactory(),
    )  # fmt: skip


@pytest.mark.parametrize("make", [_restricted, _asked, _held, _wished, _forgotten])
@pytest.mark.parametrize("whose", ["stays", "goes"])
def test_what_medical_administration_decides_comes_first(
    ann, double, merged, medical_admin, make, whose
):
    """And the desk does not learn which it is."""
    make(double if whose == "goes" else ann.patient, medical_admin)
    with pytest.raises(InTheWay, match=r"^Something about one of these records"):
        merged(double)
    assert Patient.objects.get(pk=double.pk).merged_into is None


def test_an_open_emergency_and_an_open_offer_are_waited_for(
    ann, double, merged, dr_roy
):
    access = EmergencyAccess.objects.create(
        user=dr_roy, patient=double, starts_at=AT, ends_at=AT + timedelta(minutes=50)
    )
    with pytest.raises(InTheWay, match="open in an emergency"):
        merged(double, at=AT + timedelta(minutes=1))
    offer = OfferFactory(entry=WaitlistEntryFactory(patient=ann.patient))
    access.ends_at = AT
    access.save()
    with pytest.raises(InTheWay, match="is being offered"):
        merged(double, at=AT + timedelta(minutes=1))
    offer.status = "EXPIRED"
    offer.save()
    assert merged(double, at=AT + timedelta(minutes=1))


def test_two_accounts_in_use_stand_in_the_way(ann, zoe, merged):
    for user in (ann, zoe):
        user.last_login = AT
        user.save()
    with pytest.raises(InTheWay, match="Both records have an account"):
        merged(zoe.patient)


def test_an_account_that_nobody_used_is_switched_off(ann, zoe, merged):
    zoe.last_login = AT
    zoe.save()
    stays = ann.patient
    merged(zoe.patient)
    for user in (ann, zoe):
        user.refresh_from_db()
    assert (ann.is_active, zoe.is_active) == (False, True)
    assert Patient.objects.get(user=zoe) == stays
    assert not Patient.objects.filter(user=ann).exists()


def test_an_unused_account_of_somebody_who_works_here_is_left_alone(
    ann, dr_roy, merged, desk
):
    ann.last_login = AT
    ann.save()
    other = PatientFactory(user=dr_roy)
    with pytest.raises(InTheWay, match="Both records have an account"):
        merged(other)


def test_the_account_goes_along_and_its_sessions_end(client, ann, zoe, desk, merged):
    stays = PatientFactory()
    client.force_login(zoe)
    assert client.get(reverse("portal:home")).status_code == 200
    merged(zoe.patient, stays=stays)
    assert client.get(reverse("portal:home")).status_code == 302
    assert Patient.objects.get(user=zoe) == stays


def test_a_record_is_merged_once_and_not_into_itself(ann, double, merged):
    with pytest.raises(MergedAlready):
        merged(ann.patient)
    merged(double)
    third = PatientFactory()
    with pytest.raises(MergedAlready):
        merged(double, stays=third)
    with pytest.raises(MergedAlready):
        merged(third, stays=double)
    assert Merge.objects.count() == 1


def test_what_was_moved_says_nothing_of_the_person(ann, double, dr_lee, merged):
    """The notes hold keys, times and states; the words of the identity are sealed."""
    PrescriptionFactory(patient=double, doctor=dr_lee.doctor, note="Lithium")
    merged(double, facts=["phone", "first_name"])
    text = str(list(MovedRow.objects.values())) + str(
        list(Merge.objects.values("marks"))
    )
    for word in ("Lithium", double.phone, "Anne"):
        assert word not in text
