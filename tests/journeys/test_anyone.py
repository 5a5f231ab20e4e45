"""Whoever is free: from the directory to a held time, with the doctor's name."""

import re

import pytest
from playwright.sync_api import expect

from booking.models import Appointment
from tests.browser import (
    DESK,
    PHONE,
    accessibility_problems,
    is_wider_than_the_window,
)

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "scripts"), [(PHONE, False), (DESK, True)])
def test_whoever_is_free_is_named_before_and_after_the_choice(
    visitor, public_site, practice, width, scripts
):
    visit = practice.kind("free")
    practice.offer(practice.calloway, kind=visit)
    baptiste = practice.doctor("Baptiste", first_name="Owen", works=False)
    practice.hours(baptiste, days=range(7), start=0, end=23)
    practice.offer(baptiste, kind=visit)
    page = visitor(width=width, scripts=scripts)
    page.goto("/doctors/?specialty=gp")
    page.get_by_role("link", name="First available: whoever is free").click()
    page.get_by_label(re.compile("GP visit")).check()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Choose a day and time")).to_be_visible()
    assert not is_wider_than_the_window(page)
    if scripts:
        assert accessibility_problems(page) == []
    # Nobody has anything booked: the name decides.
    times = page.locator("label.mc-slot:visible")
    expect(times.last).to_contain_text("Dr Baptiste")
    times.last.click()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/details/")
    expect(page.get_by_text("Dr Owen Baptiste").first).to_be_attached()
    assert Appointment.objects.get().doctor == baptiste
