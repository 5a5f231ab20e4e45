"""Two people agree that one acts for the other, do something with it, and end it."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import Proxy, User
from booking.appointments.models import Status
from booking.models import Appointment
from notifications.models import Delivery
from tests.browser import DESK, PHONE, accessibility_problems, is_wider_than_the_window
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory
from tests.jobs import run_jobs
from tests.journeys.booking_steps import choose_reason, choose_time
from tests.journeys.signing_in import sign_in

pytestmark = pytest.mark.browser


def _fine(page):
    assert accessibility_problems(page) == []
    assert not is_wider_than_the_window(page)


def _code_to(address):
    mail = Delivery.objects.filter(to_address=address, kind="CODE").order_by("pk")
    found = re.search(r"^[A-Z]{4}-[A-Z]{4}$", mail.last().body_text, re.MULTILINE)
    assert found is not None
    return found[0]


def _switch(page, name):
    page.locator(".mc-switch summary").click()
    page.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize(
    ("width", "scripts"),
    [(PHONE, True), (PHONE, False), (DESK, True)],
    ids=["phone", "phone, no scripts", "desk"],
)
def test_a_patient_invites_a_newcomer_who_books_for_them(
    visitor, practice, ann, width, scripts
):
    practice.offer(practice.calloway, "free")
    patients = visitor(width=width, scripts=scripts)
    sign_in(patients, ann)
    patients.goto(reverse("accounts:family"))
    expect(patients.get_by_text("Your record is yours alone")).to_be_visible()
    patients.get_by_role("link", name="Invite somebody").click()
    patients.get_by_role("button", name="Send the invitation").click()
    expect(patients.get_by_role("alert").first).to_contain_text("Tick at least one")
    if scripts:
        _fine(patients)
    patients.get_by_label("Their e-mail address").fill("otto@example.org")
    patients.get_by_label("Who are they to you?").select_option("SPOUSE")
    patients.get_by_label("Book and cancel visits").check()
    patients.get_by_role("button", name="Send the invitation").click()
    expect(patients.get_by_text("You invited otto@example.org")).to_be_visible()
    run_jobs()

    mail = Delivery.objects.get(event="proxy_invited")
    link = re.search(r"https?://\S+/account/invitation/\S+", mail.body_text)[0]
    carers = visitor(width=width, scripts=scripts)
    carers.goto(link.partition("/account/")[1] + link.partition("/account/")[2])
    expect(carers.get_by_role("heading", level=1)).to_contain_text("act for them")
    # Who it is stays unsaid until the address is proved.
    expect(carers.get_by_text("Ann Patient")).to_have_count(0)
    carers.get_by_role("button", name="E-mail me a code").click()
    carers.wait_for_url("**/account/code/**")
    carers.get_by_label(re.compile("code", re.IGNORECASE)).fill(
        _code_to("otto@example.org")
    )
    carers.locator("main form:has(input[name=code]) button").first.click()
    expect(carers.get_by_role("heading", level=1)).to_have_text("Act for Ann Patient?")
    carers.get_by_role("button", name="Say yes").click()
    expect(carers.get_by_role("alert").first).to_contain_text("Enter your first name")
    carers.get_by_label("Your first name").fill("Otto")
    carers.get_by_label("Your last name").fill("Ferry")
    carers.get_by_role("button", name="Say yes").click()
    carers.wait_for_url("**/portal/family/")
    otto = User.objects.get(email="otto@example.org")
    assert Proxy.objects.get(status="ACTIVE").user == otto

    carers.get_by_role("button", name="Act for Ann").click()
    banner = carers.get_by_role("region", name="Acting for somebody")
    expect(banner).to_contain_text("You are acting for Ann Patient")
    if scripts:
        _fine(carers)
    # Only what was agreed is there.
    for name in ("Documents", "Medicines", "Notices"):
        expect(carers.get_by_role("link", name=name, exact=True)).to_have_count(0)
    choose_reason(carers)
    expect(banner).to_contain_text("Ann Patient")
    choose_time(carers, after="check")
    expect(carers.get_by_text("Ann Patient, born")).to_be_visible()
    carers.get_by_role("checkbox").check()
    carers.get_by_role("button", name="Book this visit").click()
    carers.wait_for_url("**/confirmed/")
    visit = Appointment.objects.get(status=Status.CONFIRMED)
    assert (visit.patient, visit.booked_by) == (ann.patient, otto)

    # Ann sees what he did, and ends it.
    carers.goto("/portal/appointments/")
    expect(carers.get_by_role("link", name=re.compile("Calloway"))).to_be_visible()
    patients.goto(reverse("portal:access"))
    expect(patients.get_by_text("Acting for the patient").first).to_be_visible()
    patients.goto(reverse("accounts:family"))
    patients.locator("summary", has_text="End").click()
    patients.get_by_role("button", name=re.compile("End it now")).click()
    expect(patients.get_by_text("Otto Ferry for you")).to_be_visible()
    if scripts:
        # The page that he has open goes by itself, within a second or so.
        carers.wait_for_url("**/portal/family/", timeout=3000)
        carers.go_back()
        expect(carers.get_by_role("link", name=re.compile("Calloway"))).to_have_count(0)
    carers.goto("/portal/appointments/")
    expect(carers.get_by_text("Nothing booked")).to_be_visible()
    expect(banner).to_have_count(0)


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_desk_agrees_for_a_child_and_the_parent_goes_between(
    visitor, practice, gus, desk, width
):
    child = PatientFactory(
        first_name="Maya", last_name="Patient", birth_date="2020-05-01", email=""
    )
    visit = AppointmentFactory(
        offering=practice.offer(practice.calloway, "free"),
        patient=child,
        status=Status.CONFIRMED,
    )
    parents = visitor(width=width)
    sign_in(parents, gus)
    parents.goto(reverse("accounts:proxy_ask"))
    parents.get_by_label("Their patient number").fill(child.number.lower())
    for label, value in (("Day", "1"), ("Month", "5"), ("Year", "2020")):
        parents.get_by_label(label).fill(value)
    parents.get_by_label("Who are you to them?").select_option("PARENT")
    for label in ("Book and cancel visits", "See the health record"):
        parents.get_by_label(label).check()
    parents.get_by_label("Why you ask").fill("I am her father")
    parents.get_by_role("button", name="Send the request").click()
    expect(parents.get_by_text("You asked for the patient")).to_be_visible()
    _fine(parents)

    desks = visitor(width=width)
    sign_in(desks, desk)
    desks.goto(reverse("workspace:patient", args=[child.public_id]))
    desks.get_by_role("link", name="Gus Patient").click()
    desks.get_by_role("button", name="Agree for the patient").click()
    expect(desks.get_by_role("alert").first).to_contain_text("Note which document")
    _fine(desks)
    desks.get_by_label("Why the clinic agrees").select_option("MINOR")
    desks.get_by_label("Document you have seen").fill("Birth certificate")
    desks.get_by_role("button", name="Agree for the patient").click()
    expect(desks.get_by_text("In force", exact=True)).to_be_visible()

    parents.goto(reverse("accounts:family"))
    expect(parents.get_by_text("Until the age of 16")).to_be_visible()
    parents.goto("/portal/")
    _switch(parents, "Maya Patient")
    expect(parents.get_by_role("heading", level=1)).to_have_text("Maya’s health")
    _fine(parents)
    parents.goto(reverse("booking:appointment", args=[visit.public_id]))
    banner = parents.get_by_role("region", name="Acting for somebody")
    expect(banner).to_contain_text("Maya Patient")
    banner.get_by_role("button", name="Back to me").click()
    parents.wait_for_url("**/portal/")
    expect(banner).to_have_count(0)
