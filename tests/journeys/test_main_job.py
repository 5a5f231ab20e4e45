"""The main job with money: from the doctor's page to a paid visit and its message."""

import re
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from playwright.sync_api import expect

from booking.appointments.models import Status
from booking.models import Appointment, Draft
from notifications.models import Delivery
from tests.browser import DESK, PHONE, accessibility_problems
from tests.factories.pages import doctor_page
from tests.factories.payment_sandbox import GOOD_CARD
from tests.jobs import run_jobs
from tests.journeys.booking_steps import give_details

pytestmark = pytest.mark.browser

DECLINED_CARD = "4000000000000002"


@pytest.fixture
def profile(practice, provider, settings):
    """The address of the page of a doctor whose visits are paid for beforehand."""
    # As the settings do it where STRIPE_API_BASE is read from the environment.
    policy = settings.CONTENT_SECURITY_POLICY
    rules = policy["DIRECTIVES"]
    allowed = [*rules["form-action"], provider.url]
    settings.CONTENT_SECURITY_POLICY = {
        **policy,
        "DIRECTIVES": {**rules, "form-action": allowed},
    }
    # E-mail counts as set up; what is sent lands in mail.outbox.
    settings.EMAIL_URL = "smtp://127.0.0.1"
    practice.offer(practice.calloway)
    return doctor_page(doctor=practice.calloway).url


def come_to_pay(page, profile):
    """From the doctor's page, over one of its times, to the provider's page."""
    page.goto(profile)
    page.locator("#doctor-times a.mc-slot:visible").last.click()
    page.get_by_label("Anything the doctor should know?").fill("Headaches most weeks")
    page.get_by_role("button", name="Continue").click()
    give_details(page)
    page.get_by_label(re.compile("I agree")).check()
    page.get_by_role("button", name=re.compile("Pay .* and book")).click()
    expect(page.get_by_role("heading", name="Pay by card")).to_be_visible()


def pay(page, card):
    page.get_by_label("Card number").fill(card)
    page.get_by_label("Expiry date").fill("12/34")
    page.get_by_label("Security code").fill("123")
    page.get_by_role("button", name=re.compile("^Pay ")).click()


@pytest.mark.parametrize(
    ("width", "scripts"),
    [(PHONE, True), (DESK, False)],
    ids=["phone", "desk without scripts"],
)
def test_a_stranger_pays_and_is_confirmed(
    visitor, profile, deliver_all, width, scripts
):
    page = visitor(width=width, scripts=scripts)
    come_to_pay(page, profile)
    pay(page, GOOD_CARD)
    page.wait_for_url("**/pay/return/**")
    assert Appointment.objects.get().status == Status.HELD
    deliver_all()
    run_jobs()
    expect(page.get_by_role("heading", name="Your visit is booked")).to_be_visible()
    visit = Appointment.objects.get()
    assert visit.status == Status.CONFIRMED
    sent = Delivery.objects.get(event="appointment_confirmed", channel="EMAIL")
    assert (sent.status, sent.to_address) == ("SENT", "maya@example.org")
    [calendar] = sent.attachments
    assert calendar["name"] == "visit.ics"
    begins = visit.starts_at.astimezone(ZoneInfo("Europe/London"))
    line = f"DTSTART;TZID=Europe/London:{begins:%Y%m%dT%H%M%S}"
    assert line in calendar["content"].splitlines()
    # The booking, which goes into a calendar, and the receipt; each of them once.
    files = {
        one.subject.partition(":")[0]: [part.get_filename() for part in one.attachments]
        for one in mail.outbox
    }
    assert (len(mail.outbox), files) == (2, {"Booked": ["visit.ics"], "Paid": []})


def test_a_declined_card_says_so_and_the_time_stays_held(visitor, profile, deliver_all):
    page = visitor(width=PHONE)
    come_to_pay(page, profile)
    pay(page, DECLINED_CARD)
    expect(page.get_by_text(re.compile("declined")).first).to_be_visible()
    assert Appointment.objects.get().status == Status.HELD
    pay(page, GOOD_CARD)
    page.wait_for_url("**/pay/return/**")
    deliver_all()
    run_jobs()
    expect(page.get_by_role("heading", name="Your visit is booked")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_the_step_that_asks_for_money(visitor, profile, theme):
    page = visitor(width=PHONE, theme=theme)
    come_to_pay(page, profile)
    token = Draft.objects.get().token
    page.goto(f"/book/{token}/pay/")
    expect(page.get_by_role("heading", name="Pay for your visit")).to_be_visible()
    assert accessibility_problems(page) == []
