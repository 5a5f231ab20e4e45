"""Which times are put in front, and what is said of them: a table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from booking.appointments.models import Appointment
from booking.openings.queries import Opening
from booking.suggestions.queries import Knowledge, best, tell, weigh
from booking.suggestions.queries.knowing import usual_part
from booking.suggestions.queries.ranking import Edges
from clinic.models import Doctor, Location, Offering

# Monday 2 March 2026, 8:00 in London.
AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
LEE, ROY = 1, 2
CANAL, HARBOUR = 1, 2
QUIET = Knowledge()


def doctor(pk):
    names = {LEE: ("Min", "Lee", ["en"]), ROY: ("Asha", "Roy", ["en", "pt"])}
    first, last, languages = names[pk]
    return Doctor(
        pk=pk, title="Dr", first_name=first, last_name=last, languages=languages
    )


def opening(days, clock, *, by=LEE, place=CANAL):
    name = "Canal Street" if place == CANAL else "Harbour"
    location = Location(pk=place, name=name, time_zone="Europe/London")
    offering = Offering(pk=by * 10 + place, doctor=doctor(by), location=location)
    hour, minute = map(int, clock.split(":"))
    starts = AT.replace(hour=hour, minute=minute) + timedelta(days=days)
    return Opening(starts, starts + timedelta(minutes=15), offering)


def busy(days, first, last, by=LEE):
    starts, ends = opening(days, first).starts_at, opening(days, last).starts_at
    return {by: Edges([starts], [ends])}


MORNING, EVENING = opening(12, "09:00"), opening(12, "18:00")


@pytest.mark.parametrize(
    ("known", "one", "points", "words"),
    [
        (QUIET, MORNING, 0, []),
        ({"parts": {"MORNING"}}, MORNING, 30, ["You prefer mornings"]),
        ({"parts": {"MORNING"}}, EVENING, 0, []),
        # Noon is afternoon, and the place's clock counts.
        ({"parts": {"AFTERNOON"}}, opening(12, "12:00"), 30, ["You prefer afternoons"]),
        ({"weekdays": {5}}, MORNING, 20, ["Saturdays suit you"]),
        ({"weekdays": {0}}, MORNING, 0, []),
        (
            {"location_id": HARBOUR},
            opening(12, "09:00", place=HARBOUR),
            20,
            ["At Harbour, as you prefer"],
        ),
        ({"location_id": HARBOUR}, MORNING, 0, []),
        (
            {"language": "pt", "language_name": "Portuguese"},
            opening(12, "09:00", by=ROY),
            25,
            ["Dr Roy speaks Portuguese"],
        ),
        ({"language": "pt", "language_name": "Portuguese"}, MORNING, 0, []),
        (
            {"usual_part": "MORNING"},
            MORNING,
            15,
            ["You usually come in the morning"],
        ),
        # What they said goes before what they did.
        ({"usual_part": "MORNING", "parts": {"EVENING"}}, MORNING, 0, []),
        ({"doctors": {LEE}}, MORNING, 15, ["Dr Lee knows you"]),
        ({"doctors": {ROY}}, MORNING, 0, []),
        (
            {"busy": busy(12, "08:30", "09:00")},
            MORNING,
            10,
            [],
        ),
        (
            {"busy": busy(12, "09:30", "10:00")},
            MORNING,
            10,
            [],
        ),
        ({"busy": busy(12, "09:31", "10:00")}, MORNING, 0, []),
        ({"busy": busy(12, "08:30", "09:00", by=ROY)}, MORNING, 0, []),
        # Sooner is better, and no reason worth words.
        (QUIET, opening(1, "09:00"), 9, []),
        (QUIET, opening(9, "09:00"), 1, []),
        (QUIET, opening(10, "09:00"), 0, []),
        # Missed visits move times, and are no patient's page's business.
        ({"missed": 2, "ended": 8}, opening(3, "09:00"), 22, []),
        ({"missed": 2, "ended": 9}, opening(3, "09:00"), 7, []),
        ({"missed": 1, "ended": 1}, opening(3, "09:00"), 7, []),
        ({"missed": 2, "ended": 4}, opening(8, "09:00"), 2, []),
        (
            {"parts": {"MORNING"}, "doctors": {LEE}, "weekdays": {5}},
            MORNING,
            65,
            ["You prefer mornings", "Saturdays suit you", "Dr Lee knows you"],
        ),
    ],
)
def test_what_speaks_for_a_time(known, one, points, words):
    given = known if isinstance(known, Knowledge) else Knowledge(**known)
    found = weigh(one, given, at=AT)
    assert (found.points, found.words) == (points, words)


def test_who_works_here_sees_every_part_of_it():
    known = Knowledge(missed=2, ended=4, doctors=frozenset({LEE}))
    found = weigh(opening(3, "09:00"), known, at=AT)
    assert [(one.points, one.staff_words) for one in found.reasons] == [
        (
            15,
            "has seen this doctor",
        ),
        (
            15,
            "missed 2 of the last 4 visits, and visits within a week are kept more "
            "often",
        ),
        (7, "in 3 days"),
    ]


@pytest.mark.parametrize(
    ("days", "words"), [(0, "within a day"), (1, "in 1 day"), (2, "in 2 days")]
)
def test_how_soon_it_is_reads_well(days, words):
    one = replace(MORNING, starts_at=AT + timedelta(days=days, hours=1))
    assert weigh(one, QUIET, at=AT).reasons[-1].staff_words == words


def test_the_best_are_few_of_different_days_and_ties_go_to_the_sooner():
    known = Knowledge(parts=frozenset({"MORNING"}))
    found = [
        opening(day, clock)
        for day in (14, 12, 13, 15)
        for clock in ("10:00", "09:00", "14:00")
    ]
    chosen = [one.opening.starts_at for one in best(found, known, at=AT)]
    assert chosen == [opening(day, "09:00").starts_at for day in (12, 13, 14)]


def test_a_gap_in_the_day_is_the_clinics_reason_and_no_patients():
    found = [opening(day, "09:00") for day in (3, 4, 5)]
    known = replace(QUIET, busy=busy(4, "08:30", "09:00"))
    assert best(found, known, at=AT) == []
    assert best(found, QUIET, at=AT, is_staff=True) == []
    chosen = best(found, known, at=AT, is_staff=True)
    assert [(one.opening, one.words) for one in chosen] == [(found[1], [])]
    assert "leaves no gap" in [one.staff_words for one in chosen[0].reasons]


def test_among_times_that_suit_alike_the_one_without_a_gap_goes_first():
    known = Knowledge(parts=frozenset({"MORNING"}), busy=busy(12, "09:00", "09:30"))
    found = [opening(12, "09:00"), opening(12, "09:30")]
    assert [one.opening for one in best(found, known, at=AT)] == [found[1]]


@pytest.mark.parametrize(
    ("clocks", "part"),
    [
        ("", ""),
        ("09:00 10:00", ""),
        ("09:00 10:00 11:59", "MORNING"),
        ("09:00 10:00 14:00", "MORNING"),
        ("09:00 14:00 18:00", ""),
        ("18:00 18:00 18:00 09:00 09:00", "EVENING"),
    ],
)
def test_what_somebody_mostly_does_needs_a_few_visits_that_agree(clocks, part):
    place = Location(time_zone="Europe/London")
    kept = [
        Appointment(starts_at=opening(1, clock).starts_at, location=place)
        for clock in clocks.split()
    ]
    assert usual_part(kept) == part


def test_what_is_true_of_all_is_said_once():
    known = replace(QUIET, parts=frozenset({"MORNING"}), doctors=frozenset({LEE}))
    found = [
        weigh(one, known, at=AT)
        for one in (MORNING, opening(13, "09:00"), opening(14, "18:00"))
    ]
    told = tell(found)
    assert told.of_all == ["With Dr Min Lee", "Dr Lee knows you"]
    assert [own for _, own in told.each] == [
        ["You prefer mornings"],
        ["You prefer mornings"],
        [],
    ]
    other = weigh(opening(15, "09:00", by=ROY), known, at=AT)
    assert tell([*found, other]).of_all == []


def test_of_one_suggestion_everything_stands_beside_it():
    known = replace(QUIET, parts=frozenset({"MORNING"}))
    told = tell([weigh(MORNING, known, at=AT)])
    assert told.of_all == []
    assert told.each[0][1] == ["With Dr Min Lee", "You prefer mornings"]
    assert tell([]).each == []
