"""The calendar's pages: what they show, of whom, to whom."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.users.models import Role
from accounts.users.services import assign_role
from booking.appointments.models import Status
from booking.models import AvailabilityException, WorkingHours
from clinic.models import Closure
from foundation.formats import local
from tests.factories.accounts import (
    CareRelationFactory,
    PatientFactory,
    UserFactory,
)
from tests.factories.booking import (
    AppointmentFactory,
    BreakFactory,
    WorkingHoursFactory,
)
from tests.factories.clinic import (
    DoctorFactory,
    LocationFactory,
    OfferingFactory,
    RoomFactory,
)
from tests.saying import said


def page(client, name="calendar", **asked):
    return client.get(reverse(f"workspace:{name}"), asked)


def columns(answer):
    return {one.title: one for one in answer.context["sheet"].columns}


def words(column):
    return [block.words for block in column.grid.blocks if block.kind != "open"]


@pytest.fixture
def colleague(offering, dr_roy):
    """Dr Roy sees patients at Canal Street too."""
    WorkingHoursFactory(doctor=dr_roy.doctor, location=offering.location)
    return OfferingFactory(
        doctor=dr_roy.doctor,
        visit_type=offering.visit_type,
        location=offering.location,
    )


def test_the_day_has_a_column_for_everybody(
    client, desk, make_visit, offering, colleague, zoe
):
    visit = make_visit()
    theirs = make_visit(11, doctor=colleague.doctor, patient=zoe.patient)
    client.force_login(desk)
    answer = page(client)
    found = columns(answer)
    assert words(found[offering.doctor.short_name]) == [str(visit.patient)]
    assert words(found[colleague.doctor.short_name]) == [str(theirs.patient)]
    assert "Secret" not in answer.text
    assert "no-store" in answer["Cache-Control"]


def test_the_filters_stand_in_the_address(
    client, desk, make_visit, offering, colleague, zoe
):
    make_visit()
    make_visit(11, doctor=colleague.doctor, patient=zoe.patient)
    client.force_login(desk)
    answer = page(client, doctor=colleague.doctor.slug, view="day")
    assert list(columns(answer)) == [colleague.doctor.full_name]
    assert "Ann Patient" not in answer.text
    assert f"view=week&amp;date={timezone.localdate()}" in answer.text
    assert f"doctor={colleague.doctor.slug}" in answer.text


@pytest.mark.parametrize("view", ["day", "week", "month", "list"])
def test_a_location_is_looked_at_alone(client, desk, make_visit, offering, view, zoe):
    """The desk of every place may see both."""
    harbour = LocationFactory(name="Harbour Road")
    here = make_visit()
    there = make_visit(11, location=harbour, patient=zoe.patient)
    client.force_login(desk)
    both = page(client, view=view).text
    one = page(client, view=view, location=offering.location.slug).text
    if view == "month":
        assert ("2 booked" in both, "2 booked" in one) == (True, False)
    else:
        for visit, shown in ((here, one), (there, both)):
            assert str(visit.public_id) in shown
        assert str(there.public_id) not in one


def test_rooms_stand_side_by_side_with_what_is_in_none(
    client, desk, make_visit, offering
):
    room = RoomFactory(location=offering.location, name="Room 7")
    make_visit(room=room)
    make_visit(11)
    client.force_login(desk)
    found = columns(page(client, by="rooms"))
    assert [len(words(one)) for one in found.values()] == [1, 1]
    assert list(found) == ["Room 7", "No room"]
    only = columns(page(client, room=str(room.public_id)))
    assert list(only) == ["Room 7"]


@pytest.mark.parametrize("view", ["day", "week", "month", "list"])
def test_no_view_shows_what_is_elsewhere_or_over(
    client, make_visit, offering, view, zoe
):
    """Zoe's visit is at a place whose desk this is not; Ann's was cancelled."""
    elsewhere = LocationFactory()
    hidden = [
        make_visit(11, location=elsewhere, patient=zoe.patient),
        make_visit(12, status=Status.CANCELLED),
    ]
    seen = make_visit(13, patient=PatientFactory(last_name="Seen", user=None))
    user = UserFactory()
    assign_role(
        actor=None, user=user, role=Role.RECEPTIONIST, place=offering.location.place
    )
    client.force_login(user)
    answer = page(client, view=view)
    assert answer.status_code == 200
    assert ("Seen" in answer.text) is (view != "month")
    assert (str(seen.public_id) in answer.text) is (view != "month")
    for visit in hidden:
        assert str(visit.public_id) not in answer.text
    assert "Zoe" not in said(answer.text)
    if view == "month":
        assert "1 booked" in answer.text
        assert "cancelled" not in answer.text
    filtered = page(client, view=view, location=elsewhere.slug)
    assert "Zoe" not in said(filtered.text)


@pytest.mark.parametrize("view", ["day", "week", "month", "list"])
def test_a_doctor_sees_their_own_calendar_alone(
    client, ann, dr_roy, dr_lee, make_visit, colleague, view
):
    """Also of a patient whom they treat, and whatever is in the address."""
    CareRelationFactory(patient=ann.patient, user=dr_roy)
    make_visit()
    make_visit(11, doctor=colleague.doctor)
    client.force_login(dr_roy)
    answer = page(client, "schedule", view=view, doctor=dr_lee.doctor.slug)
    assert answer.status_code == 200
    assert answer.context["scope"].doctor == dr_roy.doctor
    assert dr_lee.doctor.short_name not in answer.text
    if view == "month":
        assert "1 booked" in answer.text
    else:
        assert answer.text.count("Patient</strong>") + answer.text.count(
            "Patient, Ann"
        ) == (1)


def test_a_month_is_also_a_list_of_its_days_for_a_narrow_screen(
    client, desk, make_visit, offering
):
    """It says what the table says, and leads to the same days."""
    visit = make_visit()
    day = local(visit.starts_at, visit.location.time_zone).date()
    client.force_login(desk)
    answer = page(client, view="month", date=day.isoformat()).text
    table, narrow = answer.split('<ol class="mc-monthlist"')
    rows = narrow.split("</ol>")[0].split("<li")[1:]
    assert len(rows) == monthrange(day.year, day.month)[1]
    own = [row for row in rows if f"date={day:%Y-%m-%d}" in row]
    assert len(own) == 1
    assert "1 booked" in own[0]
    assert table.count("1 booked") == 1
    assert narrow.count("Nothing booked") == len(rows) - 1


def test_a_list_begins_with_the_visits_of_its_day(client, desk, make_visit, offering):
    visit = make_visit()
    client.force_login(desk)
    answer = page(client, view="list").text
    assert answer.index(str(visit.public_id)) < answer.index(">Hours</h3>")


def test_the_desks_calendar_is_for_the_desk(client, ann, dr_lee, nurse, biller, editor):
    for user in (ann, dr_lee, nurse, biller, editor):
        client.force_login(user)
        assert page(client).status_code == 403, user


def test_what_shuts_a_day_says_so(client, dr_lee, offering):
    at = timezone.now()
    AvailabilityException.objects.create(
        doctor=dr_lee.doctor,
        kind="CLOSED",
        starts_at=at + timedelta(hours=1),
        ends_at=at + timedelta(hours=2),
        reason="Course",
    )
    for hours in WorkingHours.objects.all():
        BreakFactory(working_hours=hours)
    client.force_login(dr_lee)
    [column] = columns(page(client, "schedule", view="day")).values()
    assert {"Break", "Course"} & set(words(column))
    Closure.objects.create(
        location=offering.location,
        starts_date=at.date(),
        ends_date=at.date() + timedelta(days=2),
        reason="Bank holiday",
    )
    [column] = columns(page(client, "schedule", view="day")).values()
    assert "Bank holiday" in column.note


def test_hours_at_another_place_say_where(client, desk, dr_lee, offering):
    harbour = LocationFactory(name="Harbour Road")
    day = local(timezone.now(), "Europe/London").date()
    WorkingHours.objects.filter(weekday=day.weekday()).update(location=harbour)
    OfferingFactory(
        doctor=dr_lee.doctor, visit_type=offering.visit_type, location=harbour
    )
    client.force_login(desk)
    here = columns(page(client, location=offering.location.slug))
    assert "At Harbour Road" in words(here[dr_lee.doctor.short_name])
    there = columns(page(client, location=harbour.slug))
    assert words(there[dr_lee.doctor.short_name]) == []


@pytest.mark.parametrize("asked", [
    {}, {"by": "rooms"}, {"view": "week"}, {"view": "month"}, {"view": "list"},
    {"view": "list", "days": "7"},
])  # fmt: skip
def test_a_constant_number_of_queries(
    client, desk, make_visit, offering, django_assert_max_num_queries, asked
):
    """Three doctors with three visits each take no more than one with one."""
    client.force_login(desk)
    make_visit(room=RoomFactory(location=offering.location))
    page(client, **asked)
    with django_assert_max_num_queries(60) as one:
        page(client, **asked)
    for number in range(3):
        doctor = DoctorFactory(slug=f"dr-{number}")
        WorkingHoursFactory(doctor=doctor, location=offering.location)
        OfferingFactory(
            doctor=doctor, visit_type=offering.visit_type, location=offering.location
        )
        for hour in (9, 10, 11):
            make_visit(
                hour,
                doctor=doctor,
                patient=PatientFactory(user=None),
                room=RoomFactory(location=offering.location),
            )
    with django_assert_max_num_queries(len(one.captured_queries)):
        page(client, **asked)


def test_nonsense_in_the_address_hides_nothing(client, desk, make_visit):
    make_visit()
    client.force_login(desk)
    for asked in (
        {"view": "year"}, {"date": "x"}, {"doctor": "nobody"}, {"room": "x"},
        {"location": "nowhere"}, {"days": "99", "view": "list"},
    ):  # fmt: skip
        answer = page(client, **asked)
        assert answer.status_code == 200, asked
        assert "Ann" in answer.text, asked


def test_on_the_days_the_clocks_change_each_row_is_its_own_moment(
    client, desk, dr_lee, offering, monkeypatch
):
    """Round the clock in London: 23 hours on 29 March 2026, 25 on 25 October."""
    client.force_login(desk)
    for day, hours, first, after in (
        (date(2026, 3, 29), 23, "00:00", "02:00"),
        (date(2026, 10, 25), 25, "00:00", "01:00 BST"),
    ):
        answer = page(
            client, doctor=dr_lee.doctor.slug, view="week", date=day.isoformat()
        )
        by_day = {one.day: one for one in answer.context["sheet"].columns}
        column = by_day[day]
        assert column.grid.rows == hours * 12
        assert [words for words, _ in column.grid.hours[:2]] == [first, after]
        assert column.own_hours
        assert sum(one.own_hours for one in by_day.values()) == 1
        assert "The clock changes on this day." in answer.text
    # Two o'clock does not exist in March; three in the afternoon is row 14 * 12 + 1.
    start = datetime(2026, 3, 29, 14, 0, tzinfo=UTC)
    AppointmentFactory(offering=offering, starts_at=start)
    answer = page(client, doctor=dr_lee.doctor.slug, view="day", date="2026-03-29")
    [column] = answer.context["sheet"].columns
    [block] = [block for block in column.grid.blocks if block.visit]
    assert block.row == 14 * 12 + 1
    assert column.first + timedelta(minutes=5 * (block.row - 1)) == start
    assert ">15:00 <strong>" in answer.text


def test_htmx_gets_the_drawing_alone(client, desk, make_visit):
    make_visit()
    client.force_login(desk)
    answer = client.get(reverse("workspace:calendar"), headers={"HX-Request": "true"})
    assert "Ann Patient" in answer.text
    assert "<html" not in answer.text


def test_only_what_may_be_moved_can_be_taken_up(client, desk, make_visit):
    moved = make_visit()
    make_visit(11, status=Status.ARRIVED, patient=PatientFactory(user=None))
    client.force_login(desk)
    text = page(client).text
    assert text.count("data-move=") == 1
    assert reverse("workspace:visit_place", args=[moved.public_id]) in text
