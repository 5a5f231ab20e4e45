"""Joining, changing, leaving, and lists that end by themselves."""

from datetime import date, timedelta

import pytest

from accounts.proxies.services import NotActing
from booking.models import WaitlistEntry
from booking.waitlist.models import Part
from booking.waitlist.queries import kinds_on_list, open_to
from booking.waitlist.services import (
    ByPhone,
    NobodyOffers,
    NotForNew,
    NotSooner,
    WaitsForEnough,
    Wishes,
    end_lapsed_entries,
    join_waitlist,
    sweep_waitlist,
    wait_for_sooner,
)
from booking.waitlist.tests.conftest import MONDAY, NOW
from clinic.models import Location
from notifications.models import Delivery
from tests.factories.clinic import (
    DoctorFactory,
    LocationFactory,
    OfferingFactory,
    SpecialtyFactory,
)
from tests.factories.proxies import ProxyFactory

pytestmark = pytest.mark.django_db


def join(line, person, wishes=None, actor=None, **fields):
    fields = {"doctor": line.offering.doctor} | fields
    return join_waitlist(
        actor=actor or person,
        patient=person.patient,
        visit_type=line.offering.visit_type,
        wishes=wishes or Wishes(),
        at=fields.pop("at", NOW),
        **fields,
    )


def test_whoever_joins_is_told(line, ann):
    entry = join(line, ann)
    assert (entry.status, entry.joined_at, entry.joined_by) == ("ACTIVE", NOW, ann)
    mail = Delivery.objects.get(event="waitlist_joined", channel="EMAIL")
    assert mail.patient == ann.patient
    assert mail.link == "/portal/appointments/waiting-list/"
    # Neither the kind of visit nor what was asked for.
    kind = line.offering.visit_type.name
    assert kind not in mail.subject + mail.body_text + mail.body_html


def test_joining_again_changes_the_wishes_and_keeps_the_place(line, ann):
    first = join(line, ann)
    again = join(
        line,
        ann,
        Wishes(weekdays=[4, 1], parts=[Part.MORNING], location=line.offering.location),
        at=NOW + timedelta(days=1),
    )
    assert (again.pk, again.joined_at) == (first.pk, NOW)
    assert (again.weekdays, again.parts) == ([1, 4], ["MORNING"])
    assert Delivery.objects.filter(channel="EMAIL").count() == 1


def test_for_a_specialty(line, ann):
    specialty = SpecialtyFactory()
    with pytest.raises(NobodyOffers):
        join(line, ann, doctor=None, specialty=specialty)
    line.offering.doctor.specialties.add(specialty)
    entry = join(line, ann, doctor=None, specialty=specialty)
    assert (entry.doctor, entry.specialty) == (None, specialty)


def test_what_nobody_offers_cannot_be_waited_for(line, ann):
    with pytest.raises(NobodyOffers):
        join(line, ann, doctor=DoctorFactory())
    with pytest.raises(NobodyOffers):
        join(line, ann, Wishes(location=LocationFactory()))
    line.offering.visit_type.booking_policy = "CALL"
    with pytest.raises(ByPhone):
        join(line, ann)
    assert not WaitlistEntry.objects.exists()


def test_where_no_list_is_kept_nobody_can_join_nor_wait_for_sooner(line, ann):
    visit = line.book(patient=ann.patient)
    Location.objects.update(has_waitlist=False)
    assert kinds_on_list(NOW) == []
    assert open_to(ann.patient, service=line.offering.visit_type.slug, at=NOW) is None
    with pytest.raises(NobodyOffers):
        join(line, ann)
    with pytest.raises(NotSooner):
        wait_for_sooner(actor=ann, visit=visit, at=NOW)
    # Elsewhere one still waits.
    OfferingFactory(visit_type=line.offering.visit_type)
    assert kinds_on_list(NOW) == [line.offering.visit_type]


