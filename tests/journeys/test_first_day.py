"""A clinic's first day: from `manage.py start_clinic` to the first visit of a stranger,
and nothing made in a shell between the two."""

import re
from io import StringIO

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from accounts.models import User
from booking.appointments.models import Status
from booking.models import Appointment
from clinic.models import Doctor, Location
from tests.browser import DESK, PHONE, is_wider_than_the_window
from tests.journeys.booking_steps import agree, choose_time, give_details
from tests.journeys.signing_in import sign_in

pytestmark = pytest.mark.browser

DAYS = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)


@pytest.fixture
def administrator(transactional_db):
    """The one person of a clinic that has just been laid down."""
    call_command(
        "start_clinic",
        name="Harbour Surgery",
        time_zone="Europe/London",
        currency="GBP",
        admin_email="asha@example.org",
        location="Quayside",
        address="1 Quay Street",
        city="Westhaven",
        stdout=StringIO(),
    )
    return User.objects.get(email="asha@example.org")


def go_to(page, area):
    """By the row of links above every page of the settings."""
    links = page.get_by_role("navigation", name="Settings", exact=True)
    links.get_by_role("link", name=area, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert not is_wider_than_the_window(page), area


def save(page, words):
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text(words)).to_be_visible()
    assert not is_wider_than_the_window(page), words


def fill_week(page, begins, until):
    """The same hours on every day."""
    for day in DAYS:
        page.get_by_label(f"{day}, from", exact=True).first.fill(begins)
        page.get_by_label(f"{day}, to", exact=True).first.fill(until)


def add_location(page):
    go_to(page, "Locations")
    page.get_by_role("link", name="Add a location").click()
    page.get_by_label("Name", exact=True).fill("Hilltop")
    page.get_by_label("Street and number").fill("7 Hill Road")
    page.get_by_label("City").fill("Westhaven")
    page.get_by_role("textbox", name="Phone").fill("12")
    fill_week(page, "08:00", "18:00")
    page.get_by_role("button", name="Save", exact=True).click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Enter a phone number")
    expect(page.get_by_label("Sunday, to", exact=True).first).to_have_value("18:00")
    page.get_by_role("textbox", name="Phone").fill("020 7946 0120")
    save(page, "Hilltop is saved.")
    hilltop = Location.objects.get(name="Hilltop")
    assert (hilltop.phone, hilltop.opening_hours.count()) == ("+442079460120", 7)


def add_specialty(page):
    go_to(page, "Specialties")
    page.get_by_role("link", name="Add a specialty").click()
    page.get_by_label("Its name in medicine").fill("Dermatology")
    page.get_by_label("The word patients use").fill("Skin")
    page.get_by_label("What one of its doctors is called").fill("skin specialist")
    save(page, "Dermatology is saved.")


def add_visit_type(page):
    go_to(page, "Visit types and prices")
    page.get_by_role("link", name="Add a visit type").click()
    page.get_by_label("Name", exact=True).fill("Skin check")
    page.get_by_label("Price", exact=True).fill("85")
    page.get_by_label("When it is paid").select_option("AT_CLINIC")
    save(page, "Skin check is saved.")


def add_doctor(page):
    go_to(page, "People and roles")
    page.get_by_role("link", name="Invite somebody").click()
    page.get_by_label("E-mail address").fill("ada@example.org")
    page.get_by_label("First name").fill("Ada")
    page.get_by_label("Last name").fill("Byron")
    page.get_by_label("Role").select_option("DOCTOR")
    page.get_by_role("button", name="Invite", exact=True).click()
    page.get_by_role("link", name="Make them bookable").click()
    expect(page.get_by_label("Last name")).to_have_value("Byron")
    page.get_by_label("Dermatology").check()
    page.get_by_label("Languages").fill("en")
    save(page, "Dr Ada Byron is saved.")
    assert Doctor.objects.get().user.email == "ada@example.org"


def give_hours(page):
    page.get_by_role("link", name="Hours and time off").click()
    form = page.get_by_role("form", name="Change the week")
    form.get_by_label("Location").select_option(label="Hilltop")
    fill_week(page, "00:00", "23:30")
    page.get_by_role("button", name="Save the week").click()
    expect(page.get_by_text("The hours are saved.")).to_be_visible()
    assert not is_wider_than_the_window(page)


def offer(page):
    page.goto("/clinic/settings/")
    page.get_by_role("link", name="Say who offers it, and where").click()
    form = page.get_by_role("form", name="Add a doctor")
    form.get_by_label("Doctor").select_option(label="Dr Ada Byron")
    form.get_by_label("Where", exact=True).select_option(label="Hilltop")
    form.get_by_role("button", name="Add", exact=True).click()
    expect(
        page.get_by_text("It can be booked in their free times now.")
    ).to_be_visible()


@pytest.mark.parametrize("width", [PHONE, DESK], ids=["phone", "desk"])
def test_an_administrator_sets_the_clinic_up_and_a_stranger_books(
    visitor, administrator, width
):
    page = visitor(width=width)
    sign_in(page, administrator)
    page.goto("/clinic/settings/")
    steps = page.get_by_role("region", name="Before patients can book")
    expect(steps).to_contain_text("2 of 8 done")
    expect(steps).to_contain_text("Quayside has no opening hours yet.")
    assert not is_wider_than_the_window(page)
    add_location(page)
    add_specialty(page)
    add_visit_type(page)
    add_doctor(page)
    give_hours(page)
    offer(page)
    page.goto("/clinic/settings/")
    # All that is left is what the editors have to write.
    expect(steps).to_contain_text("8 of 9 done")
    expect(steps).to_contain_text("Still to be written: About us")

    stranger = visitor(width=width)
    stranger.goto("/doctors/")
    expect(stranger.get_by_text("Dr Ada Byron").first).to_be_visible()
    stranger.goto("/book/?specialty=dermatology")
    stranger.get_by_label(re.compile("Skin check")).check()
    stranger.get_by_role("button", name="Continue").click()
    stranger.wait_for_url("**/time/")
    choose_time(stranger)
    give_details(stranger)
    agree(stranger)
    expect(stranger.get_by_role("heading", name="Your visit is booked")).to_be_visible()
    visit = Appointment.objects.get()
    assert visit.status == Status.CONFIRMED
    assert (visit.location.name, visit.price) == ("Hilltop", 85)
