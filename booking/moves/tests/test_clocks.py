"""The rules of a clock change after a visit was agreed: nothing moves silently.

Parliament does away with summer time, say, and the machine's zone data is updated. A
visit that was agreed for ten lies an hour earlier by the clock from then on.
"""

import importlib
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps

from booking.appointments.models import Party, Status
from booking.appointments.queries import agreed_start, outside_hours, outside_ids
from booking.appointments.services import MoveRefused, book_for_patient, hold_slot
from booking.models import Appointment, Move, Reminder
from booking.moves.services import HourStands, keep_hour, move_for_patient
from booking.reminders.services import send_due_reminders
from clinic.models import Doctor, Location
from notifications.models import Delivery
from tests.factories.accounts import PatientFactory, UserFactory
from tests.factories.booking import AppointmentFactory, open_offering
from tests.factories.zone_rules import rules
from tests.jobs import run_jobs

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOW = datetime(2026, 3, 13, 8, tzinfo=UTC)
# Ten by the clock in London, both of them.
WINTER = datetime(2026, 3, 16, 10, tzinfo=UTC)
SUMMER = datetime(2026, 4, 13, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(clock):
    clock.at = NOW


@pytest.fixture
def offering():
    return open_offering(
        doctor__user=UserFactory(), visit_type__free=True, visit_type__horizon_days=90
    )


@pytest.fixture
def visit(offering):
    return agreed(offering, SUMMER, 60)


@pytest.fixture
def without_summer_time(tmp_path, visit):
    """Agreed before, looked at afterwards."""
    with rules(tmp_path, Europe__London="GMT0"):
        yield


def agreed(offering, starts_at, offset, **fields):
    return AppointmentFactory(
        offering=offering,
        starts_at=starts_at,
        clock_offset=offset,
        patient=PatientFactory(email="patient@example.org", user=UserFactory()),
        **fields,
    )


def found():
    return [visit.pk for visit in outside_hours(doctors=Doctor.objects.all(), at=NOW)]


def test_every_way_to_a_time_notes_what_the_clock_says(offering):
    held = hold_slot(
        actor=None,
        offering=offering,
        starts_at=SUMMER,
        via="SITE",
        at=NOW,
        idempotency_key=uuid.uuid4(),
    )
    booked = book_for_patient(
        actor=None,
        patient=PatientFactory(),
        offering=offering,
        starts_at=WINTER,
        reason="",
        at=NOW,
        idempotency_key=uuid.uuid4(),
    )
    assert (held.clock_offset, booked.clock_offset) == (60, 0)
    move_for_patient(
        actor=None,
        appointment=booked,
        offering=offering,
        starts_at=SUMMER + HOUR,
        reason="Holidays.",
        at=NOW,
        idempotency_key=uuid.uuid4(),
    )
    booked.refresh_from_db()
    assert booked.clock_offset == 60
    assert found() == []


def test_what_lies_at_another_hour_by_new_rules_is_listed_and_not_moved(
    offering, visit, without_summer_time
):
    agreed(offering, WINTER, 0)
    agreed(offering, SUMMER + 2 * HOUR, 60, status=Status.CANCELLED)
    # Booked before it was written down: nobody knows.
    agreed(offering, SUMMER + 3 * HOUR, None)
    # At nine it is within the doctor's hours still, and all the same not as agreed.
    assert found() == [visit.pk]
    assert outside_ids(doctors=[visit.doctor], at=NOW) == [visit.pk]
    visit.refresh_from_db()
    assert visit.starts_at == SUMMER
    assert agreed_start(visit) == SUMMER + HOUR


def test_as_long_as_the_rules_stay_nothing_is_listed(offering, visit):
    agreed(offering, WINTER, 0)
    assert found() == []
    assert agreed_start(visit) == SUMMER


def test_a_zone_that_is_put_right_is_noticed_too(visit):
    Location.objects.update(time_zone="Europe/Lisbon")
    assert found() == []
    Location.objects.update(time_zone="Europe/Berlin")
    assert found() == [visit.pk]


def test_kept_it_is_told_as_a_move_by_the_clinic_once(visit, without_summer_time, desk):
    move = keep_hour(actor=desk, appointment=visit, at=NOW)
    with pytest.raises(HourStands):
        keep_hour(actor=desk, appointment=visit, at=NOW)
    visit.refresh_from_db()
    assert (visit.starts_at, visit.clock_offset) == (SUMMER, 0)
    assert (move.by, move.actor) == (Party.CLINIC, desk)
    assert (move.from_starts_at, move.to_starts_at) == (SUMMER + HOUR, SUMMER)
    assert found() == []
    run_jobs()
    told = Delivery.objects.get(event="appointment_moved", channel="EMAIL")
    assert told.to_address == "patient@example.org"
    words = told.body_text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Monday 13 April 2026, 9:00am" in words
    assert "It was Monday 13 April 2026, 10:00am" in words
    assert "The rules of the clock" in move.reason


def test_moved_to_the_hour_that_was_agreed_it_is_settled(
    offering, visit, without_summer_time
):
    move_for_patient(
        actor=None,
        appointment=visit,
        offering=offering,
        starts_at=agreed_start(visit),
        reason="At ten, as agreed.",
        at=NOW,
        idempotency_key=uuid.uuid4(),
    )
    visit.refresh_from_db()
    assert visit.starts_at == SUMMER + HOUR
    assert found() == []


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.COMPLETED])
def test_only_what_is_booked_is_kept(visit, without_summer_time, status):
    Appointment.objects.update(status=status)
    with pytest.raises(MoveRefused):
        keep_hour(actor=None, appointment=visit, at=NOW)
    assert not Move.objects.exists()


def test_reminders_go_out_once_over_the_change(visit, tmp_path):
    """Claimed by the old rules, looked for by the new ones, and the other way round."""
    at = SUMMER - 24 * HOUR
    send_due_reminders(at=at)
    before = Reminder.objects.count()
    assert before
    with rules(tmp_path, Europe__London="GMT0"):
        send_due_reminders(at=at)
        send_due_reminders(at=at + HOUR)
    send_due_reminders(at=at + HOUR)
    sent = Reminder.objects.filter(appointment=visit)
    assert len({one.lead for one in sent}) == sent.count() == before


def test_visits_of_before_are_noted_by_the_rules_of_the_day(offering):
    note = importlib.import_module("booking.migrations.0007_clock_offset").note
    coming = agreed(offering, SUMMER, None)
    known = agreed(offering, SUMMER + HOUR, 0)
    past = agreed(offering, NOW - HOUR, None)
    note(apps, None)
    offsets = dict(Appointment.objects.values_list("pk", "clock_offset"))
    assert offsets == {coming.pk: 60, known.pk: 0, past.pk: None}
