"""Free times: what opens them, what takes them, and what they cost."""

import random
from datetime import UTC, date, datetime, time, timedelta

import pytest

from booking.appointments.models import LIVE, Appointment, Status
from booking.appointments.queries import (
    free_slots,
    nearest_slots,
    next_free,
    slot_at,
)
from booking.models import AvailabilityException
from clinic.models import Closure, VisitType
from tests.factories.accounts import PatientFactory
from tests.factories.booking import (
    AppointmentFactory,
    AvailabilityExceptionFactory,
    BreakFactory,
    WorkingHoursFactory,
    open_offering,
)
from tests.factories.clinic import LocationFactory, OfferingFactory, RoomFactory

pytestmark = pytest.mark.django_db

# Friday; the next Monday is the 16th. London is on GMT until the 29th.
NOW = datetime(2026, 3, 13, 8, tzinfo=UTC)
MONDAY = date(2026, 3, 16)
WHOLE_DAY = [f"{hour:02}:{minute:02}" for hour in range(9, 17) for minute in (0, 30)]


def at(clock: str, day: date = MONDAY) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=UTC)


def times(offering, day=MONDAY, **given):
    """The free times of one day in UTC, as "09:30"."""
    after = datetime.combine(day, time(), tzinfo=UTC)
    given = {"at": NOW, "after": after, "until": after + timedelta(days=1)} | given
    found = free_slots([offering], **given)[offering.pk]
    assert found == sorted(found)
    return [f"{slot.starts_at:%H:%M}" for slot in found]


def without(*taken):
    return [clock for clock in WHOLE_DAY if clock not in taken]


# --- What opens time ------------------------------------------------------------


def test_working_hours_are_cut_into_visits():
    assert times(open_offering()) == WHOLE_DAY


def test_a_slot_says_when_whose_and_where():
    offering = open_offering()
    slot = slot_at(offering, at("09:30"), at=NOW)
    assert slot._asdict() == {
        "starts_at": at("09:30"),
        "ends_at": at("10:00"),
        "offering_id": offering.pk,
        "doctor_id": offering.doctor_id,
        "location_id": offering.location_id,
    }


def test_longer_visits_step_by_their_length_but_at_most_an_hour():
    offering = open_offering(visit_type__duration_minutes=45)
    assert times(offering)[:3] == ["09:00", "09:45", "10:30"]
    offering = open_offering(visit_type__duration_minutes=120)
    assert times(offering) == [f"{hour:02}:00" for hour in range(9, 16)]


def test_no_hours_no_times():
    offering = OfferingFactory()
    assert free_slots([offering], after=NOW, until=at("23:00"), at=NOW) == {
        offering.pk: []
    }


def test_hours_elsewhere_open_nothing_here():
    offering = OfferingFactory()
    WorkingHoursFactory(doctor=offering.doctor, weekday=0)
    assert times(offering) == []


def test_hours_hold_from_their_first_day_until_not_on_their_last():
    offering = OfferingFactory()
    WorkingHoursFactory(
        doctor=offering.doctor,
        location=offering.location,
        valid_from=MONDAY,
        valid_until=MONDAY + timedelta(days=7),
    )
    weeks = [MONDAY + timedelta(days=7 * n) for n in (-1, 0, 1)]
    early = NOW - timedelta(days=30)
    assert [bool(times(offering, day, at=early)) for day in weeks] == [
        False,
        True,
        False,
    ]


def test_breaks_close_and_the_grid_begins_again_after_them():
    offering = OfferingFactory(visit_type__duration_minutes=40)
    hours = WorkingHoursFactory(
        doctor=offering.doctor, location=offering.location, ends_time=time(14)
    )
    BreakFactory(working_hours=hours, starts_time=time(10, 30), ends_time=time(10, 45))
    BreakFactory(working_hours=hours)
    assert times(offering) == ["09:00", "09:40", "10:45", "13:00"]


def test_two_rows_of_one_day_are_two_sessions():
    offering = OfferingFactory()
    for starts, ends in ((time(9), time(10)), (time(15, 15), time(16, 30))):
        WorkingHoursFactory(
            doctor=offering.doctor,
            location=offering.location,
            starts_time=starts,
            ends_time=ends,
        )
    assert times(offering) == ["09:00", "09:30", "15:15", "15:45"]


