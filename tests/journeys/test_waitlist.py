"""Somebody finds no time that suits, waits, is offered one and takes it."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from booking.appointments.models import Party, Status
from booking.appointments.services import cancel_appointment
from booking.models import Appointment, Offer, WaitlistEntry
from booking.waitlist.services import sweep_waitlist
from foundation.formats import local
from notifications.models import Delivery
from tests.browser import DESK, PHONE, accessibility_problems, is_wider_than_the_window
from tests.factories.booking import AppointmentFactory
from tests.factories.waitlist import WaitlistEntryFactory
from tests.journeys.booking_steps import choose_reason
from tests.journeys.signing_in import sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def offering(practice):
    """Dr Calloway's, who works around the clock: no hour of the day is too late."""
    practice.hours(practice.calloway, days=range(7), start=0, end=23)
    return practice.offer(practice.calloway, "free")


@pytest.fixture(autouse=True)
def _nobody_sleeps(settings):
    settings.QUIET_HOURS = ("03:00", "03:00")


def free_a_time(offering, days=3):
    """A visit at 10 on one of the next days is cancelled, and the sweep looks."""
    now = timezone.now()
    day = local(now, offering.location.time_zone) + timedelta(days=days)
    visit = AppointmentFactory(
        offering=offering,
        starts_at=day.replace(hour=10, minute=0, second=0, microsecond=0),
    )
    cancel_appointment(
        actor=None, appointment=visit, reason="", by=Party.PATIENT, at=now
    )
    sweep_waitlist(at=now)
    return visit


def _fine(page):
    assert accessibility_problems(page) == []
    assert not is_wider_than_the_window(page)


def test_a_patient_joins_is_offered_a_time_and_takes_it(visitor, offering, ann):
    """On a phone: from the page of times over signing in to the list; then by the link
    in the message, in a browser that knows nobody."""
    page = visitor(width=PHONE)
    choose_reason(page)
    page.get_by_role("link", name="Join the waiting list").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    asked = page.url.partition("?")[2]
    assert "waiting-list/join" in asked
    sign_in(page, ann)
    page.goto(f"/account/sign-in/?{asked}")
    page.wait_for_url("**/waiting-list/join/**")
    expect(page.get_by_role("heading", name="Join the waiting list")).to_be_visible()
    page.get_by_label("Last day that suits").fill("2020-01-01")
    page.get_by_label("Morning, before 12").check()
    page.get_by_role("button", name="Join the waiting list").click()
    expect(page.get_by_role("alert").first).to_contain_text("still to come")
    _fine(page)
    expect(page.get_by_label("Morning, before 12")).to_be_checked()
    page.get_by_label("Last day that suits").fill("")
    page.get_by_role("button", name="Join the waiting list").click()
    expect(page.get_by_text("You are on the waiting list").first).to_be_visible()
    _fine(page)
    free_a_time(offering)
    link = Delivery.objects.get(event="waitlist_offer", channel="SMS").link
    stranger = visitor(width=PHONE)
    stranger.goto(link)
    expect(stranger.get_by_role("heading", name="A time came free")).to_be_visible()
    _fine(stranger)
    stranger.get_by_role("button", name="Take this time").click()
    expect(stranger.get_by_role("heading", name="Your visit")).to_be_visible()
    visit = Appointment.objects.get(status=Status.CONFIRMED)
    assert visit.patient == ann.patient
    page.goto(reverse("booking:waitlist"))
    expect(page.get_by_text("You are not waiting for a time")).to_be_visible()


def test_without_scripts_somebody_says_no_and_keeps_their_place(visitor, offering, ann):
    WaitlistEntryFactory(patient=ann.patient, offering=offering)
    free_a_time(offering)
    page = visitor(width=PHONE, scripts=False)
    sign_in(page, ann)
    page.goto(reverse("booking:waitlist"))
    page.get_by_role("link", name=re.compile("Take it, or say no")).click()
    page.get_by_role("button", name="No, thank you").click()
    expect(page.get_by_text("You said no to this time").first).to_be_visible()
    assert Offer.objects.get().status == "DECLINED"
    assert WaitlistEntry.objects.active().count() == 1


def test_the_desk_adds_somebody_and_reads_why_what_was_offered(
    visitor, offering, ann, desk
):
    page = visitor(width=DESK)
    sign_in(page, desk)
    page.goto(reverse("workspace:waitlist"))
    expect(page.get_by_text("Nobody waits here")).to_be_visible()
    page.get_by_role("link", name="Add a patient").click()
    page.get_by_label("Who waits?").fill("Ann")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="PATIENT, Ann").click()
    page.get_by_role("link", name="GP visit").click()
    page.get_by_label("Who would you like to see?").select_option(
        label="Dr Ines Calloway"
    )
    page.get_by_role("button", name="Add to the waiting list").click()
    expect(page.get_by_role("heading", name="1 person waits")).to_be_visible()
    _fine(page)
    free_a_time(offering)
    page.get_by_role("link", name="What was offered").click()
    expect(page.get_by_text("Waiting since")).to_be_visible()
    expect(page.get_by_text("Waiting for an answer")).to_be_visible()
    _fine(page)
