"""The main job in a real browser: find a time, book it, be told what happens next."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from booking.appointments.models import Status
from booking.models import Appointment, Draft
from tests.browser import (
    DESK,
    PHONE,
    accessibility_problems,
    is_wider_than_the_window,
)
from tests.journeys.booking_steps import (
    START,
    agree,
    choose_reason,
    choose_time,
    give_details,
    open_second_day,
)

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_stranger_books_a_free_visit(visitor, practice, width, scripts):
    practice.offer(practice.calloway, "free")
    page = visitor(width=width, scripts=scripts)
    choose_reason(page)
    choose_time(page)
    give_details(page)
    expect(page.get_by_text("Headaches most weeks")).to_be_visible()
    agree(page)
    expect(page.get_by_role("heading", name="Your visit is booked")).to_be_visible()
    visit = Appointment.objects.get()
    assert visit.status == Status.CONFIRMED
    assert visit.reason == "Headaches most weeks"
    expect(page.get_by_text(visit.reference)).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Add to calendar").click()
    assert download.value.suggested_filename == f"{visit.reference}.ics"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_everybody_can_use_every_step(visitor, practice, width, theme):
    practice.offer(practice.calloway, "free")
    page = visitor(width=width, theme=theme)
    problems = {}

    def look(step):
        page.wait_for_load_state("networkidle")
        found = accessibility_problems(page)
        if is_wider_than_the_window(page):
            found.append("has to be scrolled sideways")
        if found:
            problems[step] = found

    page.goto("/book/")
    look("start")
    choose_reason(page)
    look("time")
    choose_time(page)
    look("details")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look("details with errors")
    give_details(page)
    look("check")
    agree(page)
    page.wait_for_url("**/confirmed/")
    look("confirmed")
    page.get_by_role("link", name="Change or cancel").click()
    page.wait_for_url("**/book/manage/**")
    look("manage")
    page.get_by_role("link", name="Cancel visit").click()
    page.wait_for_url("**/cancel/")
    look("cancel")
    page.goto("/book/find/")
    look("find")
    assert problems == {}


def test_the_whole_booking_works_from_the_keyboard(visitor, practice):
    practice.offer(practice.calloway, "free")
    page = visitor()

    def tab_to(locator):
        for _ in range(80):
            page.keyboard.press("Tab")
            if locator.evaluate("element => element === document.activeElement"):
                return
        raise AssertionError(f"the keyboard does not reach {locator}")

    page.goto(START)
    tab_to(page.locator("input[name=service]").first)
    page.keyboard.press("Space")
    tab_to(page.get_by_role("button", name="Continue"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Choose a day and time")).to_be_visible()
    page.wait_for_load_state("networkidle")
    days = page.locator("a.mc-cal__d[data-date]")
    tab_to(days.first)
    if days.count() > 1:
        # Not on the last day of a month.
        page.keyboard.press("ArrowRight")
        expect(days.nth(1)).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page.locator("#day-title")).to_be_focused()
    tab_to(page.locator("input[name=slot]").first)
    page.keyboard.press("Space")
    tab_to(page.get_by_role("button", name="Continue"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your details")).to_be_visible()
    tab_to(page.get_by_label("First name"))
    for typed in ("Maya", "Thornbury", "14", "3", "1986", "07700 900123"):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.keyboard.type("maya@example.org")
    page.keyboard.press("Enter")
    tab_to(page.get_by_label(re.compile("I agree")))
    page.keyboard.press("Space")
    tab_to(page.get_by_role("button", name="Book this visit"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your visit is booked")).to_be_visible()
    assert Appointment.objects.get().patient.full_name == "Maya Thornbury"


def test_somebody_elsewhere_sees_both_clocks_by_themselves(visitor, practice):
    practice.offer(practice.calloway, "free")
    page = visitor(zone="Asia/Tokyo")
    choose_reason(page)
    expect(page.get_by_text("Below it, your time: Tokyo time")).to_be_visible()
    choose_time(page)
    expect(
        page.locator(".mc-booksum").get_by_text("where you are").first
    ).to_be_visible()
    assert Draft.objects.get().time_zone == "Asia/Tokyo"


def test_without_scripts_the_clock_is_chosen(visitor, practice):
    practice.offer(practice.calloway, "free")
    page = visitor(scripts=False)
    choose_reason(page)
    page.get_by_text("Are you in another time zone?").click()
    page.get_by_label("Your time zone").select_option("Asia/Tokyo")
    page.get_by_role("button", name="Show times in this zone").click()
    expect(page.get_by_text("Below it, your time: Tokyo time")).to_be_visible()


def test_a_time_taken_by_somebody_else_keeps_the_day_and_the_answers(visitor, practice):
    practice.offer(practice.calloway, "free")
    quick, slow = visitor(), visitor(width=PHONE)
    choose_reason(slow, words="Mine are older")
    open_second_day(slow)
    choose_reason(quick)
    words = choose_time(quick)
    expect(quick.get_by_role("heading", name="Your details")).to_be_visible()
    slow.locator("label.mc-slot:visible").first.click()
    slow.get_by_role("button", name="Continue").click()
    expect(slow.get_by_text("This time has just been taken")).to_be_visible()
    assert words not in slow.locator("label.mc-slot").all_inner_texts()
    slow.locator("button.mc-slot").first.click()
    give_details(slow)
    expect(slow.get_by_text("Mine are older")).to_be_visible()
    agree(slow)
    expect(slow.get_by_role("heading", name="Your visit is booked")).to_be_visible()
    held, booked = Appointment.objects.order_by("pk")
    assert (held.status, booked.status) == (Status.HELD, Status.CONFIRMED)
    assert held.starts_at != booked.starts_at


def test_a_hold_that_runs_out_leads_back_with_the_answers_kept(visitor, practice):
    practice.offer(practice.calloway, "free")
    page = visitor()
    choose_reason(page)
    choose_time(page)
    expect(page.get_by_role("heading", name="Your details")).to_be_visible()
    page.get_by_label("First name").fill("Maya")
    # Typing is saved by itself; then the time is let go while the page is open.
    with page.expect_response(re.compile("/save/$")):
        page.get_by_label("Last name").fill("Thornbury")
    soon = timezone.now() + timedelta(seconds=3)
    Appointment.objects.update(hold_expires_at=soon)
    page.reload()
    page.wait_for_url(re.compile("/time/$"))
    expect(page.get_by_text("We could not hold")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Your details")).to_be_visible()
    expect(page.get_by_label("First name")).to_have_value("Maya")
    expect(page.get_by_label("Last name")).to_have_value("Thornbury")


def test_two_minutes_before_the_end_more_time_is_offered(visitor, practice):
    practice.offer(practice.calloway, "free")
    page = visitor()
    choose_reason(page)
    choose_time(page)
    expect(page.get_by_role("heading", name="Your details")).to_be_visible()
    Appointment.objects.update(hold_expires_at=timezone.now() + timedelta(seconds=119))
    page.reload()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    expect(page.locator("#hold-live")).to_have_text(
        "We hold your time for 2 more minutes."
    )
    page.get_by_role("button", name="Carry on").click()
    expect(dialog).to_be_hidden()
    page.get_by_label("First name").fill("Maya")
    page.locator(".mc-booksum").get_by_role("button", name="I need more time").click()
    page.wait_for_load_state("networkidle")
    assert Appointment.objects.get().hold_extended
    expect(page.get_by_label("First name")).to_have_value("Maya")
    expect(page.get_by_role("button", name="I need more time")).to_have_count(0)


def test_pressing_twice_books_once(visitor, practice):
    practice.offer(practice.calloway, "free")
    page = visitor()
    choose_reason(page)
    choose_time(page)
    give_details(page)
    page.get_by_label(re.compile("I agree")).check()
    page.get_by_role("button", name="Book this visit").dblclick()
    expect(page.get_by_role("heading", name="Your visit is booked")).to_be_visible()
    assert Appointment.objects.count() == 1


def test_going_back_and_forth_loses_nothing(visitor, practice):
    practice.offer(practice.calloway, "free")
    page = visitor(scripts=False)
    choose_reason(page)
    words = choose_time(page)
    page.get_by_label("First name").fill("Maya")
    page.get_by_role("button", name="Back").click()
    expect(page.locator("label.mc-slot:has(input:checked)")).to_contain_text(words)
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_label(re.compile("GP visit"))).to_be_checked()
    expect(page.get_by_label("Anything the doctor should know?")).to_have_value(
        "Headaches most weeks"
    )
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_label("First name")).to_have_value("Maya")
    assert Appointment.objects.count() == 1


def test_a_guest_finds_the_booking_and_cancels_it(visitor, practice):
    practice.offer(practice.calloway, "free")
    page = visitor()
    choose_reason(page)
    choose_time(page)
    give_details(page)
    agree(page)
    expect(page.get_by_role("heading", name="Your visit is booked")).to_be_visible()
    other = visitor(width=PHONE)
    other.goto("/book/find/")
    other.get_by_label("Booking reference").fill(Appointment.objects.get().reference)
    other.get_by_label("Day").fill("14")
    other.get_by_label("Month").fill("3")
    other.get_by_label("Year").fill("1986")
    other.get_by_role("button", name="Find my booking").click()
    other.get_by_role("link", name="Cancel visit").click()
    expect(other.get_by_text("Cancelling now is free.")).to_be_visible()
    other.get_by_role("button", name="Cancel visit").click()
    expect(other.get_by_role("heading", name="Your visit")).to_be_visible()
    assert Appointment.objects.get().status == Status.CANCELLED
