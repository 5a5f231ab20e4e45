"""Changing hours, time off and closures."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from audit.models import Entry
from booking.availability import services
from booking.availability.queries import open_periods
from booking.availability.services import Hours
from booking.models import AvailabilityException, WorkingHours
from foundation.periods import moment
from tests.factories.booking import BreakFactory, WorkingHoursFactory
from tests.factories.clinic import LocationFactory, OfferingFactory

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 3, 16)
WEEK = timedelta(days=7)


@pytest.fixture
def place(dr_lee):
    """Dr Lee's doctor and a location."""
    return dr_lee.doctor, LocationFactory()


@pytest.fixture
def still(dr_lee):
    """The same where the clocks never change."""
    return dr_lee.doctor, LocationFactory(time_zone="UTC")


def at(clock, day=MONDAY):
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=UTC)


def opened(place, day=MONDAY):
    """The open periods of one day, as "09:00-12:00" in UTC."""
    doctor, location = place
    found = open_periods(
        [(doctor.pk, location.pk)],
        starts_at=at("00:00", day),
        ends_at=at("00:00", day + timedelta(days=1)),
    )
    return [
        f"{moment(a):%H:%M}-{moment(b):%H:%M}" for a, b in found[doctor.pk, location.pk]
    ]


def set_week(place, *week, **given):
    doctor, location = place
    given = {"actor": doctor.user, "from_date": date(2026, 1, 5)} | given
    return services.set_working_hours(
        doctor=doctor, location=location, week=week, **given
    )


# --- The week -------------------------------------------------------------------


def test_a_week_opens_its_days(place):
    lunch = (time(12), time(13))
    set_week(place, Hours(0, time(9), time(17), (lunch,)), Hours(2, time(8), time(10)))
    days = [MONDAY + timedelta(days=n) for n in range(3)]
    assert [opened(place, day) for day in days] == [
        ["09:00-12:00", "13:00-17:00"],
        [],
        ["08:00-10:00"],
    ]


def test_a_new_week_replaces_the_old_from_its_day_on(place):
    set_week(place, Hours(0, time(9), time(12)), Hours(1, time(9), time(12)))
    set_week(place, Hours(0, time(14), time(16)), from_date=MONDAY)
    assert opened(place, MONDAY - WEEK) == ["09:00-12:00"]
    assert opened(place, MONDAY) == ["14:00-16:00"]
    assert opened(place, MONDAY + timedelta(days=1)) == []
    assert opened(place, MONDAY + timedelta(days=1) - WEEK) == ["09:00-12:00"]


def test_setting_a_week_again_leaves_no_rests(place):
    for end in (12, 13, 14):
        set_week(place, Hours(0, time(9), time(end)))
    assert WorkingHours.objects.count() == 1
    assert opened(place) == ["09:00-14:00"]


def test_a_week_for_a_while_gives_way_to_the_old_one_again(place):
    lunch = (time(10), time(11))
    set_week(place, Hours(0, time(9), time(12), (lunch,)))
    set_week(
        place, Hours(0, time(14), time(16)), from_date=MONDAY, until_date=MONDAY + WEEK
    )
    usual = ["09:00-10:00", "11:00-12:00"]
    weeks = [opened(place, MONDAY + n * WEEK) for n in (-1, 0, 1)]
    assert weeks == [usual, ["14:00-16:00"], usual]


def test_every_second_week_leaves_the_weeks_between_as_they_were(still):
    lunch = (time(10), time(11))
    set_week(still, Hours(0, time(9), time(12), (lunch,)))
    set_week(still, Hours(0, time(14), time(16)), from_date=MONDAY, every_second=True)
    usual = ["09:00-10:00", "11:00-12:00"]
    weeks = [opened(still, MONDAY + n * WEEK) for n in range(-2, 5)]
    assert weeks == [usual, usual, *[["14:00-16:00"], usual] * 2, ["14:00-16:00"]]


def test_the_two_turns_are_changed_one_by_one_and_end_together(still):
    set_week(still, Hours(0, time(9), time(10)), from_date=MONDAY, every_second=True)
    tuesday = MONDAY + timedelta(days=1)
    set_week(
        still,
        Hours(0, time(11), time(12)),
        from_date=tuesday + WEEK,
        every_second=True,
    )
    weeks = [opened(still, MONDAY + n * WEEK) for n in range(4)]
    # Set on a Tuesday, the other turn begins a fortnight later on its Monday.
    assert weeks == [["09:00-10:00"], [], ["09:00-10:00"], ["11:00-12:00"]]
    set_week(still, Hours(0, time(8), time(9)), from_date=MONDAY + 3 * WEEK)
    weeks = [opened(still, MONDAY + n * WEEK) for n in range(2, 6)]
    assert weeks == [["09:00-10:00"], *[["08:00-09:00"]] * 3]
    assert WorkingHours.objects.filter(valid_until=None).count() == 1


def test_every_second_week_for_a_while_gives_way_to_the_old_week(still):
    set_week(still, Hours(0, time(9), time(10)))
    set_week(
        still,
        Hours(0, time(14), time(16)),
        from_date=MONDAY,
        until_date=MONDAY + 3 * WEEK,
        every_second=True,
    )
    weeks = [opened(still, MONDAY + n * WEEK) for n in range(-1, 6)]
    new, old = ["14:00-16:00"], ["09:00-10:00"]
    assert weeks == [old, new, old, new, old, old, old]


def test_other_locations_and_doctors_keep_their_hours(place):
    doctor, location = place
    other = WorkingHoursFactory(location=location)
    elsewhere = WorkingHoursFactory(doctor=doctor)
    set_week(place, Hours(0, time(14), time(16)))
    for row in (other, elsewhere):
        assert opened((row.doctor, row.location)) == ["09:00-17:00"]


