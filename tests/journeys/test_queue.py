"""Somebody comes, is called in, and every open screen knows within a second."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from booking.appointments.queries import manage_token
from booking.models import Turn
from booking.queue.services import make_screen
from tests.browser import (
    DESK,
    PATIENCE_MS,
    PHONE,
    accessibility_problems,
    is_wider_than_the_window,
)
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import OfferingFactory, RoomFactory
from tests.journeys.signing_in import sign_in
from tests.saying import said

pytestmark = pytest.mark.browser

# Pages ask by themselves after five seconds at the soonest: what comes sooner was told.
AT_ONCE_MS = 4_000


@pytest.fixture
def visit(practice, ann):
    """Ann's with Dr Calloway in a quarter of an hour, in Room 4."""
    offering = OfferingFactory(
        doctor=practice.calloway,
        location=practice.location,
        visit_type=practice.kind("at_clinic"),
        room=RoomFactory(location=practice.location, name="Room 4"),
    )
    soon = timezone.now() + timedelta(minutes=15)
    return AppointmentFactory(offering=offering, patient=ann.patient, starts_at=soon)


def _fine(page):
    assert accessibility_problems(page) == []
    assert not is_wider_than_the_window(page)


def _listens(part):
    expect(part).to_have_attribute("data-heard", "open", timeout=PATIENCE_MS)


def test_from_the_door_to_the_doctor_every_screen_follows(
    visitor, visit, desk, sockets, live_server, settings
):
    settings.SITE_URL = live_server.url
    at_desk = visitor(width=DESK)
    sign_in(at_desk, desk)
    at_desk.goto(reverse("workspace:queue"))
    _listens(at_desk.locator("#queue-part"))
    _, key = make_screen(
        actor=desk, location=visit.location, name="Hall", at=timezone.now()
    )
    wall = visitor(width=DESK, theme="dark")
    wall.goto(reverse("booking:screen", args=[key]))
    _listens(wall.locator("#wall"))

    phone = visitor(width=PHONE)
    phone.goto(reverse("booking:here_link", args=[manage_token(visit)]))
    _fine(phone)
    phone.get_by_label("Your address").fill("1 Mill Lane")
    phone.get_by_role("button", name="I am here").click()
    expect(phone.get_by_role("heading", name="You are checked in")).to_be_visible()
    number = Turn.objects.get().number
    queue = at_desk.locator("#queue-part")
    expect(queue.get_by_text(number, exact=True)).to_be_visible(timeout=AT_ONCE_MS)
    _fine(at_desk)
    _listens(phone.locator("#turn"))

    at_desk.get_by_role("button", name="Call next").click()
    expect(wall.locator(".mc-wall__now")).to_contain_text(number, timeout=AT_ONCE_MS)
    expect(wall.locator(".mc-wall__now")).to_contain_text("Room 4")
    come_in = phone.get_by_role("heading", name="Come in now")
    expect(come_in).to_be_visible(timeout=AT_ONCE_MS)
    for page in (wall, phone):
        _fine(page)
    assert "Ann" not in said(wall.content())

    at_desk.get_by_role("button", name="Start").click()
    expect(wall.locator(".mc-wall__now")).to_have_count(0, timeout=AT_ONCE_MS)


def test_without_sockets_and_scripts_checking_in_works(visitor, visit):
    phone = visitor(width=PHONE, scripts=False)
    phone.goto(reverse("booking:here_link", args=[manage_token(visit)]))
    phone.get_by_role("button", name="I am here").click()
    expect(phone.get_by_role("heading", name="You are checked in")).to_be_visible()
    assert Turn.objects.get().via == "LINK"
