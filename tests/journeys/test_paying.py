"""Money on the way and back: waiting for word, a request paid by its deadline, and a
visit that is cancelled from the link in its message."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from billing.models import Refund
from booking.appointments.models import Status
from booking.appointments.queries import manage_token
from booking.appointments.services import approve_request
from foundation.formats import local
from tests.browser import DESK, PHONE, accessibility_problems, is_wider_than_the_window
from tests.factories.booking import AppointmentFactory
from tests.jobs import run_jobs
from tests.journeys.test_booking_payment import GOOD, provider, type_card

__all__ = ["provider"]
pytestmark = pytest.mark.browser


@pytest.fixture
def visit(practice, ann):
    """Ann's request, for next week at nine, £65.00 to be paid first."""
    offering = practice.offer(practice.calloway, booking_policy="REQUEST")
    nine = local(timezone.now(), practice.location.time_zone).replace(
        hour=9, minute=0, second=0, microsecond=0
    )
    return AppointmentFactory(
        offering=offering,
        patient=ann.patient,
        status=Status.REQUESTED,
        starts_at=nine + timedelta(days=7),
    )


def _look(page):
    assert not is_wider_than_the_window(page)
    for theme in ("dark", "light"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        assert accessibility_problems(page) == []


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_request_is_approved_paid_by_its_deadline_and_cancelled_with_its_money(
    visitor, visit, provider, deliver_all, width
):
    approve_request(actor=None, appointment=visit, at=timezone.now())
    page = visitor(width=width)
    page.goto(f"/book/manage/{manage_token(visit)}/")
    page.get_by_role("link", name=re.compile("^Pay")).first.click()
    expect(page.get_by_role("heading", name="Pay for your visit")).to_be_visible()
    _look(page)
    page.get_by_role("button", name=re.compile("Pay .*65.00")).click()
    expect(page.get_by_role("heading", name="Pay by card")).to_be_visible()
    _look(page)
    type_card(page, GOOD)
    page.wait_for_url(re.compile("/pay/return/"))
    # Nobody has told us yet that the money is there.
    expect(page.get_by_role("heading", name="Checking your payment")).to_be_visible()
    _look(page)
    visit.refresh_from_db()
    assert visit.status == Status.HELD
    deliver_all()
    run_jobs()
    visit.refresh_from_db()
    assert visit.status == Status.CONFIRMED
    # The page hears of it by itself.
    page.wait_for_url(re.compile("/book/manage/"))
    page.get_by_role("link", name="Cancel visit").click()
    expect(page.get_by_text("Cancelling now is free.")).to_be_visible()
    expect(page.get_by_text(re.compile("£65.00 goes back"))).to_be_visible()
    page.get_by_role("button", name="Cancel visit").click()
    expect(page.get_by_role("heading", name="Your visit")).to_be_visible()
    run_jobs()
    visit.refresh_from_db()
    assert (visit.status, visit.refund_due) == (Status.CANCELLED, 65)
    assert Refund.objects.get().amount == 65