def test_a_minute_to_midnight_means_midnight():
    offering = OfferingFactory()
    WorkingHoursFactory(
        doctor=offering.doctor,
        location=offering.location,
        starts_time=time(23),
        ends_time=time(23, 59),
    )
    assert times(offering) == ["23:00", "23:30"]


def test_extra_hours_open_at_their_location_only():
    offering, elsewhere = open_offering(), LocationFactory()
    there = OfferingFactory(doctor=offering.doctor, location=elsewhere)
    AvailabilityExceptionFactory(
        doctor=offering.doctor,
        kind=AvailabilityException.Kind.EXTRA,
        location=elsewhere,
        starts_at=at("18:00"),
        ends_at=at("19:00"),
    )
    assert times(offering) == WHOLE_DAY
    assert times(there) == ["18:00", "18:30"]


# --- What closes time -----------------------------------------------------------


def test_time_off_closes_whatever_it_touches():
    offering = open_offering()
    AvailabilityExceptionFactory(
        doctor=offering.doctor, starts_at=at("10:15"), ends_at=at("11:00")
    )
    # The first session ends at 10:15, the second begins at 11:00.
    assert times(offering) == without("10:00", "10:30")


def test_time_off_that_begins_after_the_start_still_counts():
    offering = open_offering(visit_type__duration_minutes=60)
    AvailabilityExceptionFactory(
        doctor=offering.doctor, starts_at=at("10:30"), ends_at=at("11:00")
    )
    assert slot_at(offering, at("10:00"), at=NOW) is None
    assert slot_at(offering, at("09:00"), at=NOW) is not None


def test_time_off_of_a_colleague_closes_nothing():
    offering = open_offering()
    AvailabilityExceptionFactory(starts_at=at("00:00"), ends_at=at("23:00"))
    assert times(offering) == WHOLE_DAY


@pytest.mark.parametrize("everywhere", [True, False])
def test_closures_shut_whole_days_of_the_clinic_or_of_one_location(everywhere):
    here, there = open_offering(), open_offering()
    Closure.objects.create(
        location=None if everywhere else here.location,
        starts_date=MONDAY,
        ends_date=MONDAY + timedelta(days=1),
        reason="Holiday",
    )
    assert times(here) == []
    assert times(there) == ([] if everywhere else WHOLE_DAY)
    assert times(here, MONDAY + timedelta(days=1)) == WHOLE_DAY


def test_a_closure_is_a_day_of_the_locations_own_zone():
    offering = open_offering(location__time_zone="Pacific/Auckland")
    Closure.objects.create(
        starts_date=MONDAY, ends_date=MONDAY + timedelta(days=1), reason="Holiday"
    )
    early = NOW - timedelta(days=7)
    found = free_slots([offering], after=early, until=at("23:59"), at=early)
    local_days = {slot.starts_at.date() for slot in found[offering.pk]}
    # Monday in Auckland is Sunday evening and Monday morning in UTC; both are shut,
    # and Tuesday begins on Monday evening.
    assert at("20:00", date(2026, 3, 15)).date() not in local_days
    assert times(offering) == [f"{h}:{m:02}" for h in (20, 21, 22, 23) for m in (0, 30)]


def test_doctors_are_bookable_from_joining_until_leaving():
    tuesday = MONDAY + timedelta(days=1)
    wednesday = MONDAY + timedelta(days=2)
    offering = open_offering(doctor__joined_date=tuesday, doctor__left_date=wednesday)
    days = (MONDAY, tuesday, wednesday)
    assert [bool(times(offering, day)) for day in days] == [False, True, False]


@pytest.mark.parametrize("what", ["offering", "visit_type", "location", "room"])
def test_what_is_switched_off_is_not_offered(what):
    offering = open_offering(room=RoomFactory())
    assert times(offering) == WHOLE_DAY
    row = offering if what == "offering" else getattr(offering, what)
    row.is_active = False
    row.save()
    assert times(offering) == []


# --- What takes time ------------------------------------------------------------


@pytest.mark.parametrize("status", [s for s in Status if s in LIVE])
def test_live_visits_take_their_time(status):
    offering = open_offering()
    AppointmentFactory(
        offering=offering,
        starts_at=at("10:00"),
        status=status,
        hold_expires_at=NOW + timedelta(minutes=1) if status == Status.HELD else None,
    )
    assert times(offering) == without("10:00")


@pytest.mark.parametrize("status", [s for s in Status if s not in LIVE])
def test_ended_visits_give_their_time_back(status):
    offering = open_offering()
    AppointmentFactory(offering=offering, starts_at=at("10:00"), status=status)
    assert times(offering) == WHOLE_DAY


