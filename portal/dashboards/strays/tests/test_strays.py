"""Changing hours asks first, and the list of visits outside hours is settled from."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from booking.models import (
    Appointment,
    AvailabilityException,
    StrayDecision,
    WorkingHours,
)
from clinic.models import Closure
from foundation.formats import local
from tests.factories.booking import AppointmentFactory, WorkingHoursFactory
from tests.factories.clinic import (
    DoctorFactory,
    LocationFactory,
    OfferingFactory,
    SpecialtyFactory,
    VisitTypeFactory,
)

LIST = "workspace:strays"


@pytest.fixture
def visit(make_visit, offering):
    return make_visit(10, days=2, visit_type=offering.visit_type)


def _name(visit):
    return f"visit_{visit.public_id.hex}"


def _day(visit):
    return local(visit.starts_at, visit.location.time_zone).date()


def _off(visit, **more):
    return {"off-first_day": _day(visit).isoformat(), "off-reason": "Course", **more}


def _decided(visit, what, why="The doctor is away"):
    return {f"strays-{_name(visit)}": what, "strays-reason": why, "confirmed": "1"}


def _substitute(visit):
    specialty = SpecialtyFactory()
    other = DoctorFactory(last_name="Okafor")
    for doctor in (visit.doctor, other):
        doctor.specialties.add(specialty)
    for weekday in range(7):
        WorkingHoursFactory(
            doctor=other,
            location=visit.location,
            weekday=weekday,
            starts_time="00:00",
            ends_time="23:59",
        )
    return OfferingFactory(
        doctor=other, visit_type=visit.visit_type, location=visit.location
    )


def test_time_off_offers_what_to_do_with_each_and_does_it(client, dr_lee, visit):
    other = _substitute(visit)
    client.force_login(dr_lee)
    address = reverse("workspace:hours_off")
    page = client.post(address, _off(visit))
    field = page.context["form"].fields[_name(visit)]
    assert [value for value, _ in field.choices] == [
        "later",
        "keep",
        "ask",
        f"hand:{other.public_id}",
        "cancel",
    ]
    assert AvailabilityException.objects.count() == 0
    hand = _decided(visit, f"hand:{other.public_id}")
    page = client.post(address, _off(visit, **hand), follow=True)
    assert "1 visit settled" in page.text
    assert AvailabilityException.objects.count() == 1
    visit.refresh_from_db()
    assert visit.doctor == other.doctor


@pytest.mark.parametrize("what", ["ask", "cancel"])
def test_without_a_reason_nothing_is_changed_and_nothing_lost(
    client, dr_lee, visit, what
):
    client.force_login(dr_lee)
    page = client.post(
        reverse("workspace:hours_off"), _off(visit, **_decided(visit, what, " "))
    )
    assert page.status_code == 422
    assert "Give a reason, in words for the patients" in page.text
    assert f'<option value="{what}" selected>' in page.text
    assert 'value="Course"' in page.text
    assert AvailabilityException.objects.count() == 0
    visit.refresh_from_db()
    assert visit.status == "CONFIRMED"


@pytest.fixture
def thirteen(make_visit, offering):
    """Thirteen visits of one day."""
    return [
        make_visit(hour, days=2, visit_type=offering.visit_type)
        for hour in range(6, 19)
    ]


def _one_for_all(visits, others, why="Course", **own):
    """What a browser sends: each visit's own choice, or none."""
    rows = {f"strays-{_name(visit)}": "" for visit in visits}
    return {
        **rows,
        **own,
        "strays-others": others,
        "strays-reason": why,
        "confirmed": "1",
    }


def test_one_answer_settles_thirteen_and_each_can_still_differ(
    client, dr_lee, thirteen
):
    client.force_login(dr_lee)
    address, first = reverse("workspace:hours_off"), thirteen[0]
    page = client.post(address, _off(first))
    assert "13 visits are" in page.text
    assert page.text.count("As said for all") == 13
    own = {
        f"strays-{_name(thirteen[3])}": "keep",
        f"strays-{_name(thirteen[4])}": "later",
    }
    given = _one_for_all(thirteen, "cancel", **own)
    page = client.post(address, _off(first, **given), follow=True)
    assert "12 visits settled" in page.text
    statuses = {visit.pk: visit for visit in thirteen}
    for visit in thirteen:
        visit.refresh_from_db()
    kept = [visit for visit in statuses.values() if visit.status == "CONFIRMED"]
    assert kept == thirteen[3:5]
    assert StrayDecision.objects.get().appointment == thirteen[3]


