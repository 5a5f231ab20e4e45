from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from foundation import formats

LONDON = "Europe/London"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "zone", "patient", "staff"),
    [
        (utc(2026, 3, 16, 10, 20), LONDON, "10:20am", "10:20"),
        (utc(2026, 3, 16, 0, 5), LONDON, "12:05am", "00:05"),
        (utc(2026, 3, 16, 12, 0), LONDON, "12:00pm", "12:00"),
        (utc(2026, 3, 31, 13, 20), LONDON, "2:20pm", "14:20"),
        (utc(2026, 3, 16, 10, 20), "America/New_York", "6:20am", "06:20"),
        (utc(2026, 3, 16, 10, 20), "Asia/Kathmandu", "4:05pm", "16:05"),
    ],
)
def test_clock_tells_wall_time(at, zone, patient, staff):
    assert formats.clock(at, zone) == patient
    assert formats.clock(at, zone, staff=True) == staff


@pytest.mark.parametrize(
    ("at", "words"),
    [
        # Spring forward: 1:00 to 2:00 does not happen.
        (utc(2026, 3, 29, 0, 59), "12:59am"),
        (utc(2026, 3, 29, 1, 0), "2:00am"),
        # Autumn back: 1:00 to 2:00 happens twice, and each says which it is.
        (utc(2026, 10, 24, 23, 59), "12:59am"),
        (utc(2026, 10, 25, 0, 30), "1:30am BST"),
        (utc(2026, 10, 25, 1, 30), "1:30am GMT"),
        (utc(2026, 10, 25, 2, 0), "2:00am"),
    ],
)
def test_clock_is_clear_when_clocks_change(at, words):
    assert formats.clock(at, LONDON) == words


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="needs a time zone"):
        formats.clock(datetime(2026, 3, 16, 10, 20), LONDON)  # noqa: DTZ001


def test_an_unknown_zone_is_refused():
    with pytest.raises(ZoneInfoNotFoundError):
        formats.clock(utc(2026, 3, 16, 10, 20), "Europe/Westhaven")


def test_clock_range_names_both_ends():
    ends = utc(2026, 3, 16, 10, 20), utc(2026, 3, 16, 10, 35)

    assert formats.clock_range(*ends, LONDON) == "10:20am to 10:35am"
    assert formats.clock_range(*ends, LONDON, staff=True) == "10:20 to 10:35"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (formats.long_date, "Monday 16 March 2026"),
        (formats.day_date, "Monday 16 March"),
        (formats.short_date, "Mon 16 March"),
        (formats.plain_date, "16 March 2026"),
        (formats.month_year, "March 2026"),
        (formats.identity_date, "16-Mar-2026"),
    ],
)
def test_dates_are_never_numbers_only(words, expected):
    assert words(date(2026, 3, 16)) == expected


def test_identity_date_keeps_two_digits():
    assert formats.identity_date(date(1986, 5, 4)) == "04-May-1986"


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 12, 30), "Yesterday, Wednesday 30 December"),
        (date(2026, 12, 31), "Today, Thursday 31 December"),
        (date(2027, 1, 1), "Tomorrow, Friday 1 January 2027"),
        (date(2026, 12, 25), "Friday 25 December"),
    ],
)
def test_relative_date_always_says_the_date(day, words):
    assert formats.relative_date(day, date(2026, 12, 31)) == words


@pytest.mark.parametrize(
    ("first", "last", "zone", "words"),
    [
        ((3, 16, 10, 20), (3, 16, 13, 0), LONDON, "Mon 16 March, 10:20 to 13:00"),
        (
            (3, 16, 10, 20),
            (3, 17, 9, 0),
            LONDON,
            "Mon 16 March, 10:20 to Tue 17 March, 09:00",
        ),
        # Whole days, by the clock of the place: the last one ends at midnight.
        ((3, 16, 0, 0), (3, 17, 0, 0), LONDON, "Mon 16 March"),
        ((3, 16, 0, 0), (3, 19, 0, 0), LONDON, "Mon 16 March to Wed 18 March"),
        ((3, 28, 0, 0), (3, 29, 23, 0), LONDON, "Sat 28 March to Sun 29 March"),
        (
            (3, 16, 0, 0),
            (3, 17, 0, 0),
            "Europe/Paris",
            "Mon 16 March, 01:00 to Tue 17 March, 01:00",
        ),
    ],
)
def test_a_span_is_said_as_people_say_it(first, last, zone, words):
    starts_at, ends_at = utc(2026, *first), utc(2026, *last)
    assert formats.short_span(starts_at, ends_at, zone, staff=True) == words


