"""Who is in, who is not and why, and when nobody is at the desk."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from accounts.models import RoleAssignment
from accounts.users.models import Role
from clinic.models import Closure, Location
from clinic.rota.permissions import (
    locations_planned_by,
    people_planned_by,
    visible_to,
)
from clinic.rota.queries import clash_among, coming, own_days, present_at, rota
from clinic.rota.services import add_days_off
from clinic.rota.tests.conftest import person
from tests.factories.clinic import LocationFactory, ShiftFactory

MONDAY = date(2026, 3, 16)
DAY = timedelta(days=1)
DAYS = [MONDAY + number * DAY for number in range(7)]


def names(found):
    return [duty.shift.user.first_name for duty in found]


def test_a_week_says_who_is_in_and_when_the_desk_is_empty(ina, noor, quay):
    ShiftFactory(user=ina, location=quay, starts_time=time(9), ends_time=time(12))
    ShiftFactory(user=ina, location=quay, starts_time=time(13), ends_time=time(19))
    ShiftFactory(user=noor, location=quay, starts_time=time(8))
    ShiftFactory(user=noor, location=LocationFactory(), weekday=1)
    monday, tuesday, *_, sunday = rota(quay, DAYS)
    assert names(monday.here) == ["Noor", "Ina", "Ina"]
    assert monday.open == ["08:00 to 18:00"]
    # A nurse is not the desk.
    assert monday.gaps == ["08:00 to 09:00", "12:00 to 13:00"]
    assert not monday.is_unmanned
    assert (tuesday.here, tuesday.is_unmanned) == ([], True)
    assert (sunday.open, sunday.gaps, sunday.is_unmanned) == ([], [], False)


def test_closed_days_rest_but_for_what_is_planned_for_them(ina, noor, quay):
    ShiftFactory(user=ina, location=quay)
    ShiftFactory(user=noor, location=quay, valid_from=MONDAY, valid_until=MONDAY + DAY)
    Closure.objects.create(
        location=LocationFactory(), starts_date=MONDAY, ends_date=MONDAY + DAY,
        reason="Elsewhere",
    )  # fmt: skip
    assert names(rota(quay, DAYS)[0].here) == ["Ina", "Noor"]
    Closure.objects.create(starts_date=MONDAY, ends_date=MONDAY + DAY, reason="Holiday")
    monday = rota(quay, DAYS)[0]
    assert (monday.closed, monday.open, monday.gaps) == ("Holiday", [], [])
    assert names(monday.here) == ["Noor"]
    assert [one.why_not for one in monday.missing] == ["Closed: Holiday"]


@pytest.mark.parametrize(
    ("change", "why_not"),
    [
        ({"suspended_at": datetime(2026, 3, 1, tzinfo=UTC)}, "Suspended"),
        ({"is_active": False}, "No longer here"),
        ({"access_ends_at": datetime(2026, 3, 16, tzinfo=UTC)}, "No longer here"),
        ({"access_ends_at": datetime(2026, 3, 17, tzinfo=UTC)}, ""),
    ],
)
def test_who_left_or_is_suspended_is_out_of_the_rota_and_the_desk_is_empty(
    ina, quay, change, why_not
):
    ShiftFactory(user=ina, location=quay, starts_time=time(8), ends_time=time(18))
    assert rota(quay, DAYS)[0].gaps == []
    for name, value in change.items():
        setattr(ina, name, value)
    ina.save()
    monday = rota(quay, DAYS)[0]
    assert [one.why_not for one in monday.missing] == ([why_not] if why_not else [])
    assert monday.is_unmanned is bool(why_not)
    present = present_at(Location.objects.filter(pk=quay.pk), MONDAY)
    assert [names(one.here) for one in present] == ([] if why_not else [["Ina"]])


def test_a_role_that_is_taken_away_takes_the_shift_along(ina, quay):
    ShiftFactory(user=ina, location=quay)
    RoleAssignment.objects.filter(user=ina).delete()
    RoleAssignment.objects.create(
        user=ina, role=Role.RECEPTIONIST, place=LocationFactory().place
    )
    assert [one.why_not for one in rota(quay, DAYS)[0].missing] == ["No role here"]


def test_a_location_that_is_closed_for_good_is_worked_at_by_nobody(noor, quay):
    uptown = LocationFactory(name="Uptown", is_active=False)
    ShiftFactory(user=noor, location=uptown)
    assert own_days(noor, DAYS)[0].missing[0].why_not == "The location is closed"
    assert coming(noor, first=MONDAY) == []
    again = ShiftFactory(user=noor, location=quay)
    assert clash_among(noor.pk, first=MONDAY, until=None, of=[again.pk]) is None


def test_ones_own_week_has_every_place_and_says_what_is_off(noor, quay):
    ShiftFactory(user=noor, location=quay)
    ShiftFactory(user=noor, location=LocationFactory(name="Uptown"), weekday=1)
    ShiftFactory(user=person("Kit", Role.NURSE), location=quay)
    add_days_off(
        actor=None, user=noor, starts_date=MONDAY + DAY, ends_date=MONDAY + 3 * DAY
    )
    monday, tuesday, wednesday, thursday, *_ = own_days(noor, DAYS)
    assert names(monday.here) == ["Noor"]
    assert [one.why_not for one in tuesday.missing] == ["Away"]
    assert (tuesday.is_away, wednesday.is_away, thursday.is_away) == (True, True, False)
    assert len(coming(noor, first=MONDAY)) == 4 + 3


def test_a_week_is_a_fixed_number_of_queries(
    ina, noor, quay, django_assert_num_queries
):
    ShiftFactory(user=ina, location=quay)
    with django_assert_num_queries(6):
        rota(quay, DAYS)
    for day in range(5):
        ShiftFactory(user=person(f"P{day}", Role.NURSE), location=quay, weekday=day)
    add_days_off(actor=None, user=noor, starts_date=MONDAY, ends_date=MONDAY + DAY)
    with django_assert_num_queries(6):
        rota(quay, DAYS)


def test_who_sees_and_plans_what(noor, quay):
    uptown = LocationFactory(name="Uptown")
    here, there = ShiftFactory(location=quay), ShiftFactory(location=uptown)
    own = ShiftFactory(location=uptown)
    own.user = person("Liv", Role.RECEPTIONIST, quay)
    own.save()
    lead = person("Mo", Role.MEDICAL_ADMIN, quay)
    editor = person("Ed", Role.AUTHOR)
    every = {here, there, own}
    sees = {noor: every, own.user: {here, own}, lead: {here}, editor: set()}
    for user, shifts in sees.items():
        assert set(visible_to(user)) == shifts
        for shift in every:
            assert user.has_perm("clinic.view_shift", shift) is (shift in shifts)
            may_plan = user is lead and shift is here
            assert user.has_perm("clinic.plan_rota", shift) is may_plan
    assert list(locations_planned_by(lead)) == [quay]
    assert set(people_planned_by(lead)) == {noor, own.user, lead}
    assert not people_planned_by(noor).exists()
