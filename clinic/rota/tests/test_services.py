"""Planning: what is refused, and what stays as it was."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import RoleAssignment
from accounts.users.models import Role
from audit.models import Entry
from clinic.models import Closure, DaysOff, Shift
from clinic.rota import services
from clinic.rota.queries import concerns, duties
from clinic.rota.tests.conftest import NOW, person
from tests.factories.clinic import LocationFactory, ShiftFactory

MONDAY = date(2026, 3, 16)
DAY, WEEK = timedelta(days=1), timedelta(days=7)


def plan(user, location, **given):
    """Nine to five on Mondays from the 16th on, unless told otherwise."""
    given = {
        "actor": None,
        "weekdays": [0],
        "starts_time": time(9),
        "ends_time": time(17),
        "valid_from": MONDAY,
        "valid_until": None,
        "at": NOW,
    } | given
    return services.plan_shifts(user=user, location=location, **given)


def plan_day(user, location, day=MONDAY, **given):
    return plan(
        user,
        location,
        weekdays=[day.weekday()],
        valid_from=day,
        valid_until=day + DAY,
        **given,
    )[0]


def test_several_weekdays_are_planned_together_and_written_down(ina, quay, admin):
    made = plan(ina, quay, weekdays=[0, 2, 2], note="phones", actor=admin)
    assert [shift.weekday for shift in made] == [0, 2]
    rows = Entry.objects.filter(verb="rota.shift_planned", actor=admin)
    assert rows.count() == 2
    assert "phones" not in str(list(rows.values("detail")))


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"ends_time": time(9)}, services.EndsBeforeStart),
        ({"valid_until": MONDAY}, services.EndsBeforeStart),
        ({"valid_from": date(2026, 3, 11)}, services.Past),
        ({"weekdays": [3], "valid_until": MONDAY + DAY}, services.NeverComes),
        ({"weekdays": []}, services.NeverComes),
    ],
)
def test_what_makes_no_sense_is_refused_whole(ina, quay, given, refusal):
    with pytest.raises(refusal):
        plan(ina, quay, **given)
    assert not Shift.objects.exists()


def test_without_a_role_at_the_place_nobody_is_planned_there(ina, noor, quay):
    other = LocationFactory()
    doctor = person("Dee", Role.DOCTOR)
    for user, place in ((ina, other), (doctor, quay)):
        with pytest.raises(services.NoRoleHere):
            plan(user, place)
    assert plan(noor, other)


def test_who_cannot_sign_in_is_not_planned(ina, quay):
    ina.is_active = False
    ina.save()
    with pytest.raises(services.NotHere):
        plan(ina, quay)


def test_after_the_leaving_date_nobody_is_planned(ina, quay):
    ina.access_ends_at = datetime(2026, 3, 16, tzinfo=UTC)
    ina.save()
    with pytest.raises(services.NotHere):
        plan_day(ina, quay)
    ina.access_ends_at = datetime(2026, 3, 17, tzinfo=UTC)
    ina.save()
    assert plan_day(ina, quay)


def test_nobody_is_at_two_places_at_a_time(noor, quay):
    other = LocationFactory(name="Uptown")
    plan(noor, other, starts_time=time(12), ends_time=time(14))
    with pytest.raises(services.AtTwoPlaces, match="Uptown then: Monday 16 March"):
        plan(noor, quay)
    with pytest.raises(services.AtTwoPlaces):
        plan_day(noor, quay, MONDAY + 30 * WEEK)
    # To the minute, and on another day.
    plan(noor, quay, starts_time=time(9), ends_time=time(12))
    plan(noor, quay, weekdays=[1])


def test_what_begins_in_years_is_met_too(noor, quay):
    later = MONDAY + 150 * WEEK
    plan(noor, LocationFactory(name="Uptown"), valid_from=later)
    with pytest.raises(services.AtTwoPlaces, match="29 January"):
        plan(noor, quay)
    plan(noor, quay, valid_until=later)


def test_two_places_are_compared_by_their_own_clocks(noor, quay):
    paris = LocationFactory(time_zone="Europe/Paris")
    plan(noor, paris, starts_time=time(9), ends_time=time(12))
    # Noon in Paris is eleven in London.
    with pytest.raises(services.AtTwoPlaces):
        plan(noor, quay, starts_time=time(10), ends_time=time(13))
    plan(noor, quay, starts_time=time(11), ends_time=time(13))


def test_midnight_of_another_clock_is_another_day(noor, quay):
    kiritimati = LocationFactory(time_zone="Pacific/Kiritimati")
    # Tuesday 8:00 there is Monday 18:00 in London.
    plan(noor, kiritimati, weekdays=[1], starts_time=time(8), ends_time=time(9))
    with pytest.raises(services.AtTwoPlaces):
        plan(noor, quay, starts_time=time(18, 30), ends_time=time(20))


def test_a_shift_that_is_left_out_for_a_day_makes_room_on_that_day(noor, quay):
    other = LocationFactory(name="Uptown")
    shift = plan(noor, other)[0]
    off = services.skip_day(actor=None, shift=shift, day=MONDAY, at=NOW)
    again = services.skip_day(actor=None, shift=shift, day=MONDAY, at=NOW)
    assert off == again
    assert Entry.objects.filter(verb="rota.shift_skipped").count() == 1
    plan_day(noor, quay)
    with pytest.raises(services.AtTwoPlaces):
        plan_day(noor, quay, MONDAY + WEEK)
    # It cannot be taken back while something else is planned then.
    with pytest.raises(services.AtTwoPlaces, match="Take that off"):
        services.remove_days_off(actor=None, days_off=off)
    assert DaysOff.objects.filter(pk=off.pk).exists()
    with pytest.raises(services.NeverComes):
        services.skip_day(actor=None, shift=shift, day=MONDAY + DAY, at=NOW)


def test_who_is_away_works_none_of_their_shifts_and_gets_no_new_ones(noor, quay):
    shift = plan(noor, quay)[0]
    off = services.add_days_off(
        actor=None, user=noor, starts_date=MONDAY, ends_date=MONDAY + WEEK
    )
    days = [MONDAY, MONDAY + WEEK]
    found = [(one.day, one.why_not) for one in duties([shift], days)]
    assert found == [(MONDAY, "Away"), (MONDAY + WEEK, "")]
    with pytest.raises(services.AwayThen):
        plan_day(noor, quay, MONDAY + DAY)
    with pytest.raises(services.AwayAlready):
        services.add_days_off(
            actor=None, user=noor, starts_date=MONDAY - DAY, ends_date=MONDAY + DAY
        )
    with pytest.raises(services.EndsBeforeStart):
        services.add_days_off(
            actor=None, user=noor, starts_date=MONDAY, ends_date=MONDAY
        )
    services.remove_days_off(actor=None, days_off=off)
    assert all(one.is_on for one in duties([shift], days))


def change(shift, **given):
    given = {
        "actor": None,
        "from_date": MONDAY + WEEK,
        "starts_time": time(10),
        "ends_time": time(12),
        "valid_until": None,
        "note": "",
        "at": NOW,
    } | given
    return services.change_shift(shift=shift, **given)


def test_a_change_leaves_what_was_before(noor, quay):
    shift = plan(noor, quay)[0]
    services.skip_day(actor=None, shift=shift, day=MONDAY + 2 * WEEK, at=NOW)
    later = change(shift)
    shift.refresh_from_db()
    assert (shift.valid_until, shift.starts_time) == (MONDAY + WEEK, time(9))
    assert (later.valid_from, later.starts_time) == (MONDAY + WEEK, time(10))
    # The day that was left out stays left out.
    assert [one.shift for one in DaysOff.objects.all()] == [later]
    same = change(later, starts_time=time(11))
    assert (same.pk, Shift.objects.count()) == (later.pk, 2)


def test_a_change_is_refused_as_a_plan_is_and_nothing_is_cut(noor, quay):
    shift = plan(noor, quay)[0]
    plan(noor, LocationFactory(), starts_time=time(17), ends_time=time(19))
    with pytest.raises(services.AtTwoPlaces):
        change(shift, ends_time=time(18))
    with pytest.raises(services.EndsBeforeStart):
        change(shift, ends_time=time(10))
    with pytest.raises(services.EndsBeforeStart):
        change(shift, valid_until=MONDAY)
    RoleAssignment.objects.filter(user=noor).delete()
    with pytest.raises(services.NoRoleHere):
        change(shift)
    assert list(Shift.objects.filter(location=quay)) == [shift]
    assert Shift.objects.get(pk=shift.pk).valid_until is None


def test_a_shift_of_one_day_stays_on_its_day(noor, quay):
    changed = change(plan_day(noor, quay))
    assert changed.is_single
    assert (changed.valid_from, changed.starts_time) == (MONDAY, time(10))


def test_ending_keeps_what_was_worked(noor, quay):
    shift = ShiftFactory(user=noor, location=quay)
    with pytest.raises(services.Past):
        services.end_shift(actor=None, shift=shift, from_date=date(2026, 3, 9), at=NOW)
    services.end_shift(actor=None, shift=shift, from_date=MONDAY, at=NOW)
    assert Shift.objects.get(pk=shift.pk).valid_until == MONDAY
    coming = plan(noor, quay)[0]
    services.end_shift(actor=None, shift=coming, from_date=MONDAY, at=NOW)
    assert not Shift.objects.filter(pk=coming.pk).exists()
    assert Entry.objects.filter(verb="rota.shift_ended").count() == 2


def test_a_week_is_copied_once_without_habits_absences_and_closed_days(ina, noor, quay):
    plan(ina, quay)
    plan_day(noor, quay, MONDAY + DAY, note="phones")
    plan_day(noor, quay, MONDAY + 2 * DAY)
    plan_day(noor, quay, MONDAY + 3 * DAY)
    Closure.objects.create(
        location=quay,
        starts_date=MONDAY + WEEK + 2 * DAY,
        ends_date=MONDAY + WEEK + 3 * DAY,
        reason="Painting",
    )
    thursday = MONDAY + WEEK + 3 * DAY
    services.add_days_off(
        actor=None, user=noor, starts_date=thursday, ends_date=thursday + DAY
    )
    copied = services.copy_week(actor=None, location=quay, monday=MONDAY, at=NOW)
    assert [(one.valid_from, one.note) for one in copied.made] == [
        (MONDAY + WEEK + DAY, "phones")
    ]
    assert [left.split(":")[0] for left in copied.left] == [
        "Noor Frost, Wednesday 25 March",
        "Noor Frost, Thursday 26 March",
    ]
    assert "Painting" in copied.left[0]
    again = services.copy_week(actor=None, location=quay, monday=MONDAY, at=NOW)
    assert again.made == []
    assert Shift.objects.count() == 5


def test_what_somebody_should_know_is_said(noor, quay):
    assert concerns(plan(noor, quay)[0]) == []
    early = plan(noor, quay, weekdays=[1], starts_time=time(7))[0]
    assert concerns(early) == [
        "07:00 to 17:00 on Tuesday reaches beyond the opening hours of Quayside."
    ]
    sunday = plan(noor, quay, weekdays=[6])[0]
    assert concerns(sunday) == ["Quayside is closed on Sundays."]
    Closure.objects.create(
        starts_date=MONDAY + WEEK, ends_date=MONDAY + WEEK + DAY, reason="Easter"
    )
    single = Shift(
        user=noor,
        location=quay,
        weekday=0,
        starts_time=time(9),
        ends_time=time(10),
        valid_from=MONDAY + WEEK,
        valid_until=MONDAY + WEEK + DAY,
    )
    assert concerns(single) == ["Quayside is closed on Monday 23 March: Easter."]


@pytest.mark.parametrize(
    "wrong",
    [
        {"weekday": 7},
        {"ends_time": time(9)},
        {"valid_until": date(2026, 1, 5)},
    ],
)
def test_the_database_refuses_what_no_form_may_write(noor, quay, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        ShiftFactory(user=noor, location=quay, **wrong)