def test_date_times_are_dated_in_the_zone():
    at = utc(2026, 3, 16, 23, 30)

    assert formats.date_time(at, LONDON) == "Monday 16 March 2026, 11:30pm"
    assert formats.date_time(at, "Europe/Paris") == "Tuesday 17 March 2026, 12:30am"
    assert formats.short_date_time(at, LONDON, staff=True) == "Mon 16 March, 23:30"


@pytest.mark.parametrize(
    ("zone", "at", "words"),
    [
        (LONDON, utc(2026, 3, 13), "London time (GMT)"),
        (LONDON, utc(2026, 3, 31), "London time (BST)"),
        (LONDON, utc(2026, 3, 29, 0, 59), "London time (GMT)"),
        (LONDON, utc(2026, 3, 29, 1, 0), "London time (BST)"),
        ("Europe/Paris", utc(2026, 3, 31), "Paris time (CEST)"),
        ("America/New_York", utc(2026, 3, 31), "New York time (EDT)"),
        ("Asia/Dubai", utc(2026, 3, 31), "Dubai time (GMT+4)"),
        ("Asia/Kathmandu", utc(2026, 3, 31), "Kathmandu time (GMT+5:45)"),
        (
            "America/Argentina/Buenos_Aires",
            utc(2026, 3, 31),
            "Buenos Aires time (GMT-3)",
        ),
        ("UTC", utc(2026, 3, 31), "UTC"),
    ],
)
def test_zone_name_is_valid_on_that_date(zone, at, words):
    assert formats.zone_name(zone, at) == words
    assert formats.zone_name(ZoneInfo(zone), at) == words


@pytest.mark.parametrize(
    ("at", "theirs", "words"),
    [
        (
            utc(2026, 3, 16, 10, 20),
            "Europe/Paris",
            "10:20am London time, 11:20am where you are",
        ),
        (utc(2026, 3, 16, 10, 20), "Africa/Abidjan", "10:20am London time"),
        (
            utc(2026, 6, 16, 9, 20),
            "Africa/Abidjan",
            "10:20am London time, 9:20am where you are",
        ),
        (
            utc(2026, 3, 16, 23, 30),
            "Europe/Paris",
            "11:30pm London time on Monday 16 March, "
            "12:30am on Tuesday 17 March where you are",
        ),
        # In the weeks when only one of the two has changed its clocks.
        (
            utc(2026, 3, 16, 10, 20),
            "America/New_York",
            "10:20am London time, 6:20am where you are",
        ),
    ],
)
def test_both_zones_are_told_where_they_differ(at, theirs, words):
    assert formats.both_zones(at, LONDON, theirs) == words


@pytest.mark.parametrize(
    ("amount", "currency", "choosing", "paying"),
    [
        ("65", "GBP", "£65", "£65.00"),
        ("65.50", "GBP", "£65.50", "£65.50"),
        ("1250", "gbp", "£1,250", "£1,250.00"),
        ("65", "EUR", "€65", "€65.00"),
        ("65", "USD", "$65", "$65.00"),
        ("6500", "JPY", "¥6,500", "¥6,500"),
        ("65", "CHF", "CHF\N{NO-BREAK SPACE}65", "CHF\N{NO-BREAK SPACE}65.00"),
        ("0", "GBP", "£0", "£0.00"),
        ("-32.50", "GBP", "−£32.50", "−£32.50"),
        ("-0.001", "GBP", "£0", "£0.00"),
    ],
)
def test_money_names_its_currency(amount, currency, choosing, paying):
    assert formats.money(Decimal(amount), currency) == choosing
    assert formats.money(Decimal(amount), currency, exact=True) == paying


