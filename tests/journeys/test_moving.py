"""A patient moves a visit in a real browser, from the portal and by a link."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from booking.appointments.models import Status
from booking.appointments.services.telling import manage_path
from booking.models import Appointment, Move
from clinic.models import VisitType
from notifications.models import Delivery
from tests.browser import DESK, PHONE, accessibility_problems, is_wider_than_the_window
from tests.factories.booking import AppointmentFactory
from tests.jobs import run_jobs
from tests.journeys.booking_steps import open_second_day
from tests.journeys.signing_in import sign_in

pytestmark = pytest.mark.browser


def _fine(page):
    page.wait_for_load_state("networkidle")
    assert accessibility_problems(page) == []
    assert not is_wider_than_the_window(page)


@pytest.fixture
def visit(practice, ann):
    """Ann's, in ten days, paid."""
    start = timezone.now().replace(hour=10, minute=0, second=0, microsecond=0)
    return AppointmentFactory(
        offering=practice.offer(practice.calloway),
        patient=ann.patient,
        starts_at=start + timedelta(days=10),
        confirmed_at=timezone.now(),
        reason="Headaches",
    )


HEADING = "Choose a new time"


def _choose(page):
    """Take the first time of the second open day; returns its words."""
    open_second_day(page, heading=HEADING)
    slot = page.locator("label.mc-slot:visible").first
    words = slot.inner_text().split("\n")[0]
    slot.click()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/move/check/**")
    return words


@pytest.mark.parametrize(
    ("width", "theme"), [(PHONE, "light"), (DESK, "dark")], ids=["phone", "desk"]
)
def test_a_patient_moves_a_visit_from_the_portal(visitor, visit, ann, width, theme):
    page = visitor(width=width, theme=theme)
    sign_in(page, ann)
    page.goto(reverse("booking:appointment", args=[visit.public_id]))
    _fine(page)
    page.get_by_role("link", name="Move visit").click()
    expect(page.get_by_role("heading", name=HEADING)).to_be_visible()
    _fine(page)
    words = _choose(page)
    expect(page.get_by_text("Moving costs nothing.")).to_be_visible()
    expect(page.locator(".mc-kv").get_by_text(words)).to_be_visible()
    _fine(page)
    page.get_by_label("Why are you moving it?").fill("The school play")
    page.get_by_role("button", name="Move visit").click()
    expect(page.get_by_text("Your visit has moved to")).to_be_visible()
    _fine(page)
    moved = Appointment.objects.get(pk=visit.pk)
    assert moved.starts_at != visit.starts_at
    assert moved.status == Status.CONFIRMED
    run_jobs()
    assert Delivery.objects.filter(event="appointment_moved", channel="EMAIL").exists()


def test_a_link_moves_a_visit_without_signing_in_and_without_scripts(visitor, visit):
    page = visitor(width=PHONE, scripts=False)
    old = manage_path(visit)
    page.goto(old)
    page.get_by_role("link", name="Move visit").click()
    page.get_by_role("button", name="Continue").click()
    # Nothing was chosen: the browser asks, or we do.
    _choose(page)
    page.get_by_role("button", name="Move visit").click()
    expect(page.get_by_text("Your visit has moved to")).to_be_visible()
    assert Move.objects.get().actor is None
    page.goto(old)
    heading = page.get_by_role("heading", name="This link is no longer valid")
    expect(heading).to_be_visible()


def test_a_doctor_agrees_to_another_time(visitor, practice, visit, ann, dr_lee):
    VisitType.objects.update(booking_policy="REQUEST")
    doctor = practice.calloway
    dr_lee.doctor.delete()
    doctor.user = dr_lee
    doctor.save()
    page = visitor(width=PHONE)
    sign_in(page, ann)
    page.goto(reverse("booking:appointment_move", args=[visit.public_id]))
    _choose(page)
    _fine(page)
    page.get_by_role("button", name="Ask for this time").click()
    expect(page.get_by_text("You asked for another time")).to_be_visible()
    _fine(page)
    assert Appointment.objects.get(pk=visit.pk).starts_at == visit.starts_at

    desk = visitor(width=DESK)
    sign_in(desk, dr_lee)
    desk.goto(reverse("workspace:requests"))
    expect(desk.get_by_text("asks for another time")).to_be_visible()
    _fine(desk)
    desk.get_by_role("button", name="Approve").click()
    expect(desk.get_by_text("Moved. The patient is told.")).to_be_visible()
    expect(desk.get_by_text("Nothing to answer")).to_be_visible()

    page.reload()
    expect(page.get_by_text("Earlier times")).to_be_visible()
    expect(page.get_by_text("You asked for another time")).to_have_count(0)
    assert Appointment.objects.get(pk=visit.pk).starts_at != visit.starts_at


def test_two_want_the_last_time_and_the_second_is_shown_the_nearest(
    visitor, visit, ann
):
    page = visitor(width=PHONE)
    sign_in(page, ann)
    page.goto(reverse("booking:appointment_move", args=[visit.public_id]))
    _choose(page)
    # Meanwhile somebody else takes it.
    slot = page.locator("input[name=slot]").get_attribute("value")
    start = datetime.fromisoformat(slot.split(" ")[1])
    AppointmentFactory(
        doctor=visit.doctor,
        visit_type=visit.visit_type,
        location=visit.location,
        starts_at=start,
    )
    page.get_by_role("button", name="Move visit").click()
    expect(page.get_by_text("This time has just been taken.")).to_be_visible()
    _fine(page)
    page.locator("button.mc-slot").first.click()
    page.get_by_role("button", name="Move visit").click()
    expect(page.get_by_text("Your visit has moved to")).to_be_visible()
