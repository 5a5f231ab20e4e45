from datetime import UTC, date, datetime, time, timedelta

import pytest

from booking.appointments.models import Status
from clinic.models import Closure
from portal.dashboards.my_day.queries.day import bounds
from portal.dashboards.my_day.queries.grid import grid_of
from portal.dashboards.schedule.queries import calendar_of
from tests.factories.booking import (
    AppointmentFactory,
    AvailabilityExceptionFactory,
    BreakFactory,
    WorkingHoursFactory,
)
from tests.factories.clinic import OfferingFactory, VisitTypeFactory

LONDON = "Europe/London"
# A Monday in summer time: the wall clock is an hour ahead of UTC.
DAY = date(2026, 6, 15)


@pytest.fixture
def doctor(db):
    """Works on Mondays from 9 to 17 with lunch at noon, and offers half hours."""
    offering = OfferingFactory(visit_type=VisitTypeFactory(duration_minutes=30))
    hours = WorkingHoursFactory(doctor=offering.doctor, location=offering.location)
    BreakFactory(working_hours=hours, starts_time=time(12), ends_time=time(13))
    return offering.doctor


def wall(hour, minute=0):
    """That time of the day in London."""
    return datetime(2026, 6, 15, hour - 1, minute, tzinfo=UTC)


def draw(doctor, *visits, at=None):
    window = bounds(DAY, LONDON)
    calendar = calendar_of(doctor, *window, zone=LONDON)
    at = at or wall(8)
    return grid_of(calendar, visits, zone=LONDON, at=at, window=window)


def book(doctor, hour, minute=0, **fields):
    return AppointmentFactory(doctor=doctor, starts_at=wall(hour, minute), **fields)


def shown(grid):
    return [(block.kind, block.words, block.row, block.span) for block in grid.blocks]


def test_a_day_has_its_hours_its_break_and_what_is_open(doctor):
    grid = draw(doctor)
    assert [words for words, _ in grid.hours] == [
        f"{hour:02}:00" for hour in range(9, 17)
    ]
    assert grid.rows == 8 * 12
    assert shown(grid) == [
        ("open", "Open", 1, 36),
        ("block", "Break", 37, 12),
        ("open", "Open", 49, 48),
    ]
    assert (grid.free, grid.now) == (14, None)


def test_visits_stand_where_they_begin_and_take_open_time(doctor):
    visit = book(doctor, 9, 30)
    grid = draw(doctor, visit)
    assert shown(grid)[:3] == [
        ("open", "Open", 1, 6),
        ("person", str(visit.patient), 7, 6),
        ("open", "Open", 13, 24),
    ]


def test_what_is_too_short_for_a_visit_is_not_open(doctor):
    grid = draw(doctor, book(doctor, 9, 15))
    assert shown(grid)[0][0] == "person"
    assert grid.free == 4 + 8


def test_time_off_and_closures_say_why(doctor):
    AvailabilityExceptionFactory(
        doctor=doctor, starts_at=wall(9), ends_at=wall(11), reason="Course"
    )
    assert ("block", "Course", 1, 24) in shown(draw(doctor))
    Closure.objects.create(
        starts_date=DAY, ends_date=DAY + timedelta(days=1), reason="Moving house"
    )
    grid = draw(doctor)
    assert shown(grid) == [("block", "Moving house", 1, 96)]
    assert grid.free == 0


def test_a_visit_in_time_off_is_not_hidden_by_it(doctor):
    AvailabilityExceptionFactory(doctor=doctor, starts_at=wall(9), ends_at=wall(11))
    kinds = [kind for kind, *_ in shown(draw(doctor, book(doctor, 10)))]
    assert kinds[:3] == ["block", "person", "block"]


def test_kinds_tell_states_apart(doctor):
    visits = [
        book(doctor, 9, status=Status.COMPLETED),
        book(doctor, 10, status=Status.IN_CONSULTATION),
        book(doctor, 11, visit_type=VisitTypeFactory(mode="VIDEO")),
        book(doctor, 14, status=Status.REQUESTED),
    ]
    blocks = [block for block in draw(doctor, *visits).blocks if block.visit]
    assert [block.kind for block in blocks] == ["done", "person", "video", "request"]
    assert [block.is_now for block in blocks] == [False, True, False, False]


def test_two_at_the_same_time_stand_side_by_side(doctor):
    missed = book(doctor, 9, status=Status.MISSED)
    grid = draw(doctor, missed, book(doctor, 9, 15))
    lanes = [block.lane for block in grid.blocks if block.visit]
    assert lanes == ["a", "b"]


def test_the_line_of_now_moves_and_only_today_has_one(doctor):
    assert draw(doctor, at=wall(10)).now == 13
    assert draw(doctor, at=wall(10) - timedelta(days=1)).now is None


def test_what_is_past_is_not_open_any_more(doctor):
    grid = draw(doctor, at=wall(16, 15))
    assert ("open", "Open", 88, 9) in shown(grid)
    assert grid.free == 1


def test_a_free_day_has_no_grid(doctor):
    window = bounds(DAY + timedelta(days=1), LONDON)
    calendar = calendar_of(doctor, *window, zone=LONDON)
    grid = grid_of(calendar, [], zone=LONDON, at=wall(8), window=window)
    assert (grid.rows, grid.blocks) == (0, [])
