"""Who has an account signs in on the way, and keeps the held time."""

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import expect

from booking.appointments.models import Status
from booking.models import Appointment
from tests.browser import accessibility_problems, is_wider_than_the_window
from tests.journeys.booking_steps import agree, choose_reason, choose_time

pytestmark = pytest.mark.browser

PASSWORD = "four quiet herons wade"


@pytest.fixture
def ann_with_password(practice, ann):
    ann.set_password(PASSWORD)
    ann.save()
    EmailAddress.objects.create(user=ann, email=ann.email, verified=True, primary=True)
    return ann


def sign_in(page, user):
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in with password").click()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_signing_in_on_the_way_keeps_the_held_time(
    visitor, practice, ann_with_password, scripts
):
    practice.offer(practice.calloway, "free")
    page = visitor(scripts=scripts)
    choose_reason(page)
    words = choose_time(page)
    page.get_by_role("button", name="Sign in to fill this in for you").click()
    sign_in(page, ann_with_password)
    page.wait_for_url("**/check/")
    expect(page.get_by_text("Ann Patient, born 14 March 1986")).to_be_visible()
    expect(page.locator("dl").get_by_text(words)).to_be_visible()
    agree(page)
    expect(page.get_by_role("heading", name="Your visit is booked")).to_be_visible()
    visit = Appointment.objects.get()
    assert visit.patient == ann_with_password.patient
    page.get_by_role("link", name="Open this visit").click()
    expect(page.get_by_role("heading", name="Visit details")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_everybody_can_use_the_portals_visits(
    visitor, practice, ann_with_password, width, theme
):
    practice.offer(practice.calloway, "free")
    page = visitor(width=width, theme=theme)
    page.goto("/account/sign-in/?next=/book/%3Fspecialty%3Dgp")
    sign_in(page, ann_with_password)
    page.wait_for_url("**/book/**")
    choose_reason(page)
    choose_time(page, after="check")
    agree(page)
    page.wait_for_url("**/confirmed/")
    problems = {}
    visit = Appointment.objects.get()
    own = f"/portal/appointments/{visit.public_id}/"
    for address in ("/portal/appointments/", own, f"{own}cancel/"):
        page.goto(address)
        found = accessibility_problems(page)
        if is_wider_than_the_window(page):
            found.append("has to be scrolled sideways")
        if found:
            problems[address] = found
    page.get_by_role("button", name="Cancel visit").click()
    expect(page.get_by_text("Your visit is cancelled.")).to_be_visible()
    visit.refresh_from_db()
    assert visit.status == Status.CANCELLED
    assert problems == {}
