"""The rota at work: the week, planning in it, and one's own."""

from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import RoleAssignment
from accounts.users.models import Role
from audit.models import Entry
from clinic.models import Closure, DaysOff, OpeningHours, Shift
from foundation.formats import local
from tests.factories.accounts import UserFactory
from tests.factories.booking import WorkingHoursFactory
from tests.factories.clinic import (
    DoctorFactory,
    LocationFactory,
    OfferingFactory,
    ShiftFactory,
)
from tests.factories.queue import ScreenFactory

ROTA, PLAN = reverse("workspace:rota"), reverse("workspace:shift_new")
AWAY, MINE = reverse("workspace:days_off"), reverse("workspace:my_week")
DAY, WEEK = timedelta(days=1), timedelta(days=7)


@pytest.fixture
def place(db):
    """Open from eight to six every day, so that no weekday is another's test."""
    place = LocationFactory(name="Quayside")
    OpeningHours.objects.bulk_create(
        OpeningHours(location=place, weekday=day, opens_at=time(8), closes_at=time(18))
        for day in range(7)
    )
    return place


@pytest.fixture
def monday(place):
    """Of the next week: it lies ahead, whatever today is."""
    today = local(timezone.now(), place.time_zone).date()
    return today - timedelta(days=today.weekday()) + WEEK


@pytest.fixture
def ina(place):
    return at_work("Ina", Role.RECEPTIONIST, place)


@pytest.fixture
def lead(client, place):
    """A medical administrator of Quayside alone, signed in."""
    user = at_work("Mo", Role.MEDICAL_ADMIN, place)
    client.force_login(user)
    return client


def at_work(name, role, place):
    user = UserFactory(first_name=name, last_name="Frost")
    RoleAssignment.objects.create(user=user, role=role, place=place and place.place)
    return user


def typed(who, place, day, **given):
    return {
        "user": str(who.public_id),
        "location": place.slug,
        "first_day": day.isoformat(),
        "repeats": "once",
        "from_time": "09:00",
        "to_time": "17:00",
        "note": "phones",
    } | given


def test_a_week_shows_the_desk_the_doctors_and_the_gaps(client, desk, place, monday):
    doctor = DoctorFactory(last_name="Okafor")
    WorkingHoursFactory(doctor=doctor, location=place, weekday=1)
    ShiftFactory(
        user=desk, location=place, ends_time=time(18), note="phones",
    )  # fmt: skip
    ShiftFactory(location=LocationFactory(), user__first_name="Elsewhere")
    client.force_login(desk)
    page = client.get(f"{ROTA}?location={place.slug}&day={monday}").text
    assert "Desi" in page
    assert "09:00 to 18:00" in page
    assert "phones" in page
    assert "Nobody at the desk 08:00 to 09:00" in page
    assert page.count("Nobody is at the desk") == 6
    assert "Okafor" in page
    assert page.count("09:00 to 17:00") == 1
    assert "Elsewhere" not in page
    # Who does not plan is offered no planning.
    assert PLAN not in page


def test_a_day_is_planned_and_written_down(lead, ina, place, monday):
    page = lead.post(PLAN, typed(ina, place, monday), follow=True).text
    assert "Ina Frost is planned: 1 shift." in page
    assert "phones" in page
    made = Shift.objects.get()
    assert (made.valid_from, made.valid_until) == (monday, monday + DAY)
    assert Entry.objects.filter(verb="rota.shift_planned").count() == 1


def test_every_week_on_several_weekdays(lead, ina, place, monday):
    lead.post(
        PLAN,
        typed(
            ina, place, monday, repeats="weekly", weekdays=["0", "3"],
            last_day=(monday + 2 * WEEK).isoformat(),
        ),
    )  # fmt: skip
    rows = Shift.objects.order_by("weekday").values_list("weekday", "valid_until")
    assert list(rows) == [(0, monday + 2 * WEEK + DAY), (3, monday + 2 * WEEK + DAY)]