@pytest.mark.parametrize(
    ("week", "refusal"),
    [
        ([Hours(0, time(12), time(12))], services.EndsBeforeStart),
        ([Hours(0, time(12), time(9))], services.EndsBeforeStart),
        (
            [Hours(0, time(11), time(14)), Hours(0, time(9), time(12))],
            services.HoursOverlap,
        ),
        (
            [Hours(0, time(9), time(12), ((time(8), time(10)),))],
            services.BreakOutside,
        ),
        (
            [Hours(0, time(9), time(12), ((time(11), time(10)),))],
            services.BreakOutside,
        ),
    ],
)
def test_a_week_that_contradicts_itself_is_refused(place, week, refusal):
    set_week(place, Hours(0, time(9), time(10)))
    with pytest.raises(refusal):
        set_week(place, *week)
    assert opened(place) == ["09:00-10:00"]


def test_hours_may_touch(place):
    set_week(place, Hours(0, time(9), time(12)), Hours(0, time(12), time(14)))
    assert opened(place) == ["09:00-12:00", "12:00-14:00"]


def test_a_week_must_not_end_before_it_begins(place):
    with pytest.raises(services.EndsBeforeStart):
        set_week(place, from_date=MONDAY, until_date=MONDAY)


def test_changes_are_in_the_audit(place):
    doctor, _ = place
    set_week(place, Hours(0, time(9), time(10)))
    off = services.add_time_off(
        actor=doctor.user,
        doctor=doctor,
        starts_at=at("09:00"),
        ends_at=at("10:00"),
        reason="Dentist",
    )
    services.remove_exception(actor=doctor.user, exception=off)
    entries = Entry.objects.filter(verb__startswith="availability").order_by("pk")
    assert [(entry.verb, entry.actor) for entry in entries] == [
        (f"availability.{verb}", doctor.user)
        for verb in (
            "hours_set",
            "exception_added",
            "exception_removed",
        )
    ]
    assert "Dentist" not in str(list(entries.values("detail")))


# --- Exceptions -----------------------------------------------------------------


def test_time_off_closes_and_can_be_taken_back(place):
    doctor, _ = place
    set_week(place, Hours(0, time(9), time(17)))
    off = services.add_time_off(
        actor=doctor.user,
        doctor=doctor,
        starts_at=at("10:00"),
        ends_at=at("11:00"),
        reason="",
    )
    assert opened(place) == ["09:00-10:00", "11:00-17:00"]
    services.remove_exception(actor=doctor.user, exception=off)
    assert opened(place) == ["09:00-17:00"]


def test_extra_hours_open_and_touching_ones_keep_their_seam(place):
    doctor, location = place
    set_week(place, Hours(0, time(9), time(12)))
    services.add_extra_hours(
        actor=doctor.user,
        doctor=doctor,
        location=location,
        starts_at=at("12:00"),
        ends_at=at("13:00"),
    )
    assert opened(place) == ["09:00-12:00", "12:00-13:00"]


def test_time_off_wins_over_extra_hours(place):
    doctor, location = place
    common = {
        "actor": doctor.user,
        "doctor": doctor,
        "starts_at": at("12:00"),
        "ends_at": at("13:00"),
    }
    services.add_extra_hours(**common, location=location)
    assert opened(place) == ["12:00-13:00"]
    services.add_time_off(**common, reason="")
    assert opened(place) == []


def test_exceptions_run_forwards_and_extra_hours_at_most_a_day(place):
    doctor, location = place
    common = {"actor": doctor.user, "doctor": doctor, "starts_at": at("12:00")}
    with pytest.raises(services.EndsBeforeStart):
        services.add_time_off(**common, ends_at=at("12:00"), reason="")
    day = timedelta(days=1)
    with pytest.raises(services.ExtraHoursTooLong):
        services.add_extra_hours(**common, location=location, ends_at=at("12:01") + day)
    services.add_extra_hours(**common, location=location, ends_at=at("12:00") + day)
    assert AvailabilityException.objects.count() == 1


# --- Asking ---------------------------------------------------------------------


@pytest.mark.parametrize("doctors", [1, 3, 30])
def test_open_periods_cost_one_query(doctors, django_assert_num_queries):
    offerings = [OfferingFactory() for _ in range(doctors)]
    for offering in offerings:
        hours = WorkingHoursFactory(doctor=offering.doctor, location=offering.location)
        BreakFactory(working_hours=hours)
    pairs = [(offering.doctor_id, offering.location_id) for offering in offerings]
    with django_assert_num_queries(1):
        found = open_periods(pairs, starts_at=at("00:00"), ends_at=at("23:00"))
    assert set(found) == set(pairs)
    assert {len(periods) for periods in found.values()} == {2}


def test_open_periods_are_clipped_to_what_was_asked(place):
    doctor, location = place
    pair = (doctor.pk, location.pk)
    set_week(place, Hours(0, time(9), time(17)))
    found = open_periods([pair], starts_at=at("10:00"), ends_at=at("11:00"))
    assert [(moment(a), moment(b)) for a, b in found[pair]] == [
        (at("10:00"), at("11:00"))
    ]


def test_a_closed_location_has_no_periods(place):
    doctor, location = place
    set_week(place, Hours(0, time(9), time(17)))
    location.is_active = False
    location.save()
    pair = (doctor.pk, location.pk)
    assert open_periods([pair], starts_at=at("00:00"), ends_at=at("23:00")) == {}


def test_who_left_without_ever_having_hours_is_just_not_open(place):
    doctor, location = place
    doctor.left_date = MONDAY
    doctor.save()
    window = {"starts_at": at("08:00"), "ends_at": at("18:00")}
    pair = (doctor.pk, location.pk)
    assert open_periods([pair], **window) == {pair: []}
