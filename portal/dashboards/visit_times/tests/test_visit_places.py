"""A visit put at another place of the calendar: asked first, done once, told once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.users.models import Role
from accounts.users.services import assign_role
from booking.appointments.models import Party
from booking.models import Appointment, Move
from notifications.models import Delivery
from tests.factories.accounts import PatientFactory, UserFactory
from tests.factories.booking import AppointmentFactory, WorkingHoursFactory
from tests.factories.clinic import (
    DoctorFactory,
    LocationFactory,
    OfferingFactory,
    RoomFactory,
)
from tests.jobs import run_jobs

QUARTER = timedelta(minutes=15)


@pytest.fixture
def visit(make_visit, offering):
    """Ann's, in three days at ten."""
    return make_visit(10, days=3, visit_type=offering.visit_type)


@pytest.fixture
def other(offering):
    """Another doctor with the same kind of visit, every day round the clock."""
    doctor = DoctorFactory(last_name="Marsh", slug="dr-marsh")
    for weekday in range(7):
        WorkingHoursFactory(
            doctor=doctor,
            location=offering.location,
            weekday=weekday,
            starts_time="00:00",
            ends_time="23:59",
        )
    return OfferingFactory(
        doctor=doctor, visit_type=offering.visit_type, location=offering.location
    )


def address(visit):
    return reverse("workspace:visit_place", args=[visit.public_id])


def look(client, visit, starts_at, **more):
    asked = {"starts_at": starts_at.isoformat(), "seen": visit.sequence, **more}
    return client.get(address(visit), asked)


def press(client, visit, starts_at, reason="The doctor is at a congress.", **more):
    data = {
        "starts_at": starts_at.isoformat(),
        "seen": visit.sequence,
        "key": uuid4(),
        "reason": reason,
        **more,
    }
    return client.post(f"{address(visit)}?next=/clinic/calendar/", data)


def now(visit):
    return Appointment.objects.get(pk=visit.pk)


@pytest.mark.parametrize("who", ["dr_lee", "desk", "medical_admin"])
def test_one_is_asked_and_then_it_is_moved_and_told_once(client, visit, who, request):
    user = request.getfixturevalue(who)
    client.force_login(user)
    wanted = visit.starts_at + QUARTER
    shown = look(client, visit, wanted)
    assert shown.status_code == 200
    assert "The patient reads this." in shown.text
    assert "This is not possible" not in shown.text
    assert now(visit).starts_at == visit.starts_at, "looking changes nothing"
    answer = press(client, visit, wanted)
    assert (answer.status_code, answer["Location"]) == (302, "/clinic/calendar/")
    assert now(visit).starts_at == wanted
    move = Move.objects.get()
    assert (move.actor, move.by) == (user, Party.CLINIC)
    run_jobs()
    told = Delivery.objects.filter(patient=visit.patient, event="appointment_moved")
    assert told.filter(channel="EMAIL").count() == 1


def test_htmx_gets_the_answer_alone_and_is_led_on(client, visit, desk):
    client.force_login(desk)
    wanted = visit.starts_at + QUARTER
    asked = {"starts_at": wanted.isoformat()}
    shown = client.get(address(visit), asked, headers={"HX-Request": "true"})
    assert "<html" not in shown.text
    assert "Move to 10:15" in shown.text
    answer = client.post(
        f"{address(visit)}?next=/clinic/calendar/",
        {**asked, "key": uuid4(), "reason": "A meeting"},
        headers={"HX-Request": "true"},
    )
    assert answer["HX-Redirect"] == "/clinic/calendar/"


def test_what_stands_in_the_way_is_said_before_and_has_no_button(
    client, visit, offering, desk
):
    client.force_login(desk)
    wanted = visit.starts_at + timedelta(hours=1)
    theirs = AppointmentFactory(
        offering=offering,
        starts_at=wanted,
        patient=PatientFactory(last_name="Unseen", user=None),
    )
    shown = look(client, visit, wanted).text
    assert "has another visit then, 11:00 to 11:30." in shown
    assert "Free near it" in shown
    assert theirs.patient.last_name not in shown
    assert 'name="reason"' not in shown
    answer = press(client, visit, wanted, reason="Kept words")
    assert answer.status_code == 409
    assert now(visit).starts_at == visit.starts_at


def test_without_a_reason_it_comes_back_with_the_place(client, visit, desk):
    client.force_login(desk)
    wanted = visit.starts_at + QUARTER
    answer = press(client, visit, wanted, reason=" ")
    assert answer.status_code == 422
    assert "Give a reason, in words for the patient" in answer.text
    assert wanted.isoformat() in answer.text
    assert now(visit).starts_at == visit.starts_at


def test_a_form_that_is_sent_twice_moves_once(client, visit, desk):
    client.force_login(desk)
    key = uuid4()
    for _ in range(2):
        answer = press(client, visit, visit.starts_at + QUARTER, key=key)
        assert answer.status_code == 302
    assert Move.objects.count() == 1