@pytest.mark.parametrize(
    ("wrong", "name", "words"),
    [
        ({"user": ""}, "user", "Choose a person"),
        ({"from_time": "9ish"}, "from_time", "Enter a time, for example 09:00"),
        ({"to_time": "08:00"}, "to_time", "The end is before the start"),
        ({"first_day": "2020-01-06"}, "first_day", "Past days stay as they were"),
        ({"repeats": "weekly", "last_day": "2020-01-06"}, "last_day", "before the"),
    ],
)
def test_what_is_wrong_stands_beside_its_box_and_nothing_is_lost(
    lead, ina, place, monday, wrong, name, words
):
    answer = lead.post(PLAN, typed(ina, place, monday, **wrong))
    assert answer.status_code == 422
    assert words in str(answer.context["form"].errors[name])
    assert 'value="phones"' in answer.text
    assert not Shift.objects.exists()


def test_two_places_at_once_are_refused_with_the_other_one(lead, place, monday):
    noor = at_work("Noor", Role.NURSE, None)
    ShiftFactory(user=noor, location=LocationFactory(name="Uptown"))
    answer = lead.post(PLAN, typed(noor, place, monday))
    assert answer.status_code == 422
    said = str(answer.context["form"].errors["from_time"])
    assert "Noor Frost works at Uptown then" in said


def test_a_concern_is_read_first_and_holds_for_what_was_read(lead, ina, place, monday):
    early = typed(ina, place, monday, from_time="07:00")
    answer = lead.post(PLAN, early)
    assert "reaches beyond the opening hours of Quayside" in answer.text
    assert not Shift.objects.exists()
    key = answer.context["confirmed"]
    # What was read is not all that is against it now.
    Closure.objects.create(
        starts_date=monday, ends_date=monday + DAY, reason="Painting"
    )
    answer = lead.post(PLAN, early | {"confirmed": key})
    assert "Painting" in answer.text
    assert not Shift.objects.exists()
    lead.post(PLAN, early | {"confirmed": answer.context["confirmed"]})
    assert Shift.objects.count() == 1


def test_a_shift_is_changed_left_out_taken_back_and_ended(lead, ina, place, monday):
    shift = ShiftFactory(user=ina, location=place)
    where = reverse("workspace:shift", args=[shift.public_id])
    page = lead.get(f"{where}?day={monday}").text
    assert "every Monday" in page
    skip = reverse("workspace:shift_skip", args=[shift.public_id])
    page = lead.post(skip, {"day": monday.isoformat()}, follow=True).text
    assert "Not this day" in page
    page = lead.get(f"{where}?day={monday}").text
    off = DaysOff.objects.get()
    end = reverse("workspace:days_off_end", args=[off.public_id])
    assert end in page
    lead.post(end)
    assert not DaysOff.objects.exists()
    lead.post(
        where,
        {
            "day": monday.isoformat(),
            "first_day": monday.isoformat(),
            "from_time": "10:00",
            "to_time": "12:00",
            "note": "",
        },
    )
    old, new = Shift.objects.order_by("pk")
    assert (old.valid_until, new.starts_time) == (monday, time(10))
    lead.post(
        reverse("workspace:shift_end", args=[new.public_id]),
        {"day": monday.isoformat()},
    )
    assert list(Shift.objects.all()) == [old]


