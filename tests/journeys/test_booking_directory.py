"""From the public pages to a held time: the directory and a doctor's own page."""

import re

import pytest
from playwright.sync_api import expect

from booking.models import Appointment
from clinic.visit_types.models import VisitType
from tests.browser import (
    DESK,
    PHONE,
    accessibility_problems,
    is_wider_than_the_window,
)
from tests.journeys.booking_steps import agree, give_details

pytestmark = pytest.mark.browser


@pytest.fixture
def doctors(public_site, practice):
    """Calloway in person and by video, Baptiste in person."""
    visit = practice.kind("free")
    practice.offer(practice.calloway, kind=visit)
    video = {"mode": VisitType.Mode.VIDEO, "duration_minutes": 60}
    practice.offer(practice.calloway, "free", name="Video", slug="video", **video)
    baptiste = practice.doctor("Baptiste", first_name="Owen", works=False)
    practice.hours(baptiste, days=range(7), start=0, end=23)
    practice.offer(baptiste, kind=visit)
    return practice


def take_the_held_time(page):
    expect(page.get_by_role("heading", name="Do you want this time?")).to_be_visible()
    assert not Appointment.objects.exists()
    page.get_by_role("button", name="Hold this time and continue").click()
    page.wait_for_url("**/details/")
    assert Appointment.objects.count() == 1


def test_filters_work_in_place_and_can_be_gone_back_to(visitor, doctors):
    page = visitor()
    page.goto("/doctors/")
    count = page.locator("#count")
    expect(count).to_have_text("2 doctors")
    video = page.get_by_role("checkbox", name="Video")
    video.check()
    expect(count).to_have_text("1 doctor")
    expect(video).to_be_focused()
    assert page.url.endswith("/doctors/?visit=video")
    expect(page.locator("article.mc-res")).to_have_count(1)
    page.get_by_label("Remove filter: Video").click()
    expect(count).to_have_text("2 doctors")
    expect(video).not_to_be_checked()
    page.go_back()
    expect(page.locator("#count")).to_have_text("1 doctor")
    page.reload()
    expect(video).to_be_checked()


def test_a_name_is_found_with_a_slip(visitor, doctors):
    page = visitor()
    page.goto("/doctors/")
    page.get_by_role("searchbox").fill("Batpiste")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#count")).to_contain_text("1 doctor for “Batpiste”")
    expect(page.get_by_role("link", name="Dr Owen Baptiste").first).to_be_visible()


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_without_scripts_the_filters_are_a_form(visitor, doctors, width):
    page = visitor(width=width, scripts=False)
    page.goto("/doctors/")
    if width == PHONE:
        page.get_by_role("button", name="Filters").click()
    page.get_by_label("Video").check()
    page.get_by_role("button", name="Show doctors").locator("visible=true").click()
    expect(page.locator("article.mc-res")).to_have_count(1)
    assert "visit=video" in page.url


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_time_in_the_directory_leads_to_a_booking(visitor, doctors, scripts):
    page = visitor(scripts=scripts)
    page.goto("/doctors/?q=calloway")
    page.locator("a.mc-slot").last.click()
    take_the_held_time(page)
    give_details(page)
    agree(page)
    expect(page.get_by_role("heading", name="Your visit is booked")).to_be_visible()


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_doctors_own_page_is_a_way_to_book(visitor, doctors, width, scripts):
    page = visitor(width=width, scripts=scripts)
    page.goto("/doctors/dr-calloway/")
    card = page.locator("#doctor-times")
    card.get_by_label("Video").check()
    if not scripts:
        card.get_by_role("button", name="Show times").click()
    expect(card.get_by_label("Reason for visit")).to_have_value("video")
    expect(page).to_have_url(re.compile("visit=video"))
    first = card.locator("a.mc-slot:visible").first.get_attribute("href")
    card.get_by_role("link", name="Later days").locator("visible=true").click()
    expect(card.get_by_role("link", name="Earlier days")).to_be_visible()
    later = card.locator("a.mc-slot:visible").first
    assert later.get_attribute("href") != first
    later.click()
    take_the_held_time(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_everybody_can_use_the_public_parts(visitor, doctors, width, theme):
    page = visitor(width=width, theme=theme)
    problems = {}
    for address in (
        "/doctors/",
        "/doctors/?visit=video&q=nobody",
        "/doctors/dr-calloway/",
    ):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        found = accessibility_problems(page)
        if is_wider_than_the_window(page):
            found.append("has to be scrolled sideways")
        if found:
            problems[address] = found
    assert problems == {}
