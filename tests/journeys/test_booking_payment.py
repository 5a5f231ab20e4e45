"""Booking a visit that is paid first, through the provider's own page."""

import re

import pytest
from playwright.sync_api import expect

from billing.models import Payment
from booking.appointments.models import Status
from booking.models import Appointment
from tests.browser import DESK, PHONE
from tests.jobs import run_jobs
from tests.journeys.booking_steps import (
    agree,
    choose_reason,
    choose_time,
    give_details,
)

pytestmark = pytest.mark.browser

GOOD, DECLINED = "4242 4242 4242 4242", "4000 0000 0000 0002"


@pytest.fixture
def provider(provider, settings):
    """The sandbox, which the policy names as it names the real provider: `make run`
    knows the sandbox's address when the settings are read, a test only now."""
    policy = settings.CONTENT_SECURITY_POLICY
    directives = policy["DIRECTIVES"]
    allowed = [*directives["form-action"], provider.url]
    settings.CONTENT_SECURITY_POLICY = {
        **policy,
        "DIRECTIVES": {**directives, "form-action": allowed},
    }
    return provider


def go_to_the_provider(page):
    """From the first page to the provider's, for £65.00."""
    choose_reason(page)
    choose_time(page)
    give_details(page)
    agree(page, "Pay £65.00 and book")
    expect(page.get_by_role("heading", name="Pay by card")).to_be_visible()


def type_card(page, number):
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry date").fill("12/34")
    page.get_by_label("Security code").fill("123")
    page.get_by_role("button", name="Pay £65.00").click()


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_stranger_books_and_pays(
    visitor, practice, provider, deliver_all, width, scripts
):
    practice.offer(practice.calloway)
    page = visitor(width=width, scripts=scripts)
    go_to_the_provider(page)
    type_card(page, GOOD)
    page.wait_for_url(re.compile("/pay/return/"))
    # Coming back proves nothing: only the provider's own word books.
    assert Appointment.objects.get().status == Status.HELD
    deliver_all()
    run_jobs()
    page.wait_for_url("**/confirmed/", timeout=30_000)
    expect(page.get_by_role("heading", name="Your visit is booked")).to_be_visible()
    visit = Appointment.objects.get()
    assert visit.status == Status.CONFIRMED
    expect(page.get_by_text(visit.reference)).to_be_visible()
    expect(page.get_by_text("£65.00", exact=True)).to_be_visible()


def test_a_declined_card_keeps_the_time_and_another_one_pays(
    visitor, practice, provider, deliver_all
):
    practice.offer(practice.calloway)
    page = visitor()
    go_to_the_provider(page)
    type_card(page, DECLINED)
    expect(page.get_by_text(re.compile("declined")).first).to_be_visible()
    assert Appointment.objects.get().status == Status.HELD
    type_card(page, GOOD)
    page.wait_for_url(re.compile("/pay/return/"))
    deliver_all()
    run_jobs()
    page.wait_for_url("**/confirmed/", timeout=30_000)
    assert Appointment.objects.get().status == Status.CONFIRMED


def test_whoever_leaves_the_provider_still_has_the_time(visitor, practice, provider):
    practice.offer(practice.calloway)
    page = visitor()
    go_to_the_provider(page)
    page.go_back()
    expect(page.get_by_role("heading", name="Check and pay")).to_be_visible()
    expect(page.get_by_text("Maya Thornbury")).to_be_visible()
    assert Appointment.objects.get().status == Status.HELD
    page.get_by_label(re.compile("I agree")).check()
    page.get_by_role("button", name="Pay £65.00 and book").click()
    expect(page.get_by_role("heading", name="Pay by card")).to_be_visible()
    assert Payment.objects.exclude(status=Payment.Status.EXPIRED).count() == 1