def test_away_for_a_part_of_a_day_shortens_the_shift_and_is_asked_about_first(
    lead, client, ina, place, monday
):
    ShiftFactory(user=ina, location=place)
    away = {
        "user": str(ina.public_id),
        "first_day": monday.isoformat(),
        "last_day": "",
        "from_time": "11:30",
        "to_time": "13:00",
    }
    page = lead.post(AWAY, away).text
    assert "1 shift would be shorter" in page
    assert not DaysOff.objects.exists()
    lead.post(AWAY, away | {"confirmed": "1"})
    assert "11:30 to 13:00" in lead.get(AWAY).text
    page = lead.get(f"{ROTA}?day={monday}").text
    assert "09:00 to 11:30, 13:00 to 17:00</bdi>" in page
    assert "Away 11:30 to 13:00" in page
    # Whoever is missed in it is missed at the desk too.
    assert "11:30 to 13:00" in page[page.index("Nobody at the desk") :]
    # A part that touches no shift needs no question.
    away |= {"from_time": "07:00", "to_time": "08:00"}
    assert lead.post(AWAY, away).status_code == 302
    client.force_login(ina)
    assert "(away 11:30 to 13:00)" in client.get(f"{MINE}?day={monday}").text


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"to_time": ""}, "to_time", "both times, or neither"),
        ({"from_time": ""}, "from_time", "both times, or neither"),
        ({"to_time": "11:00"}, "to_time", "The end is before the start"),
        ({"from_time": "noon"}, "from_time", "Enter a time"),
        ({"last_day": "LATER"}, "last_day", "Times are for one day"),
    ],
)
def test_a_part_of_a_day_has_two_ends_on_one_day(
    lead, ina, place, monday, typed, field, says
):
    away = {
        "user": str(ina.public_id),
        "first_day": monday.isoformat(),
        "last_day": "",
        "from_time": "11:30",
        "to_time": "13:00",
        **typed,
    }
    if away["last_day"]:
        away["last_day"] = (monday + DAY).isoformat()
    page = lead.post(AWAY, away)
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    assert says in page.context["form"].errors[field][0]
    assert monday.isoformat() in page.text
    assert not DaysOff.objects.exists()


def test_who_is_away_is_asked_about_first(lead, ina, place, monday):
    ShiftFactory(user=ina, location=place)
    away = {
        "user": str(ina.public_id),
        "first_day": monday.isoformat(),
        "last_day": (monday + 2 * DAY).isoformat(),
    }
    page = lead.post(AWAY, away).text
    assert "1 shift would not be worked" in page
    assert not DaysOff.objects.exists()
    page = lead.post(AWAY, away | {"confirmed": "1"}, follow=True).text
    assert "Ina Frost is away then." in page
    page = lead.get(f"{ROTA}?day={monday}").text
    assert "09:00 to 17:00</bdi>: Away" in page
    answer = lead.post(AWAY, away | {"confirmed": "1"})
    assert "away on some of these days already" in answer.text


def test_a_week_is_copied_and_what_cannot_be_is_said(lead, ina, place, monday):
    for day in (monday, monday + DAY):
        ShiftFactory(
            user=ina, location=place, weekday=day.weekday(), valid_from=day,
            valid_until=day + DAY,
        )  # fmt: skip
    Closure.objects.create(
        location=place,
        starts_date=monday + WEEK,
        ends_date=monday + WEEK + DAY,
        reason="Painting",
    )
    copy = reverse("workspace:rota_copy", args=[place.public_id])
    page = lead.post(copy, {"day": monday.isoformat()}, follow=True).text
    assert "1 shift copied" in page
    assert "Painting" in page
    assert Shift.objects.filter(valid_from__gte=monday + WEEK).count() == 1


def test_nobody_plans_where_they_do_not_lead(lead, client, desk, place, monday):
    uptown = LocationFactory(name="Uptown")
    there = ShiftFactory(location=uptown)
    off = DaysOff.objects.create(
        user=at_work("Noor", Role.NURSE, None),
        shift=ShiftFactory(location=uptown),
        starts_date=monday,
        ends_date=monday + DAY,
    )
    for name in ("shift", "shift_skip", "shift_end"):
        where = reverse(f"workspace:{name}", args=[there.public_id])
        assert lead.post(where, {"day": monday.isoformat()}).status_code == 404
    where = reverse("workspace:days_off_end", args=[off.public_id])
    assert lead.post(where).status_code == 403
    where = reverse("workspace:rota_copy", args=[uptown.public_id])
    assert lead.post(where).status_code == 404
    answer = lead.post(PLAN, typed(off.user, uptown, monday))
    assert "location" in answer.context["form"].errors
    assert "Uptown" not in lead.get(ROTA).text
    client.force_login(desk)
    mine = ShiftFactory(user=desk, location=place)
    where = reverse("workspace:shift", args=[mine.public_id])
    for page in (PLAN, AWAY, where):
        assert client.get(page).status_code == 403
    assert DaysOff.objects.count() == 1
    assert Shift.objects.count() == 3


