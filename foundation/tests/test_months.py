from datetime import date

from foundation.months import month_view

TODAY = date(2026, 3, 12)


def days(view):
    return [day for week in view.weeks for day in week if day]


def test_month_view_has_whole_weeks_from_monday():
    view = month_view(date(2026, 3, 20), {}, today=TODAY)

    assert {len(week) for week in view.weeks} == {7}
    assert [day.number for day in days(view)] == list(range(1, 32))
    assert view.weeks[0] == [None] * 6 + [days(view)[0]]
    assert (view.title, view.previous_title, view.next_title) == (
        "March 2026",
        "February 2026",
        "April 2026",
    )


def test_month_view_opens_days_with_times_that_are_not_past():
    counts = {date(2026, 3, 11): 3, TODAY: 1, date(2026, 3, 16): 6, date(2026, 4, 1): 2}

    view = month_view(TODAY, counts, today=TODAY, chosen=date(2026, 3, 16))

    assert {day.iso: day.label for day in days(view) if day.count} == {
        "2026-03-12": "Thursday 12 March, 1 time",
        "2026-03-16": "Monday 16 March, 6 times",
    }
    assert [day.iso for day in days(view) if day.is_today] == ["2026-03-12"]
    assert [day.iso for day in days(view) if day.is_chosen] == ["2026-03-16"]


def test_month_view_knows_december_and_january():
    assert month_view(date(2026, 12, 31), {}, today=TODAY).next_title == "January 2027"
    assert month_view(date(2027, 1, 1), {}, today=TODAY).previous_title == (
        "December 2026"
    )
