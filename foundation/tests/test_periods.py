"""Periods: tables for what is known, hypothesis for what must always hold."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.periods import (
    DAY,
    clip,
    covers,
    day_number,
    day_start,
    holds,
    intersect,
    local_day,
    moment,
    overlaps,
    seconds,
    starts,
    subtract,
    union,
    wall_periods,
    weekly,
)

HOUR = 3600
ZONES = [
    "Europe/London",
    "America/New_York",
    "Asia/Dubai",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Pacific/Apia",
    "Africa/Casablanca",
]

second = st.integers(0, 60)
period = st.tuples(second, second)
periods_ = st.lists(period, max_size=8)


def points(*groups):
    return [{p for a, b in group for p in range(a, b)} for group in groups]


def is_sorted_and_disjoint(found):
    ends = [a for pair in found for a in pair]
    return ends == sorted(ends) and all(a < b for a, b in found)


# --- Instants -------------------------------------------------------------------


def test_seconds_and_moments_are_each_others_inverse():
    at = datetime(2026, 3, 16, 10, 20, tzinfo=ZoneInfo("America/New_York"))
    assert moment(seconds(at)) == at
    assert moment(seconds(at)).tzinfo is UTC


def test_a_naive_instant_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        seconds(datetime(2026, 3, 16))  # noqa: DTZ001


def test_fractions_of_a_second_are_dropped_downwards():
    assert seconds(datetime(1969, 12, 31, 23, 59, 59, 500000, tzinfo=UTC)) == -1


# --- Sets -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ([], []),
        ([(1, 3)], [(1, 3)]),
        ([(3, 5), (1, 2)], [(1, 2), (3, 5)]),
        ([(1, 3), (3, 5)], [(1, 5)]),
        ([(1, 4), (2, 3)], [(1, 4)]),
        ([(1, 4), (2, 6), (8, 9)], [(1, 6), (8, 9)]),
        ([(5, 5), (7, 6)], []),
    ],
)
def test_union(given_, expected):
    assert union(given_) == expected


def test_union_can_keep_seams_but_never_overlaps():
    assert union([(1, 3), (3, 5), (4, 6)], keep_seams=True) == [(1, 3), (3, 6)]


@pytest.mark.parametrize(
    ("holes", "expected"),
    [
        ([], [(10, 20), (30, 40)]),
        ([(0, 10), (20, 30)], [(10, 20), (30, 40)]),
        ([(12, 14)], [(10, 12), (14, 20), (30, 40)]),
        ([(15, 35)], [(10, 15), (35, 40)]),
        ([(0, 50)], []),
        ([(10, 11), (19, 20)], [(11, 19), (30, 40)]),
        ([(38, 39), (12, 13), (12, 15)], [(10, 12), (15, 20), (30, 38), (39, 40)]),
    ],
)
def test_subtract(holes, expected):
    assert subtract([(10, 20), (30, 40)], holes) == expected


def test_intersect_and_clip():
    assert intersect([(1, 5), (7, 9)], [(0, 2), (4, 8)]) == [(1, 2), (4, 5), (7, 8)]
    assert clip([(1, 5), (7, 9), (9, 12)], (4, 9)) == [(4, 5), (7, 9)]


def test_covers_and_overlaps_are_end_exclusive():
    assert covers([(1, 5)], (1, 5))
    assert not covers([(1, 3), (3, 5)], (2, 4))
    assert overlaps([(1, 5)], (4, 6))
    assert not overlaps([(1, 5)], (5, 6))


@given(periods_, periods_)
def test_union_subtract_and_intersect_are_those_of_sets(first, second_):
    mine, theirs = union(first), union(second_)
    a, b = points(first, second_)
    assert points(union([*first, *second_])) == [a | b]
    assert points(subtract(mine, second_)) == [a - b]
    assert points(intersect(mine, theirs)) == [a & b]
    for found in (mine, subtract(mine, second_), intersect(mine, theirs)):
        assert is_sorted_and_disjoint(found)


# --- Starts ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("busy", "expected"),
    [
        ([], [0, 30, 60, 90]),
        ([(0, 120)], []),
        ([(30, 60)], [0, 60, 90]),
        # Somebody off the grid costs both times it touches, and moves nothing.
        ([(45, 75)], [0, 90]),
        ([(-10, 1)], [30, 60, 90]),
        ([(119, 200)], [0, 30, 60]),
        ([(30, 31), (59, 60), (60, 61)], [0, 90]),
    ],
)
def test_starts_stand_on_the_grid_of_their_period(busy, expected):
    assert starts([(0, 120)], busy, length=30, step=30) == expected


@pytest.mark.parametrize(
    ("busy", "expected"),
    [
        ([], [0, 45, 90]),
        ([(80, 200)], [0, 45]),
        ([(79, 200)], [0]),
        ([(0, 35)], [45, 90]),
        ([(0, 36)], [90]),
        ([(-20, -10)], [0, 45, 90]),
        ([(-20, -9)], [45, 90]),
        ([(125, 130)], [0, 45, 90]),
    ],
)
def test_buffers_keep_clear_of_others_but_may_reach_over_the_edge(busy, expected):
    found = starts([(0, 120)], busy, length=30, step=45, before=10, after=5)
    assert found == expected


def test_starts_lie_in_the_window_and_still_on_the_grid():
    opened = [(0, 120), (200, 290)]
    assert starts(opened, [], length=30, step=30, window=(31, 231)) == [
        60,
        90,
        200,
        230,
    ]
    assert starts(opened, [], length=30, step=30, window=(31, 231), limit=3) == [
        60,
        90,
        200,
    ]


@settings(max_examples=300)
@given(
    periods_,
    periods_,
    st.integers(1, 12),
    st.integers(1, 12),
    st.integers(0, 5),
    st.integers(0, 5),
    st.tuples(second, second),
    st.one_of(st.none(), st.integers(0, 4)),
)
def test_starts_are_exactly_the_grid_points_that_fit(
    opened, busy, length, step, before, after, window, limit
):
    opened, busy = union(opened), union(busy)
    expected = [
        start
        for a, b in opened
        for start in range(a, b - length + 1, step)
        if window[0] <= start < window[1]
        and not overlaps(busy, (start - before, start + length + after))
    ]
    found = starts(
        opened,
        busy,
        length=length,
        step=step,
        before=before,
        after=after,
        window=window,
        limit=limit,
    )
    assert found == (expected if limit is None else expected[:limit])


# --- Wall time ------------------------------------------------------------------


def utc(*parts):
    return seconds(datetime(*parts, tzinfo=UTC))


def wall(zone, day, start_hour, end_hour):
    found = wall_periods(
        zone, day_number(day), int(start_hour * HOUR), int(end_hour * HOUR)
    )
    return [tuple(f"{moment(s):%d %H:%M}" for s in pair) for pair in found]


@pytest.mark.parametrize(
    ("zone", "day", "hours", "expected"),
    [
        # An ordinary day in winter, in summer, and far from here.
        ("Europe/London", date(2026, 3, 16), (9, 17), [("16 09:00", "16 17:00")]),
        ("Europe/London", date(2026, 7, 1), (9, 17), [("01 08:00", "01 16:00")]),
        ("Asia/Dubai", date(2026, 3, 16), (9, 17), [("16 05:00", "16 13:00")]),
        ("Pacific/Apia", date(2026, 3, 16), (9, 17), [("15 20:00", "16 04:00")]),
        # Clocks forward in London on 29 March 2026: 1:00 to 2:00 does not exist.
        ("Europe/London", date(2026, 3, 29), (1, 2), []),
        ("Europe/London", date(2026, 3, 29), (1.5, 3), [("29 01:00", "29 02:00")]),
        ("Europe/London", date(2026, 3, 29), (0.5, 1.5), [("29 00:30", "29 01:00")]),
        ("Europe/London", date(2026, 3, 29), (0, 4), [("29 00:00", "29 03:00")]),
        ("Europe/London", date(2026, 3, 29), (9, 17), [("29 08:00", "29 16:00")]),
        # Clocks back on 25 October 2026: 1:00 to 2:00 comes twice.
        ("Europe/London", date(2026, 10, 25), (1, 2), [("25 00:00", "25 02:00")]),
        ("Europe/London", date(2026, 10, 25), (0, 4), [("24 23:00", "25 04:00")]),
        (
            "Europe/London",
            date(2026, 10, 25),
            (0.5, 1.5),
            [("24 23:30", "25 00:30"), ("25 01:00", "25 01:30")],
        ),
        ("Europe/London", date(2026, 10, 25), (9, 17), [("25 09:00", "25 17:00")]),
        # New York: forward on 8 March, back on 1 November 2026.
        ("America/New_York", date(2026, 3, 8), (2, 3), []),
        ("America/New_York", date(2026, 3, 8), (9, 17), [("08 13:00", "08 21:00")]),
        ("America/New_York", date(2026, 11, 1), (1, 2), [("01 05:00", "01 07:00")]),
        ("America/New_York", date(2026, 11, 1), (9, 17), [("01 14:00", "01 22:00")]),
        # Lord Howe shifts by half an hour: back on 5 April 2026 at 2:00.
        ("Australia/Lord_Howe", date(2026, 4, 5), (1.5, 2), [("04 14:30", "04 15:30")]),
        # Samoa had no 30 December 2011 at all.
        ("Pacific/Apia", date(2011, 12, 30), (9, 17), []),
    ],
)
def test_wall_time_expands_over_changes_of_the_clock(zone, day, hours, expected):
    assert wall(zone, day, *hours) == expected


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.dates(date(2024, 1, 1), date(2028, 12, 31)),
    st.integers(0, 95),
    st.integers(1, 96),
)
def test_an_instant_is_open_exactly_when_its_wall_clock_says_so(zone, day, start, end):
    found = wall_periods(zone, day_number(day), start * 900, end * 900)
    assert is_sorted_and_disjoint([pair for pair in found if pair[0] < pair[1]])
    place = ZoneInfo(zone)
    first = seconds(datetime.combine(day, datetime.min.time(), tzinfo=UTC)) - 15 * HOUR
    for instant in range(first, first + 54 * HOUR, 900):
        local = moment(instant).astimezone(place)
        reading = local.hour * HOUR + local.minute * 60
        is_open = local.date() == day and start * 900 <= reading < end * 900
        assert overlaps(found, (instant, instant + 1)) is is_open


def test_a_day_starts_when_its_date_does():
    assert day_start("Europe/London", day_number(date(2026, 7, 1))) == utc(
        2026, 6, 30, 23
    )
    # Clocks go forward at midnight in Beirut: the day begins at 1:00.
    beirut = day_start("Asia/Beirut", day_number(date(2026, 3, 29)))
    assert moment(beirut).astimezone(ZoneInfo("Asia/Beirut")).hour == 1


@given(st.sampled_from(ZONES), st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001
def test_the_local_day_of_an_instant_is_that_of_its_wall_clock(zone, naive):
    at = naive.replace(tzinfo=UTC)
    local = at.astimezone(ZoneInfo(zone)).date()
    assert local_day(zone, seconds(at)) == day_number(local)


def test_weekly_hours_keep_their_wall_time_over_the_change():
    days = range(day_number(date(2026, 3, 20)), day_number(date(2026, 4, 7)))
    found = weekly("Europe/London", 0, 9 * HOUR, 10 * HOUR, days)
    assert [moment(start) for start, _ in found] == [
        datetime(2026, 3, 23, 9, tzinfo=UTC),
        datetime(2026, 3, 30, 8, tzinfo=UTC),
        datetime(2026, 4, 6, 8, tzinfo=UTC),
    ]


@given(periods_, st.tuples(second, second).filter(lambda pair: pair[0] < pair[1]))
def test_one_look_says_what_looking_at_all_says(given_, wanted):
    for merged in (union(given_), union(given_, keep_seams=True)):
        assert holds(merged, wanted) == covers(merged, wanted)


# Mondays around a change of the clocks, and what 9 o'clock there is in UTC: in every
# second week, of which 2 March 2026 (in the south 16 March) is one.
SECOND_WEEKS = [
    ("Europe/London", date(2026, 3, 2), [(3, 2, 9, 0), (3, 16, 9, 0), (3, 30, 8, 0)]),
    ("America/New_York", date(2026, 3, 2), [(3, 2, 14, 0), (3, 16, 13, 0)]),
    ("Asia/Dubai", date(2026, 3, 2), [(3, 2, 5, 0), (3, 16, 5, 0), (3, 30, 5, 0)]),
    (
        "Australia/Lord_Howe",
        date(2026, 3, 16),
        [(3, 15, 22, 0), (3, 29, 22, 0), (4, 12, 22, 30)],
    ),
    ("America/St_Johns", date(2026, 3, 2), [(3, 2, 12, 30), (3, 16, 11, 30)]),
    ("Pacific/Apia", date(2026, 3, 2), [(3, 1, 20, 0), (3, 15, 20, 0)]),
]


@pytest.mark.parametrize(("zone", "anchor", "expected"), SECOND_WEEKS)
@pytest.mark.parametrize("away", [-52, 0, 26])
def test_every_second_week_keeps_its_turn_and_its_wall_time(
    zone, anchor, expected, away
):
    first = day_number(anchor)
    # The week before is none of them.
    days = range(first - 7, first + 14 * len(expected) - 7)
    # Any of its weeks is as good an anchor.
    found = weekly(zone, 0, 9 * HOUR, 10 * HOUR, days, 2, first + 14 * away)
    assert [moment(start) for start, _ in found] == [
        datetime(2026, *parts, tzinfo=UTC) for parts in expected
    ]


@given(
    st.integers(0, 6),
    st.dates(date(1990, 1, 1), date(2050, 1, 1)),
    st.integers(-200, 200),
)
def test_two_turns_make_every_week(weekday, first, away):
    days = range(day_number(first), day_number(first) + 40)
    anchor = day_number(date(2026, 3, 2)) + 7 * away
    turns = [weekly("UTC", weekday, 0, DAY, days, 2, anchor + 7 * n) for n in (0, 1)]
    assert not set(turns[0]) & set(turns[1])
    both = sorted(set(turns[0]) | set(turns[1]))
    assert both == list(weekly("UTC", weekday, 0, DAY, days))
    # A week is one turn's from Monday to Sunday.
    for start, _ in turns[0]:
        assert (start // DAY - anchor) // 7 % 2 == 0


@given(st.integers(0, 6), st.dates(date(1990, 1, 1), date(2050, 1, 1)))
def test_weekly_hours_fall_on_their_weekday(weekday, first):
    days = range(day_number(first), day_number(first) + 15)
    found = weekly("UTC", weekday, 0, DAY, days)
    expected = [
        first + timedelta(days=n)
        for n in range(15)
        if (first + timedelta(days=n)).weekday() == weekday
    ]
    assert [moment(start).date() for start, _ in found] == expected