def test_what_was_said_for_all_is_kept_where_a_reason_is_missing(
    client, dr_lee, thirteen
):
    client.force_login(dr_lee)
    given = _one_for_all(thirteen, "cancel", why="")
    page = client.post(reverse("workspace:hours_off"), _off(thirteen[0], **given))
    assert page.status_code == 422
    form = page.context["form"]
    assert set(form.errors) == {"reason"}
    assert form["others"].value() == "cancel"
    assert AvailabilityException.objects.count() == 0


def test_where_what_was_said_for_all_cannot_be_it_is_said_there(
    client, dr_lee, thirteen
):
    """One is booked by phone only, so its patient cannot choose online."""
    by_phone = VisitTypeFactory(free=True, booking_policy="CALL")
    thirteen[5].visit_type = by_phone
    thirteen[5].save()
    client.force_login(dr_lee)
    address = reverse("workspace:hours_off")
    given = _one_for_all(thirteen, "ask")
    page = client.post(address, _off(thirteen[0], **given))
    assert page.status_code == 422
    form = page.context["form"]
    assert set(form.errors) == {_name(thirteen[5])}
    assert "not possible here" in page.text
    assert StrayDecision.objects.count() == 0
    given[f"strays-{_name(thirteen[5])}"] = "keep"
    page = client.post(address, _off(thirteen[0], **given), follow=True)
    assert "13 visits settled" in page.text
    kinds = StrayDecision.objects.values_list("kind", flat=True)
    assert sorted(kinds) == ["KEPT"] + ["OFFERED"] * 12


def test_deciding_on_the_open_ones_leaves_those_that_stay(client, dr_lee, thirteen):
    client.force_login(dr_lee)
    address, first = reverse("workspace:hours_off"), thirteen[0]
    kept = {f"strays-{_name(first)}": "keep"}
    client.post(address, _off(first, **_one_for_all(thirteen, "later", **kept)))
    assert StrayDecision.objects.get().appointment == first
    rows = {_name(visit): "" for visit in thirteen[1:]}
    sent = {**rows, "others": "cancel", "reason": "Course"}
    client.post(reverse("workspace:strays_settle"), sent)
    assert StrayDecision.objects.get().appointment == first
    booked = Appointment.objects.filter(status="CONFIRMED")
    assert [visit.pk for visit in booked] == [first.pk]


def test_one_visit_is_asked_about_as_before(client, dr_lee, visit):
    client.force_login(dr_lee)
    page = client.post(reverse("workspace:hours_off"), _off(visit))
    assert "others" not in page.context["form"].fields
    assert "As said for all" not in page.text


def test_a_shorter_week_a_closure_and_hours_taken_back_ask_too(
    client, medical_admin, dr_lee, visit
):
    client.force_login(medical_admin)
    query = "?doctor=dr-lee"
    today = local(timezone.now(), visit.location.time_zone).date()
    week = {"location": visit.location.slug, "from_date": today.isoformat()}
    address = reverse("workspace:hours_week") + query
    page = client.post(address, week)
    assert "1 visit is booked in this time" in page.text
    assert visit.patient.full_name in page.text
    assert WorkingHours.objects.filter(valid_until=None).count() == 7
    client.post(address, {**week, **_decided(visit, "keep")})
    assert WorkingHours.objects.filter(valid_until=None).count() == 0
    assert StrayDecision.objects.get().kind == "KEPT"
    extra = AvailabilityException.objects.create(
        doctor=visit.doctor,
        kind="EXTRA",
        location=visit.location,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
    )
    undo = reverse("workspace:hours_undo", args=[extra.public_id]) + query
    assert "1 visit is booked in this time" in client.post(undo).text
    closing = {
        "first_day": _day(visit).isoformat(),
        "last_day": _day(visit).isoformat(),
        "reason": "Holiday",
    }
    address = reverse("workspace:closure_add")
    assert "1 visit is booked in this time" in client.post(address, closing).text
    assert Closure.objects.count() == 0
    client.post(address, {**closing, **_decided(visit, "cancel")})
    assert Closure.objects.count() == 1
    visit.refresh_from_db()
    assert (visit.status, visit.cancelled_by) == ("CANCELLED", "CLINIC")