def test_a_lapsed_hold_frees_itself_without_anybody_doing_anything():
    offering = open_offering()
    lapses = NOW + timedelta(minutes=15)
    AppointmentFactory(
        offering=offering,
        starts_at=at("10:00"),
        status=Status.HELD,
        hold_expires_at=lapses,
    )
    assert times(offering, at=lapses - timedelta(seconds=1)) == without("10:00")
    assert times(offering, at=lapses) == WHOLE_DAY


def test_a_visit_of_another_length_takes_every_time_it_touches():
    offering = open_offering()
    AppointmentFactory(offering=offering, starts_at=at("10:20"), minutes=45)
    assert times(offering) == without("10:00", "10:30", "11:00")


def test_a_visit_elsewhere_keeps_the_doctor_away_here():
    offering = open_offering()
    AppointmentFactory(doctor=offering.doctor, starts_at=at("10:00"))
    assert times(offering) == without("10:00")


def test_a_room_holds_one_visit_whoever_the_doctor_is():
    room = RoomFactory()
    mine = open_offering(room=room, location=room.location)
    theirs = open_offering(room=room, location=room.location)
    free_of_it = open_offering(location=room.location)
    AppointmentFactory(offering=theirs, starts_at=at("10:00"))
    found = free_slots(
        [mine, theirs, free_of_it], after=at("00:00"), until=at("23:00"), at=NOW
    )
    clocks = {
        pk: [f"{slot.starts_at:%H:%M}" for slot in slots] for pk, slots in found.items()
    }
    assert clocks == {
        mine.pk: without("10:00"),
        theirs.pk: without("10:00"),
        free_of_it.pk: WHOLE_DAY,
    }


def test_buffers_of_both_visits_keep_them_apart():
    offering = open_offering(
        visit_type__duration_minutes=20,
        visit_type__buffer_before_minutes=5,
        visit_type__buffer_after_minutes=5,
    )
    assert times(offering)[:3] == ["09:00", "09:30", "10:00"]
    AppointmentFactory(
        offering=offering,
        starts_at=at("11:00"),
        minutes=20,
        busy_starts_at=at("10:50"),
        busy_ends_at=at("11:26"),
    )
    # 10:30 would be busy until 10:55, 11:30 from 11:25 on.
    assert times(offering)[2:6] == ["10:00", "12:00", "12:30", "13:00"]


def test_a_patients_other_visits_are_not_offered_to_them():
    offering, patient = open_offering(), PatientFactory()
    AppointmentFactory(patient=patient, starts_at=at("10:15"), minutes=15)
    AppointmentFactory(starts_at=at("12:00"))
    assert times(offering) == WHOLE_DAY
    assert times(offering, patient=patient) == without("10:00")
    assert times(offering, patient=patient, limit=3) == ["09:00", "09:30", "10:30"]


def test_buffers_do_not_count_between_a_patients_own_visits():
    offering = open_offering(
        visit_type__duration_minutes=20,
        visit_type__buffer_before_minutes=5,
        visit_type__buffer_after_minutes=5,
    )
    patient = PatientFactory()
    AppointmentFactory(patient=patient, starts_at=at("09:20"), minutes=5)
    AppointmentFactory(patient=patient, starts_at=at("10:55"), minutes=5)
    assert times(offering, patient=patient)[:6] == [
        "09:00",
        "09:30",
        "10:00",
        "10:30",
        "11:00",
        "11:30",
    ]


# --- Rules of the visit type ----------------------------------------------------


def test_notice_and_horizon_bound_what_the_public_may_book():
    offering = open_offering(
        visit_type__minimum_notice_minutes=90, visit_type__horizon_days=1
    )
    now = at("09:00")
    tuesday = MONDAY + timedelta(days=1)
    assert times(offering, at=now) == WHOLE_DAY[3:]
    # Up to, not including, the same clock time a day on.
    assert times(offering, tuesday, at=now) == []
    assert times(offering, tuesday, at=now + timedelta(seconds=1)) == ["09:00"]
    assert times(offering, MONDAY + timedelta(days=2), at=now) == []


