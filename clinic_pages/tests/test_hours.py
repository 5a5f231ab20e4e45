from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from clinic.models import Closure, Location, OpeningHours
from clinic_pages.hours import days_ahead, next_change, open_state
from clinic_pages.templatetags.clinic_pages import hour, open_words
from tests.factories.clinic import LocationFactory

LONDON = ZoneInfo("Europe/London")
PLACE = Location(pk=1, time_zone="Europe/London")
# Weekdays from 8 to 12 and 13 to 18, Saturdays from 9 to 13. 16 March 2026: a Monday.
HOURS = [
    OpeningHours(weekday=day, opens_at=opens, closes_at=closes)
    for day in range(5)
    for opens, closes in ((time(8), time(12)), (time(13), time(18)))
] + [OpeningHours(weekday=5, opens_at=time(9), closes_at=time(13))]


def at(day: int, hours: int, minutes: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hours, minutes, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("now", "is_open", "changes"),
    [
        (at(16, 7, 59), False, at(16, 8)),
        (at(16, 8), True, at(16, 12)),
        (at(16, 12), False, at(16, 13)),
        (at(16, 17, 59), True, at(16, 18)),
        (at(16, 18), False, at(17, 8)),
        (at(20, 18), False, at(21, 9)),
        (at(21, 13), False, at(23, 8)),
        # The clocks go forward in the night to Sunday 29 March.
        (at(28, 20), False, at(30, 8)),
    ],
)
def test_open_state_says_what_is_and_when_it_changes(now, is_open, changes):
    state = open_state(PLACE, HOURS, [], at=now)
    assert (state.is_open, state.changes_at) == (is_open, changes)


def test_hours_are_wall_time_in_summer_too():
    state = open_state(PLACE, HOURS, [], at=datetime(2026, 3, 30, 7, 30, tzinfo=UTC))
    assert state.is_open


@pytest.mark.parametrize("location_id", [None, 1])
def test_a_closure_shuts_its_location_or_all(location_id):
    shut = Closure(
        location_id=location_id,
        starts_date=date(2026, 3, 16),
        ends_date=date(2026, 3, 18),
        reason="Staff training",
    )
    state = open_state(PLACE, HOURS, [shut], at=at(16, 10))
    assert (state.is_open, state.changes_at) == (False, at(18, 8))
    days = days_ahead(PLACE, HOURS, [shut], first=date(2026, 3, 16), count=3)
    assert [(one.closed_for, len(one.periods)) for one in days] == [
        ("Staff training", 0),
        ("Staff training", 0),
        ("", 2),
    ]


def test_a_closure_of_another_location_changes_nothing():
    shut = Closure(
        location_id=2,
        starts_date=date(2026, 3, 16),
        ends_date=date(2026, 3, 18),
        reason="Painting",
    )
    assert open_state(PLACE, HOURS, [shut], at=at(16, 10)).is_open


def test_a_location_without_hours_is_closed_without_end():
    state = open_state(PLACE, [], [], at=at(16, 10))
    assert (state.is_open, state.changes_at) == (False, None)
    assert open_words(state, at(16, 10)) == "Closed"


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (at(16, 10), "Open until 12pm"),
        (at(16, 12, 30), "Closed, opens 1pm"),
        (at(16, 19), "Closed, opens Tuesday 8am"),
        (at(21, 14), "Closed, opens Monday 8am"),
    ],
)
def test_open_words(now, words):
    assert open_words(open_state(PLACE, HOURS, [], at=now), now) == words


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        (time(0), "12am"),
        (time(8), "8am"),
        (time(12), "12pm"),
        (time(17, 30), "5:30pm"),
        (time(9, 5), "9:05am"),
    ],
)
def test_hour(clock, words):
    assert hour(clock) == words


def test_next_change_is_the_first_opening_closing_or_midnight(db):
    place = LocationFactory(time_zone="Europe/London")
    OpeningHours.objects.create(
        location=place, weekday=0, opens_at=time(8), closes_at=time(18)
    )
    assert next_change(at(16, 7)) == at(16, 8)
    assert next_change(at(16, 9)) == at(16, 18)
    assert next_change(at(16, 19)) == at(17, 0)


def test_next_change_minds_midnight_in_every_zone(db):
    LocationFactory(time_zone="Europe/London")
    LocationFactory(time_zone="Asia/Tokyo")
    evening = datetime(2026, 3, 16, 14, 30, tzinfo=UTC)
    assert next_change(evening) == datetime(2026, 3, 16, 15, tzinfo=UTC)
