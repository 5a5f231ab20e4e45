"""What a visit is still to be reminded of is what will be sent."""

from datetime import UTC, datetime, timedelta

import pytest

from booking.appointments.queries import leads_to_come
from booking.reminders.services import claim_due
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import LocationFactory, VisitTypeFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
ALL = ["DAY_BEFORE", "MORNING", "TWO_HOURS"]


@pytest.mark.parametrize("leads", [ALL, ["DAY_BEFORE"], []])
@pytest.mark.parametrize("hours_left", [60, 23, 5, 1])
@pytest.mark.parametrize(
    ("zone", "starts_at"),
    [
        ("Europe/London", datetime(2026, 3, 16, 15, tzinfo=UTC)),
        # Morning and two hours before are one moment.
        ("Europe/London", datetime(2026, 3, 16, 10, tzinfo=UTC)),
        ("Europe/London", datetime(2026, 3, 16, 9, 30, tzinfo=UTC)),
        # Before nine there is no reminder in the morning.
        ("Europe/London", datetime(2026, 3, 16, 8, 30, tzinfo=UTC)),
        ("Europe/Paris", datetime(2026, 3, 16, 8, 30, tzinfo=UTC)),
        # Half past nine in the summer's time that began that night.
        ("Europe/London", datetime(2026, 3, 29, 8, 30, tzinfo=UTC)),
    ],
)
def test_what_is_to_come_is_what_goes_out(zone, starts_at, hours_left, leads):
    at = starts_at - hours_left * HOUR
    visit = AppointmentFactory(
        starts_at=starts_at,
        confirmed_at=at,
        location=LocationFactory(time_zone=zone),
        visit_type=VisitTypeFactory(reminder_leads=leads),
    )
    told = leads_to_come(visit, at=at)
    sent, now = [], at
    while now < starts_at:
        now += HOUR / 4
        sent += [one.lead for one in claim_due(at=now) if one.outcome == "SENT"]
    assert told == sent
    assert leads_to_come(visit, at=starts_at) == []