def test_the_desk_is_free_of_notice_horizon_and_the_phone():
    offering = open_offering(
        visit_type__minimum_notice_minutes=90,
        visit_type__horizon_days=1,
        visit_type__booking_policy=VisitType.BookingPolicy.CALL,
    )
    now = at("09:10")
    assert times(offering, at=now) == []
    # What has begun but is not over can be given to who stands there.
    assert times(offering, at=now, for_desk=True) == WHOLE_DAY
    assert times(offering, at=at("09:30"), for_desk=True) == WHOLE_DAY[1:]
    later = MONDAY + timedelta(days=70)
    assert times(offering, later, at=now, for_desk=True) != []


def test_times_that_have_begun_are_past():
    offering = open_offering()
    assert times(offering, at=at("10:00"))[0] == "10:00"
    assert times(offering, at=at("10:00") + timedelta(microseconds=1))[0] == "10:30"


def test_limit_gives_the_first_of_each():
    offering = open_offering()
    assert times(offering, limit=2) == WHOLE_DAY[:2]


def test_after_and_until_bound_the_starts():
    offering = open_offering()
    assert times(offering, after=at("10:01"), until=at("11:30")) == ["10:30", "11:00"]
    assert times(offering, after=at("10:00"), until=at("10:00")) == []


# --- Time zones -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "day", "first", "last"),
    [
        ("Europe/London", date(2026, 3, 27), "09:00", "16:30"),
        ("Europe/London", date(2026, 3, 30), "08:00", "15:30"),
        ("America/New_York", date(2026, 3, 6), "14:00", "21:30"),
        ("America/New_York", date(2026, 3, 9), "13:00", "20:30"),
        ("Asia/Dubai", date(2026, 3, 30), "05:00", "12:30"),
        ("Europe/London", date(2026, 10, 23), "08:00", "15:30"),
        ("Europe/London", date(2026, 10, 26), "09:00", "16:30"),
    ],
)
def test_hours_keep_their_wall_time_when_the_clocks_change(zone, day, first, last):
    offering = open_offering(location__time_zone=zone)
    now = datetime.combine(day, time(), tzinfo=UTC) - timedelta(days=2)
    found = times(offering, day, at=now)
    assert (found[0], found[-1], len(found)) == (first, last, 16)


def test_the_missing_hour_is_not_offered_and_the_doubled_one_is_offered_twice():
    offering = OfferingFactory()
    WorkingHoursFactory(
        doctor=offering.doctor,
        location=offering.location,
        weekday=6,
        starts_time=time(0),
        ends_time=time(3),
    )
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    # 0:00 to 1:00 GMT, then 2:00 to 3:00 BST, which is 1:00 to 2:00 UTC.
    assert times(offering, spring) == ["00:00", "00:30", "01:00", "01:30"]
    before = datetime(2026, 10, 24, 20, tzinfo=UTC)
    found = free_slots([offering], after=before, until=at("12:00", autumn), at=before)[
        offering.pk
    ]
    starts = [slot.starts_at for slot in found]
    first = datetime(2026, 10, 24, 23, tzinfo=UTC)
    assert starts == [first + timedelta(minutes=30 * n) for n in range(8)]


# --- Asking ---------------------------------------------------------------------


@pytest.mark.parametrize("doctors", [1, 3, 30])
def test_free_times_cost_one_query_however_many_doctors(
    doctors, django_assert_num_queries
):
    offerings = [open_offering(room=RoomFactory()) for _ in range(doctors)]
    AppointmentFactory(offering=offerings[0], starts_at=at("10:00"))
    with django_assert_num_queries(1):
        found = free_slots(offerings, after=NOW, until=at("23:00"), at=NOW)
    assert set(found) == {offering.pk for offering in offerings}


@pytest.mark.parametrize("doctors", [1, 3, 30])
def test_the_next_free_times_cost_one_query_or_two(doctors, django_assert_num_queries):
    offerings = [open_offering() for _ in range(doctors)]
    with django_assert_num_queries(1):
        next_free(offerings, at=NOW)
    for offering in offerings:
        AvailabilityExceptionFactory(
            doctor=offering.doctor, starts_at=NOW, ends_at=NOW + timedelta(days=20)
        )
    with django_assert_num_queries(2):
        found = next_free(offerings, at=NOW)
    # 20 days from Friday the 13th, 8:00, is Thursday 2 April; London is on BST.
    assert {slot.starts_at for slot in found.values()} == {
        datetime(2026, 4, 2, 8, tzinfo=UTC)
    }