def test_a_shift_gives_no_right(client, place):
    """Whoever is planned at a place sees nothing more of it than before."""
    uptown = LocationFactory(name="Uptown")
    user = at_work("Ina", Role.RECEPTIONIST, place)
    before = {page: client_sees(client, user, page) for page in (ROTA, AWAY)}
    for day in range(7):
        ShiftFactory(user=user, location=uptown, weekday=day)
    assert {page: client_sees(client, user, page) for page in before} == before
    assert not user.has_perm("booking.manage_screens", ScreenFactory(location=uptown))


def client_sees(client, user, page):
    client.force_login(user)
    answer = client.get(page)
    return answer.status_code, "Uptown" in answer.text


def test_ones_own_week_and_who_is_in_today(client, ina, place, monday):
    ShiftFactory(user=ina, location=place, note="phones")
    client.force_login(ina)
    page = client.get(f"{MINE}?day={monday}").text
    assert "09:00 to 17:00" in page
    assert "phones" in page
    assert page.count("Nothing planned") == 6
    page = client.get(f"{reverse('workspace:desk')}?date={monday}").text
    assert "Ina Frost" in page.partition("mc-present")[2].partition("</details>")[0]
    tuesday = client.get(f"{reverse('workspace:desk')}?date={monday + DAY}").text
    assert "mc-present" not in tuesday


def test_who_takes_somebody_out_is_shown_the_shifts_that_nobody_works(
    client, admin, ina, place, monday
):
    ShiftFactory(user=ina, location=place, note="phones")
    client.force_login(admin)
    for name in ("person_suspend", "person_end"):
        page = client.get(reverse(f"clinic:{name}", args=[ina.public_id])).text
        assert "4 shifts in the next four weeks would be worked by nobody" in page
        assert "09:00 to 17:00, Quayside" in page
    leaving = reverse("workspace:person_leaving", args=[ina.public_id])
    day = {"leaves_date": (monday + DAY).isoformat()}
    page = client.post(leaving, day, follow=True).text
    assert "nobody works 4 shifts of theirs" in page
    shown = client.get(f"{ROTA}?location={place.slug}&day={monday + WEEK}").text
    assert "No longer here" in shown
    assert (
        "No longer here"
        not in client.get(f"{ROTA}?location={place.slug}&day={monday}").text
    )


def test_who_can_be_booked_in_that_time_is_said_first(lead, place, monday):
    nora = at_work("Nora", Role.NURSE, None)
    uptown = LocationFactory(name="Uptown")
    doctor = DoctorFactory(user=nora)
    OfferingFactory(doctor=doctor, location=uptown)
    WorkingHoursFactory(doctor=doctor, location=uptown, ends_time=time(12))
    answer = lead.post(PLAN, typed(nora, place, monday))
    assert "Nora Frost can be booked at Uptown in this time." in answer.text
    lead.post(PLAN, typed(nora, place, monday, from_time="12:00"))
    assert Shift.objects.get().starts_time == time(12)


def test_who_leads_here_and_nurses_there_plans_nothing_there(lead, place, monday):
    uptown = LocationFactory(name="Uptown")
    user = RoleAssignment.objects.get(place=place.place, role=Role.MEDICAL_ADMIN).user
    RoleAssignment.objects.create(user=user, role=Role.NURSE, place=uptown.place)
    shift = ShiftFactory(location=uptown, user__first_name="Noor")
    page = lead.get(f"{ROTA}?location={uptown.slug}&day={monday}").text
    assert "Noor" in page
    assert "Plan a shift" not in page
    for name in ("shift", "shift_skip", "shift_end"):
        where = reverse(f"workspace:{name}", args=[shift.public_id])
        assert lead.post(where, {"day": monday.isoformat()}).status_code == 403
    copy = reverse("workspace:rota_copy", args=[uptown.public_id])
    assert lead.post(copy).status_code == 404
    assert Shift.objects.get().valid_until is None
    assert not DaysOff.objects.exists()
