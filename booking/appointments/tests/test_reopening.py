"""A visit that was marked as done by mistake."""

from datetime import UTC, datetime, timedelta

import pytest

from booking.appointments import services
from booking.appointments.models import Status
from booking.models import StatusChange
from tests.factories.booking import AppointmentFactory, open_offering
from tests.jobs import queued_jobs

pytestmark = pytest.mark.django_db

# 10:00 to 10:30 in London, which is on UTC in March.
TEN = datetime(2026, 3, 16, 10, tzinfo=UTC)
WHY = "Clicked on the wrong row"


@pytest.fixture
def done(desk, settings):
    settings.EVENT_SUBSCRIPTIONS = {
        **settings.EVENT_SUBSCRIPTIONS,
        "booking.appointment_completed": ["tests.jobs.queued_jobs"],
    }
    row = AppointmentFactory(
        offering=open_offering(), starts_at=TEN, status=Status.ARRIVED
    )
    return services.complete_visit(actor=desk, appointment=row, at=TEN)


def _reopen(row, **fields):
    fields = {"actor": None, "at": TEN + timedelta(hours=1), "reason": WHY} | fields
    return services.reopen_visit(appointment=row, **fields)


def test_it_is_taken_back_and_written_down(done, desk):
    row = _reopen(done, actor=desk)
    assert row.status == Status.ARRIVED
    change = StatusChange.objects.order_by("pk").last()
    assert (change.from_status, change.to_status) == ("COMPLETED", "ARRIVED")
    assert (change.actor, change.reason) == (desk, WHY)


def test_being_done_is_announced_once(done):
    assert [path for path, _ in queued_jobs()] == ["tests.jobs.queued_jobs"]
    row = _reopen(done)
    services.complete_visit(actor=None, appointment=row, at=TEN + timedelta(hours=2))
    assert len(queued_jobs()) == 1


def test_it_needs_a_reason(done):
    with pytest.raises(services.MoveRefused, match="Say why"):
        _reopen(done, reason="  ")
    done.refresh_from_db()
    assert done.status == Status.COMPLETED


@pytest.mark.parametrize(
    ("zone", "hours", "is_refused"),
    [
        ("Europe/London", 13, False),  # 23:00 there
        ("Europe/London", 14, True),  # midnight
        ("Asia/Tokyo", 4, False),  # 23:00 there, still the 16th
        ("Asia/Tokyo", 5, True),  # 00:00 there, the 17th
        ("America/New_York", 17, False),  # the next day in London, not there
    ],
)
def test_the_day_ends_at_the_locations_midnight(done, zone, hours, is_refused):
    done.location.time_zone = zone
    done.location.save()
    at = TEN + timedelta(hours=hours)
    if is_refused:
        with pytest.raises(services.MoveRefused, match="on the day"):
            _reopen(done, at=at)
    else:
        assert _reopen(done, at=at).status == Status.ARRIVED


def test_a_time_that_was_given_away_stays_given_away(done):
    AppointmentFactory(
        doctor=done.doctor,
        location=done.location,
        visit_type=done.visit_type,
        starts_at=TEN + timedelta(minutes=10),
        status=Status.ARRIVED,
    )
    with pytest.raises(services.MoveRefused, match="given to somebody else"):
        _reopen(done)
    done.refresh_from_db()
    assert done.status == Status.COMPLETED
    assert StatusChange.objects.filter(appointment=done).count() == 1


def test_what_is_not_done_cannot_be_taken_back(desk):
    row = AppointmentFactory(offering=open_offering(), starts_at=TEN)
    with pytest.raises(services.MoveRefused):
        _reopen(row)