@pytest.mark.parametrize(
    ("length", "long", "short"),
    [
        (30, "30 minutes", "30 min"),
        (1, "1 minute", "1 min"),
        (60, "1 hour", "1 h"),
        (timedelta(minutes=75), "1 hour 15 minutes", "1 h 15 min"),
        (120, "2 hours", "2 h"),
        (0, "0 minutes", "0 min"),
    ],
)
def test_durations(length, long, short):
    assert formats.duration(length) == long
    assert formats.duration(length, short=True).replace("\xa0", " ") == short


@pytest.mark.parametrize(
    ("born", "on", "words"),
    [
        (date(1986, 3, 14), date(2026, 3, 13), "39 y"),
        (date(1986, 3, 14), date(2026, 3, 14), "40 y"),
        (date(2000, 2, 29), date(2026, 2, 28), "25 y"),
        (date(2000, 2, 29), date(2026, 3, 1), "26 y"),
        (date(2025, 1, 31), date(2026, 3, 30), "13 months"),
        (date(2026, 1, 20), date(2026, 3, 12), "7 weeks"),
        (date(2026, 3, 10), date(2026, 3, 12), "2 days"),
        (date(2026, 3, 12), date(2026, 3, 12), "0 days"),
        (date(2026, 3, 13), date(2026, 3, 12), "not born yet"),
    ],
)
def test_ages_are_as_fine_as_the_person_is_young(born, on, words):
    assert formats.age(born, on).replace("\xa0", " ") == words


@pytest.mark.parametrize(
    ("number", "region", "words"),
    [
        ("+442079460120", "GB", "020 7946 0120"),
        ("07700900123", "GB", "07700 900123"),
        ("+33142685300", "GB", "+33 1 42 68 53 00"),
        ("+33142685300", "FR", "01 42 68 53 00"),
        ("999", "GB", "999"),
        ("ask at the desk", "GB", "ask at the desk"),
        ("", "GB", ""),
    ],
)
def test_phones_are_written_as_people_there_write_them(number, region, words):
    assert formats.phone(number, region) == words


def test_plurals_and_lists():
    assert formats.plural(1, "doctor") == "1 doctor"
    assert formats.plural(0, "doctor") == "0 doctors"
    assert formats.plural(1200, "child", "children") == "1,200 children"
    assert formats.join_words([]) == ""
    assert formats.join_words(["English"]) == "English"
    assert formats.join_words(["English", "French", "Welsh"]) == (
        "English, French and Welsh"
    )


@pytest.mark.parametrize(
    ("size", "words"),
    [(1, "1 byte"), (999, "999 bytes"), (84_200, "84 kB"), (2_400_000, "2.4 MB")],
)
def test_file_sizes(size, words):
    assert formats.file_size(size).replace("\xa0", " ") == words


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Dr Ines Calloway", "IC"),
        ("Prof. Ada Byron-King", "AB"),
        ("Maya", "M"),
        ("Jean Luc de la Tour", "JT"),
        ("Dr", "D"),
        ("", "?"),
        ("4711", "?"),
    ],
)
def test_initials_leave_titles_out(name, letters):
    assert formats.initials(name) == letters


def test_the_same_name_always_gets_the_same_tone():
    tones = {formats.tone(f"Person {number}") for number in range(200)}

    assert tones == {1, 2, 3, 4, 5, 6}
    assert formats.tone(" Ines Calloway ") == formats.tone("ines calloway")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"),
        (59, "59 seconds"),
        (60, "1 minute"),
        (61, "2 minutes"),
        (7199, "120 minutes"),
        (7200, "2 hours"),
        (7201, "3 hours"),
    ],
)
def test_a_wait_is_never_said_to_be_shorter_than_it_is(seconds, words):
    assert formats.wait_words(seconds) == words
