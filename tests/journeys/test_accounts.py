"""Getting an account, losing the password, and a guest's booking that becomes one's
own."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import Patient, User
from accounts.patients.queries import claim_path
from notifications.models import Delivery
from tests.browser import PHONE, accessibility_problems
from tests.factories.booking import AppointmentFactory

pytestmark = pytest.mark.browser

PASSWORD = "quiet-otter-lantern"


def _code_to(address):
    mail = Delivery.objects.filter(to_address=address).order_by("pk").last()
    found = re.search(r"^[A-Z]{4}-[A-Z]{4}$", mail.body_text, re.MULTILINE)
    assert found is not None
    return found[0]


def _type_code(page, address):
    page.get_by_label(re.compile("code", re.IGNORECASE)).fill(_code_to(address))
    page.locator("main form:has(input[name=code]) button").first.click()


def _give_profile(page):
    page.get_by_label("First name").fill("Maya")
    page.get_by_label("Last name").fill("Thornbury")
    page.get_by_label("Day").fill("14")
    page.get_by_label("Month").fill("3")
    page.get_by_label("Year").fill("1986")
    page.get_by_role("button", name="Continue").click()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_somebody_signs_up_says_who_they_are_and_chooses_a_clock(visitor, scripts):
    page = visitor(width=PHONE, scripts=scripts)
    page.goto("/account/sign-up/")
    page.get_by_label("E-mail address").fill("maya@example.org")
    page.locator("main form:has(input[name=email]) button").first.click()
    page.wait_for_url("**/account/verify/")
    _type_code(page, "maya@example.org")
    page.wait_for_url("**/portal/account/**")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert").first).to_contain_text("Enter your first name")
    _give_profile(page)
    page.wait_for_url("**/portal/")
    assert Patient.objects.get().full_name == "Maya Thornbury"
    page.goto("/portal/account/settings/")
    page.get_by_label("Your time zone").select_option("Asia/Tokyo")
    page.get_by_role("button", name=re.compile("^Save")).first.click()
    expect(page.get_by_text("Your settings are saved.").first).to_be_attached()
    assert User.objects.get().time_zone == "Asia/Tokyo"


def test_a_lost_password_is_replaced_with_a_code(visitor, ann):
    ann.set_password("four quiet herons wade")
    ann.save()
    ann.emailaddress_set.create(email=ann.email, verified=True, primary=True)
    page = visitor(width=PHONE)
    page.goto("/account/reset/")
    page.get_by_label("E-mail address").fill(ann.email)
    page.locator("main form:has(input[name=email]) button").first.click()
    page.wait_for_url("**/account/reset/code/")
    _type_code(page, ann.email)
    page.wait_for_url("**/account/reset/new/")
    assert accessibility_problems(page) == []
    fields = page.locator("input[type=password]")
    fields.nth(0).fill(PASSWORD)
    fields.nth(1).fill(PASSWORD)
    page.get_by_role("button", name="Save new password").click()
    page.wait_for_url(lambda url: "/reset/new/" not in url)
    ann.refresh_from_db()
    assert ann.check_password(PASSWORD)


def test_a_guests_booking_becomes_their_own(visitor, practice):
    visit = AppointmentFactory(offering=practice.offer(practice.calloway, "free"))
    patient = visit.patient
    patient.email = "guest@example.org"
    patient.save()
    page = visitor()
    page.goto(claim_path(patient))
    expect(page.get_by_text("g…@example.org")).to_be_visible()
    page.locator("main form button").first.click()
    page.wait_for_url("**/account/code/**")
    _type_code(page, "guest@example.org")
    page.wait_for_url("**/account/claim/**")
    page.locator("main form button").first.click()
    page.wait_for_url("**/portal/")
    patient.refresh_from_db()
    assert patient.user == User.objects.get(email="guest@example.org")