def test_what_is_decided_later_stands_on_the_list_and_is_counted(
    client, dr_lee, desk, visit
):
    client.force_login(dr_lee)
    client.post(reverse("workspace:hours_off"), _off(visit, **_decided(visit, "later")))
    assert "Visits outside your hours" in client.get(reverse("workspace:day")).text
    client.force_login(desk)
    assert "1 visit outside hours" in client.get(reverse("workspace:desk")).text
    page = client.get(reverse(LIST))
    assert visit.patient.full_name in page.text
    data = {_name(visit): "keep"}
    client.post(reverse("workspace:strays_settle"), data)
    page = client.get(reverse(LIST))
    assert (page.context["found"].open, page.context["found"].kept) == ([], [visit.pk])
    assert "outside hours</a>" not in client.get(reverse("workspace:desk")).text
    client.post(reverse("workspace:strays_settle"), {_name(visit): "later"})
    assert client.get(reverse(LIST)).context["found"].open == [visit.pk]


def test_nobody_sees_or_settles_what_is_not_theirs(
    client, dr_lee, dr_roy, desk, biller, zoe, visit
):
    elsewhere = AppointmentFactory(
        patient=zoe.patient,
        location=LocationFactory(),
        starts_at=visit.starts_at + timedelta(hours=1),
    )
    WorkingHours.objects.all().delete()
    role = desk.role_assignments.get()
    role.place = visit.location.place
    role.save()
    for who, sees in ((dr_lee, [visit]), (dr_roy, []), (desk, [visit])):
        client.force_login(who)
        page = client.get(reverse(LIST))
        assert page.context["found"].open == [one.pk for one in sees], who
        assert zoe.patient.full_name not in page.text
        client.post(
            reverse("workspace:strays_settle"),
            {_name(elsewhere): "cancel", "reason": "Mine now"},
        )
    elsewhere.refresh_from_db()
    assert elsewhere.status == "CONFIRMED"
    client.force_login(biller)
    assert client.get(reverse(LIST)).status_code == 403


def test_one_that_is_refused_stays_on_the_list_and_stops_no_other(
    client, dr_lee, visit, make_visit
):
    other = _substitute(visit)
    WorkingHours.objects.filter(doctor=visit.doctor).delete()
    second = make_visit(12, days=2, visit_type=visit.visit_type)
    client.force_login(dr_lee)
    form = client.get(reverse(LIST)).context["form"]
    assert len(form.strays) == 2
    # Somebody takes the other doctor's time meanwhile: the choice is gone.
    AppointmentFactory(offering=other, starts_at=visit.starts_at)
    data = {
        _name(visit): f"hand:{other.public_id}",
        _name(second): "cancel",
        "reason": "The doctor is away",
    }
    page = client.post(reverse("workspace:strays_settle"), data)
    assert page.status_code == 422
    assert "Choose again" in page.text
    client.post(reverse("workspace:strays_settle"), {**data, _name(visit): "later"})
    assert client.get(reverse(LIST)).context["found"].open == [visit.pk]


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_a_fixed_number_of_queries(
    client, dr_lee, visit, make_visit, count, django_assert_max_num_queries
):
    for hour in range(11, 10 + count):
        make_visit(hour, days=2, visit_type=visit.visit_type)
    WorkingHours.objects.all().delete()
    client.force_login(dr_lee)
    client.get(reverse(LIST))
    with django_assert_max_num_queries(45):
        assert len(client.get(reverse(LIST)).context["form"].strays) == count