def test_doctors_who_know_their_patients_only(line, ann):
    line.offering.doctor.takes_new_patients = False
    line.offering.doctor.save()
    with pytest.raises(NotForNew):
        join(line, ann)
    line.book(NOW - timedelta(days=50), ann.patient, status="COMPLETED")
    assert join(line, ann).status == "ACTIVE"


def test_ten_are_enough(line, ann):
    for _ in range(10):
        line.waits(ann.patient, doctor=DoctorFactory())
    with pytest.raises(WaitsForEnough):
        join(line, ann)
    # Changing one is no eleventh.
    WaitlistEntry.objects.filter(patient=ann.patient).first().delete()
    join(line, ann)
    join(line, ann, Wishes(weekdays=[1]))


def test_only_who_books_for_them_puts_somebody_on_the_list(line, ann, gus, desk):
    with pytest.raises(NotActing):
        join(line, ann, actor=gus)
    ProxyFactory(patient=ann.patient, user=gus, scopes=["book"])
    assert join(line, ann, actor=gus).joined_by == gus
    assert join(line, ann, actor=desk, by_desk=True).patient == ann.patient


# --- Earlier than the visit one has ----------------------------------------------


def test_waiting_for_sooner(line, ann):
    visit = line.book(MONDAY, ann.patient)
    entry = wait_for_sooner(actor=ann, visit=visit, at=NOW)
    assert (entry.doctor, entry.replaces) == (visit.doctor, visit)
    assert entry.location == visit.location
    assert entry.latest_date == date(2026, 3, 16)
    assert wait_for_sooner(actor=ann, visit=visit, at=NOW) == entry


@pytest.mark.parametrize("status", ["HELD", "CANCELLED", "COMPLETED"])
def test_only_a_visit_that_is_booked_can_be_sooner(line, ann, status):
    visit = line.book(MONDAY, ann.patient, status=status, hold_expires_at=MONDAY)
    with pytest.raises(NotSooner):
        wait_for_sooner(actor=ann, visit=visit, at=NOW)


def test_not_for_a_visit_that_has_begun_nor_for_anothers(line, ann, zoe):
    visit = line.book(MONDAY, ann.patient)
    with pytest.raises(NotSooner):
        wait_for_sooner(actor=ann, visit=visit, at=MONDAY)
    with pytest.raises(NotActing):
        wait_for_sooner(actor=zoe, visit=visit, at=NOW)


# --- Ending ----------------------------------------------------------------------


def test_a_list_ends_when_its_last_day_is_over_everywhere(line):
    entry = line.waits(latest_date=date(2026, 3, 15))
    stays = line.waits()
    assert end_lapsed_entries(at=MONDAY) == 0
    # On the sixteenth at noon UTC the fifteenth is over even on the last clock.
    sweep_waitlist(at=MONDAY + timedelta(hours=2))
    assert list(WaitlistEntry.objects.active()) == [stays]
    told = Delivery.objects.filter(event="waitlist_ended", channel="EMAIL")
    assert [one.patient for one in told] == [entry.patient]


@pytest.mark.parametrize("how", ["begun", "cancelled"])
def test_without_the_later_visit_nothing_is_waited_for(line, ann, how):
    visit = line.book(MONDAY, ann.patient)
    wait_for_sooner(actor=ann, visit=visit, at=NOW)
    assert end_lapsed_entries(at=NOW) == 0
    if how == "cancelled":
        line.cancel(visit)
    assert end_lapsed_entries(at=MONDAY if how == "begun" else NOW) == 1
    assert not Delivery.objects.filter(event="waitlist_ended").exists()


def test_who_is_being_offered_a_time_may_answer_first(line):
    line.waits(latest_date=MONDAY.date())
    line.free()
    late = MONDAY + timedelta(days=3)
    assert end_lapsed_entries(at=late) == 0
    sweep_waitlist(at=late)
    assert end_lapsed_entries(at=late) == 1