def test_an_older_calendar_is_told_so_and_moves_nothing(client, visit, desk):
    client.force_login(desk)
    press(client, visit, visit.starts_at + QUARTER)
    for answer in (
        look(client, visit, visit.starts_at + 4 * QUARTER),
        press(client, visit, visit.starts_at + 4 * QUARTER),
    ):
        assert "This visit was changed meanwhile" in answer.text
        assert 'name="reason"' not in answer.text
    assert now(visit).starts_at == visit.starts_at + QUARTER
    assert Move.objects.count() == 1


def test_another_doctor_takes_it_at_its_own_time(client, visit, other, desk):
    client.force_login(desk)
    elsewhen = visit.starts_at + 4 * QUARTER
    shown = look(client, visit, elsewhen, doctor="dr-marsh").text
    assert "Give to Dr Marsh" in shown
    key = uuid4()
    for _ in range(2):
        answer = press(client, visit, elsewhen, doctor="dr-marsh", key=key)
        assert answer.status_code == 302
    after = now(visit)
    assert (after.doctor, after.starts_at) == (other.doctor, visit.starts_at)
    assert Move.objects.count() == 1


def test_a_doctor_who_does_not_offer_it_is_no_place(client, visit, desk, dr_roy):
    client.force_login(desk)
    slug = dr_roy.doctor.slug
    shown = look(client, visit, visit.starts_at, doctor=slug).text
    assert "does not offer GP visit at Canal Street." in shown
    assert press(client, visit, visit.starts_at, doctor=slug).status_code == 409
    assert now(visit).doctor == visit.doctor


def test_another_room_tells_nobody_and_a_taken_one_leads_to_the_swap(
    client, visit, offering, desk
):
    free = RoomFactory(location=visit.location, name="Room 7")
    full = RoomFactory(location=visit.location, name="Room 8")
    AppointmentFactory(room=full, location=visit.location, starts_at=visit.starts_at)
    client.force_login(desk)
    shown = look(client, visit, visit.starts_at, room=full.public_id).text
    assert "Room 8 is taken then" in shown
    assert reverse("workspace:queue_room", args=[visit.public_id]) in shown
    shown = look(client, visit, visit.starts_at, room=free.public_id).text
    assert "Nobody is told" in shown
    assert 'name="reason"' not in shown
    press(client, visit, visit.starts_at, room=free.public_id, reason="")
    assert now(visit).room == free
    run_jobs()
    assert not Delivery.objects.exists()


def test_a_room_of_another_place_is_refused(client, visit, desk):
    elsewhere = RoomFactory()
    client.force_login(desk)
    answer = press(client, visit, visit.starts_at, room=elsewhere.public_id)
    assert answer.status_code == 409
    assert now(visit).room is None


def test_it_goes_to_the_place_where_the_doctor_is_then(
    client, visit, offering, dr_lee, medical_admin
):
    """On the day after Dr Lee is at the harbour only."""
    harbour = LocationFactory(name="Harbour Road")
    OfferingFactory(
        doctor=dr_lee.doctor, visit_type=offering.visit_type, location=harbour
    )
    day = visit.starts_at + timedelta(days=1)
    dr_lee.doctor.working_hours.filter(weekday=day.weekday()).delete()
    WorkingHoursFactory(
        doctor=dr_lee.doctor,
        location=harbour,
        weekday=day.weekday(),
        starts_time="00:00",
        ends_time="23:59",
    )
    client.force_login(dr_lee)
    shown = look(client, visit, day).text
    assert "Harbour Road</strong>" in shown
    press(client, visit, day)
    assert now(visit).location == harbour


def test_nobody_else_moves_it(client, visit, ann, dr_roy, nurse, biller, editor):
    for user in (ann, dr_roy, nurse, biller, editor):
        client.force_login(user)
        wanted = visit.starts_at + QUARTER
        assert look(client, visit, wanted).status_code in (403, 404), user
        assert press(client, visit, wanted).status_code in (403, 404), user
    user, elsewhere = UserFactory(), LocationFactory()
    assign_role(actor=None, user=user, role=Role.RECEPTIONIST, place=elsewhere.place)
    client.force_login(user)
    assert press(client, visit, visit.starts_at + QUARTER).status_code == 404
    assert now(visit).starts_at == visit.starts_at


@pytest.mark.parametrize("name", ["visit_place", "visit_time"])
def test_who_works_here_moves_their_own_visit_as_any_patient_does(
    client, visit, nurse, name
):
    """Staff's way has no notice and no count; it is for other people's visits."""
    mine = PatientFactory(user=nurse)
    Appointment.objects.filter(pk=visit.pk).update(patient=mine)
    client.force_login(nurse)
    asked = {"starts_at": (visit.starts_at + QUARTER).isoformat()}
    page = reverse(f"workspace:{name}", args=[visit.public_id])
    assert client.get(page, asked).status_code == 403


def test_nonsense_leads_to_the_free_times_and_nowhere_else(client, visit, desk):
    client.force_login(desk)
    for asked in ({}, {"starts_at": "x"}, {"starts_at": "2026-03-16", "seen": "-1"}):
        answer = client.get(address(visit), asked)
        assert answer.status_code == 302
        assert answer["Location"].endswith("/time/")
    shown = look(client, visit, visit.starts_at + QUARTER, next="https://evil.test/")
    assert 'href="https://evil.test' not in shown.text
