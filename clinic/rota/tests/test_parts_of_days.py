"""Away for a part of a day: what is left of a shift, by the clock of its place."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction

from clinic.models import DaysOff, OpeningHours
from clinic.rota import services
from clinic.rota.queries import clash_among, duties, own_days, rota
from clinic.rota.queries.duties import worked
from clinic.rota.tests.conftest import NOW
from foundation.periods import moment
from tests.factories.clinic import LocationFactory, ShiftFactory

MONDAY = date(2026, 3, 16)
DAY = timedelta(days=1)
# The Sundays on which the clocks of London go forward, and back.
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def away(user, starts, ends, day=MONDAY):
    return services.add_days_off(
        actor=None,
        user=user,
        starts_date=day,
        ends_date=day + DAY,
        starts_time=time.fromisoformat(starts),
        ends_time=time.fromisoformat(ends),
    )


def on_monday(shift):
    return duties([shift], [MONDAY])[0]


def test_what_is_left_of_the_shift_is_worked_and_the_rest_of_the_desk_is_empty(
    ina, quay
):
    shift = ShiftFactory(user=ina, location=quay)
    away(ina, "08:30", "10:00")
    away(ina, "12:00", "13:00")
    duty = on_monday(shift)
    assert duty.is_on
    assert duty.hours == "10:00 to 12:00, 13:00 to 17:00"
    assert duty.away == "09:00 to 10:00, 12:00 to 13:00"
    monday = rota(quay, [MONDAY])[0]
    assert monday.gaps == ["08:00 to 10:00", "12:00 to 13:00", "17:00 to 18:00"]
    assert not own_days(ina, [MONDAY])[0].is_away


def test_who_is_away_for_all_of_it_is_not_in(ina, quay):
    shift = ShiftFactory(user=ina, location=quay)
    off = [away(ina, "07:00", "12:00"), away(ina, "12:00", "18:00")]
    duty = on_monday(shift)
    assert (duty.why_not, duty.days_off, duty.away) == ("Away", off[0], "")
    assert duty.hours == "09:00 to 17:00"
    services.remove_days_off(actor=None, days_off=off[1])
    assert on_monday(shift).hours == "12:00 to 17:00"


def test_a_part_of_a_day_makes_room_elsewhere_in_that_part_alone(noor, quay):
    ShiftFactory(user=noor, location=quay)
    other = LocationFactory()
    off = away(noor, "12:00", "14:00")

    def plan(starts, ends):
        return services.plan_shifts(
            actor=None,
            user=noor,
            location=other,
            weekdays=[0],
            starts_time=time.fromisoformat(starts),
            ends_time=time.fromisoformat(ends),
            valid_from=MONDAY,
            valid_until=MONDAY + DAY,
            at=NOW,
        )

    with pytest.raises(services.AtTwoPlaces):
        plan("13:00", "15:00")
    # There they are away too: nothing would be left.
    with pytest.raises(services.AwayThen):
        plan("12:00", "14:00")
    assert clash_among(noor.pk, first=MONDAY, until=None) is None
    ShiftFactory(user=noor, location=other, starts_time=time(11), ends_time=time(13))
    found = clash_among(noor.pk, first=MONDAY, until=MONDAY + DAY)
    assert found is not None
    DaysOff.objects.filter(pk=off.pk).update(starts_time=time(11))
    assert clash_among(noor.pk, first=MONDAY, until=MONDAY + DAY) is None


def test_two_parts_of_a_day_that_meet_are_refused(ina, quay):
    away(ina, "09:00", "11:00")
    away(ina, "11:00", "12:00")
    for starts, ends in (("10:00", "10:30"), ("08:00", "18:00")):
        with pytest.raises(services.AwayAlready):
            away(ina, starts, ends)
    with pytest.raises(services.AwayAlready):
        services.add_days_off(
            actor=None, user=ina, starts_date=MONDAY, ends_date=MONDAY + DAY
        )
    with pytest.raises(services.EndsBeforeStart):
        away(ina, "15:00", "15:00")
    assert DaysOff.objects.count() == 2


@pytest.mark.parametrize(
    ("day", "left"),
    [
        # One to two does not exist, so half past two is half an hour after it.
        (SPRING, [(datetime(2026, 3, 29, 0, 0, tzinfo=UTC), 60), (None, 90)]),
        # One to two comes twice: both are worked, and both halves of it are off.
        (AUTUMN, [(datetime(2026, 10, 24, 23, 0, tzinfo=UTC), 60), (None, 90)]),
    ],
)
def test_the_night_of_the_clocks_counts_by_the_clock_of_the_place(
    noor, quay, day, left
):
    OpeningHours.objects.create(
        location=quay, weekday=6, opens_at=time(0), closes_at=time(4)
    )
    shift = ShiftFactory(
        user=noor, location=quay, weekday=6, starts_time=time(0), ends_time=time(4)
    )
    off = [away(noor, "01:00", "02:30", day)]
    spans = worked(shift, day, off)
    minutes = [(ends - starts) // 60 for starts, ends in spans]
    assert minutes == [length for _, length in left]
    assert moment(spans[0][0]) == left[0][0]


def test_each_place_has_its_own_clock(noor, quay):
    away(noor, "12:00", "13:00")
    paris = LocationFactory(time_zone="Europe/Paris")
    spans = [
        worked(ShiftFactory(user=noor, location=place), MONDAY, DaysOff.objects.all())
        for place in (quay, paris)
    ]
    noon = [moment(found[0][1]) for found in spans]
    assert noon == [
        datetime(2026, 3, 16, 12, tzinfo=UTC),
        datetime(2026, 3, 16, 11, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"starts_time": time(9)},
        {"ends_time": time(9)},
        {"starts_time": time(9), "ends_time": time(9)},
        {"starts_time": time(9), "ends_time": time(10), "days": 2},
    ],
)
def test_the_database_refuses_half_a_part(noor, wrong):
    wrong = dict(wrong)
    ends = MONDAY + wrong.pop("days", 1) * DAY
    with pytest.raises(IntegrityError), transaction.atomic():
        DaysOff.objects.create(user=noor, starts_date=MONDAY, ends_date=ends, **wrong)
