"""The steps of a booking, as somebody with a browser takes them."""

import re

from playwright.sync_api import expect

START = "/book/?specialty=gp"


def choose_reason(page, name="GP visit", words="Headaches most weeks"):
    page.goto(START)
    page.get_by_label(re.compile(name)).check()
    page.get_by_label("Anything the doctor should know?").fill(words)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/time/")


def open_second_day(page, heading="Choose a day and time"):
    """Not today, where a time may pass while we look at it."""
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    page.wait_for_load_state("networkidle")
    days = page.locator("a.mc-cal__d[data-date]")
    day = days.nth(1)
    if days.count() < 2:
        # The last day of a month: go on to the next.
        month = page.locator("[data-month] h2").inner_text()
        page.locator("[data-month] a[rel=next]").click()
        expect(page.locator("[data-month] h2")).not_to_have_text(month)
        day = days.nth(1)
    day.click()
    expect(day).to_have_attribute("aria-current", "date")


def choose_time(page, position=0, after="details"):
    """Take one of the times of the second open day; returns its words.

    `after` is the step that follows.
    """
    open_second_day(page)
    times = page.locator("label.mc-slot:visible")
    words = times.nth(position).inner_text().split("\n")[0]
    times.nth(position).click()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(f"**/{after}/")
    return words


def give_details(page):
    expect(page.get_by_role("heading", name="Your details")).to_be_visible()
    page.get_by_label("First name").fill("Maya")
    page.get_by_label("Last name").fill("Thornbury")
    page.get_by_label("Day").fill("14")
    page.get_by_label("Month").fill("3")
    page.get_by_label("Year").fill("1986")
    page.get_by_label("Mobile phone number").fill("07700 900123")
    page.get_by_label("E-mail address").fill("maya@example.org")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/check/")


def agree(page, button="Book this visit"):
    page.get_by_label(re.compile("I agree")).check()
    page.get_by_role("button", name=button).click()