def test_the_next_free_time_is_the_first_over_all_of_a_doctors_offerings():
    video = open_offering()
    surgery = OfferingFactory(doctor=video.doctor)
    WorkingHoursFactory(
        doctor=video.doctor, location=surgery.location, weekday=4, starts_time=time(14)
    )
    booked_out = open_offering(doctor__left_date=NOW.date())
    found = next_free([video.pk, surgery.pk, booked_out.pk], at=at("16:31", NOW.date()))
    assert {pk: (s.offering_id, s.starts_at) for pk, s in found.items()} == {
        video.doctor_id: (video.pk, at("09:00"))
    }
    found = next_free([surgery, video], at=NOW)
    assert found[video.doctor_id].starts_at == at("09:00", NOW.date())


def test_the_next_free_time_stays_within_the_horizon():
    offering = open_offering(visit_type__horizon_days=30)
    AvailabilityExceptionFactory(
        doctor=offering.doctor, starts_at=NOW, ends_at=NOW + timedelta(days=31)
    )
    assert next_free([offering], at=NOW) == {}


def test_nobody_asked_nothing_found(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert free_slots([], after=NOW, until=at("23:00"), at=NOW) == {}
        assert next_free([], at=NOW) == {}


def test_the_nearest_times_surround_the_wanted_one():
    offering = open_offering()
    AppointmentFactory(offering=offering, starts_at=at("10:00"))
    found = nearest_slots(offering, at("10:00"), at=NOW, limit=3)
    assert [slot.starts_at for slot in found] == [at("09:00"), at("09:30"), at("10:30")]


def test_the_nearest_times_may_be_far_away(django_assert_num_queries):
    offering = open_offering()
    wanted = at("10:00") + timedelta(days=7)
    with django_assert_num_queries(1):
        near = nearest_slots(offering, wanted, at=NOW, limit=2)
    assert {slot.starts_at.date() for slot in near} == {wanted.date()}
    AvailabilityExceptionFactory(
        doctor=offering.doctor,
        starts_at=wanted - timedelta(days=5),
        ends_at=wanted + timedelta(days=6),
    )
    with django_assert_num_queries(2):
        far = nearest_slots(offering, wanted, at=NOW, limit=2)
    days = {abs(slot.starts_at - wanted).days for slot in far}
    assert days <= {4, 5, 6}


def test_the_nearest_times_lie_ahead():
    offering = open_offering()
    now = at("10:10")
    found = nearest_slots(offering, at("09:00"), at=now, limit=2)
    assert [slot.starts_at for slot in found] == [at("10:30"), at("11:00")]


@pytest.mark.parametrize("seed", range(6))
def test_every_free_time_can_be_looked_up_and_nothing_else_can(seed):
    """One random fortnight: `free_slots`, `next_free`, `slot_at` agree with each
    other, and with a slow and simple account of the same calendar."""
    pick = random.Random(seed)  # noqa: S311
    offering = open_offering(
        visit_type__duration_minutes=pick.choice([15, 30, 50]),
        visit_type__buffer_after_minutes=pick.choice([0, 10]),
        room=RoomFactory(),
    )
    kind = offering.visit_type
    taken = []
    for _ in range(40):
        start = NOW + timedelta(minutes=5 * pick.randrange(0, 14 * 24 * 12))
        minutes = pick.choice([10, 30, 60])
        end = start + timedelta(minutes=minutes)
        if any(a < end and start < b for a, b in taken):
            continue
        taken.append((start, end))
        whose = pick.choice([{"offering": offering}, {"room": offering.room}])
        AppointmentFactory(starts_at=start, minutes=minutes, **whose)
    until = NOW + timedelta(days=14)
    found = free_slots([offering], after=NOW, until=until, at=NOW)[offering.pk]
    length = timedelta(minutes=kind.duration_minutes)
    after = timedelta(minutes=kind.buffer_after_minutes)
    expected = []
    for day in range(15):
        date_ = NOW.date() + timedelta(days=day)
        if date_.weekday() >= 5:
            continue
        start = at("09:00", date_)
        while start + length <= at("17:00", date_):
            clear = all(b <= start or a >= start + length + after for a, b in taken)
            if NOW <= start < until and clear:
                expected.append(start)
            start += length + after
    assert [slot.starts_at for slot in found] == expected
    assert next_free([offering], at=NOW)[offering.doctor_id] == found[0]
    for slot in pick.sample(found, 10):
        assert slot_at(offering, slot.starts_at, at=NOW) == slot
        assert slot_at(offering, slot.starts_at + timedelta(minutes=1), at=NOW) is None
    assert Appointment.objects.count() == len(taken)
