"""A location's own rules of the day: each holds there, and nowhere else."""

from datetime import timedelta

import pytest

from audit.models import Entry
from booking.appointments import services as appointments
from booking.conftest import NOW
from booking.models import Appointment
from booking.queue import services
from booking.queue.models import QueueRules, Turn
from booking.queue.queries import rules_at, standing_of, visit_here, visits_here
from booking.queue.queries.ruling import Rules
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import LocationFactory, OfferingFactory

MINUTE = timedelta(minutes=1)


@pytest.fixture
def uptown(db):
    return LocationFactory(name="Uptown")


@pytest.fixture
def there(uptown, practice, visit):
    """A visit at the same time as Ann's, of somebody else at Uptown."""
    offering = OfferingFactory(
        doctor=practice.doctor("Okafor"),
        location=uptown,
        visit_type=visit.visit_type,
    )
    return AppointmentFactory(
        offering=offering, patient=PatientFactory(), starts_at=visit.starts_at
    )


def own(location, **given):
    fields = dict.fromkeys(
        ("opens_minutes", "missed_minutes", "back_minutes", "marks_missed")
    )
    services.set_place_rules(actor=None, location=location, **fields | given)


def clinic(**given):
    fields = {
        "opens_minutes": 60,
        "missed_minutes": 30,
        "back_minutes": 15,
        "marks_missed": True,
    }
    services.set_rules(actor=None, **fields | given)


def test_what_a_location_leaves_empty_is_the_clinics_and_changes_with_it(uptown):
    other = LocationFactory()
    own(uptown, missed_minutes=45)
    assert rules_at(uptown.pk) == Rules(60, 45, 15, True)
    clinic(opens_minutes=90, missed_minutes=20)
    assert rules_at(uptown.pk) == Rules(90, 45, 15, True)
    assert rules_at(other.pk) == Rules(90, 20, 15, True)
    own(uptown, marks_missed=False)
    assert rules_at(uptown.pk) == Rules(90, 20, 15, False)
    own(uptown)
    assert rules_at(uptown.pk) == rules_at(other.pk)
    assert QueueRules.objects.count() == 1
    rows = Entry.objects.filter(verb="queue.place_rules_set")
    assert set(rows.values_list("subject_id", flat=True)) == {uptown.pk}


def test_checking_in_opens_when_the_location_says(visit, there, uptown):
    own(uptown, opens_minutes=10)
    at = NOW - 20 * MINUTE
    known = {"reference": there.reference, "birth_date": there.patient.birth_date}
    assert standing_of(visit, at=at).can_check_in
    assert not standing_of(there, at=at).can_check_in
    assert standing_of(there, at=at).opens_at == NOW - 10 * MINUTE
    assert visit_here(uptown, at=at, **known) is None
    assert visit_here(uptown, at=NOW - 9 * MINUTE, **known) == there
    rows = Appointment.objects.all()
    assert visits_here(rows, uptown, at=at) == [(there, False)]
    assert visits_here(rows, visit.location, at=at) == [(visit, True)]
    with pytest.raises(services.NotNow):
        services.check_in(actor=None, appointment=there, at=at, via=Turn.Via.LINK)
    services.check_in(actor=None, appointment=visit, at=at, via=Turn.Via.LINK)


def statuses(*visits):
    return [Appointment.objects.get(pk=one.pk).status for one in visits]


def test_a_visit_is_missed_after_the_grace_of_its_location(visit, there, uptown):
    own(uptown, missed_minutes=60)
    assert services.mark_overdue(at=NOW + 59 * MINUTE) == 1
    assert statuses(visit, there) == ["MISSED", "CONFIRMED"]
    assert services.mark_overdue(at=NOW + 60 * MINUTE) == 1
    change = there.status_changes.get()
    assert change.reason == "Nobody checked in within 60 minutes"


def test_a_location_leaves_it_to_its_staff_or_does_not(visit, there, uptown):
    own(uptown, marks_missed=False)
    assert services.mark_overdue(at=NOW + 60 * MINUTE) == 1
    assert statuses(visit, there) == ["MISSED", "CONFIRMED"]
    clinic(marks_missed=False)
    own(uptown, marks_missed=True)
    assert services.mark_overdue(at=NOW + 60 * MINUTE) == 1
    assert statuses(there) == ["MISSED"]


def test_done_is_taken_back_for_as_long_as_the_location_says(
    visit, there, desk, uptown
):
    own(uptown, back_minutes=3)
    for one in (visit, there):
        services.check_in(actor=desk, appointment=one, at=NOW)
        appointments.complete_visit(actor=desk, appointment=one, at=NOW)
        one.refresh_from_db()
    late = NOW + 4 * MINUTE
    with pytest.raises(appointments.MoveRefused, match="more than 3 minutes ago"):
        services.take_done_back(actor=desk, appointment=there, at=late)
    services.take_done_back(actor=desk, appointment=visit, at=late)
    assert statuses(visit, there) == ["ARRIVED", "COMPLETED"]
