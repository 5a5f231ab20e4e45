"""A working day of everybody who works here, in a browser."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.factors.permissions import must_have_factor
from accounts.models import AuthenticatorApp, Patient, User
from booking.appointments.models import Status
from booking.models import Appointment
from clinic.models import VisitType
from foundation.formats import local
from notifications.models import Delivery
from records.models import Document, Prescription
from tests.browser import PHONE, accessibility_problems, is_wider_than_the_window
from tests.factories.booking import AppointmentFactory
from tests.factories.notifications import DeliveryFactory
from tests.factories.records import png
from tests.jobs import run_jobs
from tests.second_factors import code_of, with_app

pytestmark = pytest.mark.browser

PASSWORD = "four quiet herons wade"


def looks_right(page):
    assert accessibility_problems(page) == []
    assert not is_wider_than_the_window(page)


@pytest.fixture(autouse=True)
def _clinical_files(clinical_files):
    """Every test keeps its files to itself."""


@pytest.fixture
def come_as(visitor):
    """Open the page that a member of the cast starts at, signed in by the form."""

    def come(user, **options):
        user.set_password(PASSWORD)
        user.save()
        user.emailaddress_set.get_or_create(
            email=user.email, defaults={"verified": True, "primary": True}
        )
        app = _app_of(user) if must_have_factor(user) else None
        page = visitor(**options)
        page.goto("/account/sign-in/")
        page.get_by_label("E-mail address").fill(user.email)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in with password").click()
        if app is not None:
            code = code_of(app)
            page.get_by_label("Code from your app, or a backup code").fill(code)
            page.get_by_role("button", name="Continue", exact=True).click()
        page.wait_for_url(lambda url: "/account/" not in url)
        return page

    return come


def _app_of(user):
    """The authenticator app of somebody who works here. It may show a code again."""
    app = AuthenticatorApp.objects.filter(user=user).first() or with_app(user)
    AuthenticatorApp.objects.filter(pk=app.pk).update(last_step=-1)
    return app


@pytest.fixture
def surgery(practice, dr_lee):
    """Dr Lee works around the clock and offers free half hours at Canal Street."""
    practice.hours(dr_lee.doctor, days=range(7), start=0, end=23)
    practice.offering = practice.offer(dr_lee.doctor, "free")
    return practice


def _today(practice, hour):
    now = local(timezone.now(), practice.location.time_zone)
    return now.replace(hour=hour, minute=0, second=0, microsecond=0)


def _book(practice, patient, starts_at, **fields):
    return AppointmentFactory(
        offering=practice.offering, patient=patient, starts_at=starts_at, **fields
    )


def test_a_doctor_answers_sees_the_day_and_prescribes_and_the_patient_reads_it(
    come_as, surgery, ann, dr_lee
):
    asked = _book(
        surgery,
        ann.patient,
        _today(surgery, 10) + timedelta(days=3),
        status=Status.REQUESTED,
        reason="Headaches most weeks",
    )
    here = _book(surgery, ann.patient, _today(surgery, 9), status=Status.ARRIVED)
    page = come_as(dr_lee)

    expect(page.get_by_role("heading", name="Queue")).to_be_visible()
    expect(page.get_by_role("heading", name="Next: Ann Patient")).to_be_visible()
    page.get_by_role("link", name="Requests to answer").click()
    expect(page.get_by_text("Headaches most weeks")).to_be_visible()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved. The patient is told.")).to_be_visible()
    asked.refresh_from_db()
    assert asked.status == Status.CONFIRMED

    page.goto("/clinic/")
    page.get_by_role("button", name=re.compile("Start.*Ann")).click()
    expect(page.get_by_role("heading", name="With you")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/clinic/appointments/{here.public_id}/")

    page.get_by_role("link", name="Prescribe").click()
    page.get_by_label("No known allergies").check()
    page.get_by_label("Medicine", exact=True).fill("Sumatriptan")
    page.get_by_label("Form", exact=True).fill("tablets")
    page.get_by_label("How to take it").fill("ONE tablet when a headache starts.")
    page.get_by_role("button", name="Save and review").click()
    expect(page.get_by_role("alert")).to_contain_text("Say how many")
    page.get_by_label("Quantity").fill("6")
    page.get_by_role("button", name="Save and review").click()
    expect(page.get_by_role("heading", name="Check and sign")).to_be_visible()
    page.get_by_role("button", name="Sign prescription").click()
    expect(page.get_by_text("The PDF is being made.")).to_be_visible()

    run_jobs()
    expect(page.get_by_role("link", name="Download PDF")).to_be_visible()
    prescription = Prescription.objects.get()
    assert (prescription.status, prescription.appointment) == ("SIGNED", here)

    patient = come_as(ann, width=PHONE)
    patient.goto("/portal/medicines/")
    patient.get_by_role("link", name="Sumatriptan").click()
    with patient.expect_download() as download:
        patient.get_by_role("link", name="Download PDF for the pharmacy").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
    assert prescription.number.lower() in download.value.suggested_filename


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_the_desk_registers_books_checks_in_and_follows_up(
    come_as, surgery, desk, ann, scripts
):
    waiting = _book(surgery, ann.patient, _today(surgery, 9))
    DeliveryFactory(
        patient=ann.patient,
        to_name="Ann Patient",
        status=Delivery.Status.FAILED,
        error="No such mailbox",
    )
    page = come_as(desk, scripts=scripts)
    expect(page.get_by_role("heading", name="Front desk")).to_be_visible()
    page.get_by_role("button", name=re.compile("Check in.*Ann")).click()
    waiting.refresh_from_db()
    assert waiting.status == Status.ARRIVED

    page.get_by_role("link", name="Book for a patient").click()
    page.get_by_role("link", name="Register a new patient").click()
    page.get_by_role("button", name="Register and go on").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter the first name")
    page.get_by_label("First name").fill("Nora")
    page.get_by_label("Last name").fill("Newman")
    page.get_by_label("Day").fill("2")
    page.get_by_label("Month").fill("5")
    page.get_by_label("Year").fill("1990")
    page.get_by_label("Mobile phone").fill("07700 900321")
    page.get_by_role("button", name="Register and go on").click()
    expect(page.get_by_role("region", name="Patient")).to_contain_text("NEWMAN, Nora")
    page.get_by_label("Doctor", exact=True).select_option("dr-lee")
    page.get_by_role("button", name="Show times").click()
    page.get_by_role("link", name="Take it").first.click()
    page.get_by_label("Reason for the visit").fill("Cough")
    page.get_by_role("button", name="for Nora Newman").click()
    expect(page.get_by_role("heading", name="GP visit")).to_be_visible()
    nora = Patient.objects.get(first_name="Nora")
    made = Appointment.objects.get(patient=nora)
    assert (made.status, made.booked_via) == (Status.CONFIRMED, "DESK")
    expect(page.get_by_text("Cough")).to_have_count(0)

    page.goto("/clinic/desk/")
    page.get_by_role("link", name="1 message not delivered").click()
    expect(page.get_by_text("No such mailbox")).to_be_visible()
    page.get_by_role("button", name=re.compile("Dealt with.*Ann")).click()
    expect(page.get_by_role("heading", name="Everybody was reached")).to_be_visible()


def test_the_desk_adds_a_document_and_is_told_what_is_wrong(
    come_as, surgery, desk, ann
):
    page = come_as(desk)
    page.goto(f"/clinic/patients/{ann.patient.public_id}/documents/")
    page.get_by_label("File").set_input_files(
        {"name": "letter.pdf", "mimeType": "application/pdf", "buffer": b"MZ not a PDF"}
    )
    page.get_by_label("What is it?").fill("Letter from the eye hospital")
    page.get_by_role("button", name="Add document").click()
    expect(page.get_by_role("alert")).to_contain_text("PDF, JPEG and PNG")
    expect(page.get_by_label("What is it?")).to_have_value(
        "Letter from the eye hospital"
    )
    page.get_by_label("File").set_input_files(
        {"name": "letter.png", "mimeType": "image/png", "buffer": png()}
    )
    page.get_by_role("button", name="Add document").click()
    expect(
        page.get_by_role("button", name=re.compile("Remove.*Letter"))
    ).to_be_visible()
    assert Document.objects.get().patient == ann.patient


def test_an_administrator_invites_somebody_and_changes_a_price(come_as, surgery, admin):
    page = come_as(admin)
    expect(page.get_by_role("heading", name="Before patients can book")).to_be_visible()
    page.get_by_role("link", name="Visit types and prices").first.click()
    page.get_by_role("link", name="GP visit").click()
    page.get_by_label("Price", exact=True).fill("70")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("A free visit costs 0")
    page.get_by_label("When it is paid").select_option("AT_CLINIC")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("GP visit is saved.")).to_be_visible()
    assert VisitType.objects.get().price == 70

    page.get_by_role("link", name="People and roles").click()
    page.get_by_role("link", name="Invite somebody").click()
    page.get_by_label("E-mail address").fill("nell@example.org")
    page.get_by_label("First name").fill("Nell")
    page.get_by_label("Last name").fill("Nurse")
    page.get_by_label("Role").select_option("NURSE")
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_role("heading", name="Nell Nurse")).to_be_visible()
    nell = User.objects.get(email="nell@example.org")
    assert set(nell.role_assignments.values_list("role", flat=True)) == {"NURSE"}


def test_time_off_shows_what_it_hits_before_it_is_taken(come_as, surgery, ann, dr_lee):
    visit = _book(surgery, ann.patient, _today(surgery, 10) + timedelta(days=2))
    day = visit.starts_at.date().isoformat()
    page = come_as(dr_lee)
    page.get_by_role("link", name="My hours").click()
    form = page.get_by_role("form", name="Take time off")
    form.get_by_label("First day").fill(day)
    form.get_by_role("button", name="Take this time off").click()
    expect(page.get_by_role("heading", name="1 visit is booked")).to_be_visible()
    looks_right(page)
    page.get_by_role("button", name="Save the change").click()
    expect(page.get_by_text("1 booked visit lies outside these hours")).to_be_visible()
    page.goto("/clinic/")
    page.get_by_role("link", name="Visits outside your hours").click()
    looks_right(page)
    page.get_by_label("What becomes of Ann Patient").select_option("cancel")
    page.get_by_role("button", name="Do this").click()
    expect(page.get_by_text("Check this answer")).to_be_visible()
    page.get_by_label("Why").fill("Dr Lee is at a course")
    page.get_by_role("button", name="Do this").click()
    expect(page.get_by_text("1 visit settled")).to_be_visible()
    expect(page.get_by_role("heading", name="Nothing to decide")).to_be_visible()
    visit.refresh_from_db()
    assert visit.status == "CANCELLED"


def test_a_day_off_is_cancelled_and_settled(come_as, visitor, surgery, ann, desk):
    visit = _book(surgery, ann.patient, _today(surgery, 10) + timedelta(days=2))
    page = come_as(desk, width=PHONE)
    page.goto("/clinic/disruptions/")
    looks_right(page)
    form = page.get_by_role("form", name="Away")
    form.get_by_label("Whose day").select_option(label="Dr Min Lee")
    form.get_by_label("First day").fill(visit.starts_at.date().isoformat())
    form.get_by_role("button", name="See who is booked").click()
    expect(page.get_by_role("heading", name="Cancel 1 visit?")).to_be_visible()
    looks_right(page)
    page.get_by_role("button", name="Cancel and tell them").click()
    expect(page.get_by_role("heading", name="1 visit to see to")).to_be_visible()
    expect(page.get_by_role("heading", name="Being cancelled")).to_be_visible()
    run_jobs()
    # Nobody has to load the page again to see how far it is.
    expect(page.get_by_text("Has not answered.")).to_be_visible()
    expect(page.locator("[data-poll]")).to_have_count(0)
    looks_right(page)

    told = Delivery.objects.get(event="appointment_cancelled", channel="EMAIL")
    hers = visitor(width=PHONE)
    hers.goto(told.link)
    hers.get_by_role("link", name="Choose another time").click()
    looks_right(hers)
    hers.get_by_role("button", name="Book this time").click()
    expect(hers.get_by_role("alert")).to_contain_text("Pick one of the times")
    hers.get_by_role("radio").first.check()
    hers.get_by_role("button", name="Book this time").click()
    expect(hers.get_by_text("Your new visit is there.")).to_be_visible()
    made = Appointment.objects.exclude(pk=visit.pk).get()
    assert (made.patient, made.status) == (ann.patient, Status.CONFIRMED)

    Delivery.objects.filter(channel="EMAIL").update(status="SENT")
    page.reload()
    expect(page.get_by_role("heading", name="Nothing is left to do")).to_be_visible()
    looks_right(page)


def test_single_keys_find_and_can_be_switched_off(come_as, surgery, desk):
    page = come_as(desk)
    page.keyboard.press("/")
    expect(page.get_by_label("Find a patient or visit")).to_be_focused()
    page.get_by_role("heading", name="Front desk").click()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    dialog.get_by_role("checkbox").uncheck()
    dialog.get_by_role("button", name="Close").click()
    page.reload()
    page.keyboard.press("/")
    expect(page.get_by_label("Find a patient or visit")).not_to_be_focused()


def test_a_patient_is_found_by_two_letters_and_opened_by_keys(
    come_as, surgery, desk, ann, zoe
):
    page = come_as(desk)
    box = page.get_by_role("combobox", name="Find a patient or visit")
    page.keyboard.press("/")
    page.keyboard.type("an")
    found = page.get_by_role("option", name="PATIENT, Ann")
    expect(found).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    assert accessibility_problems(page) == []
    page.keyboard.press("ArrowDown")
    expect(found).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(found).to_be_hidden()
    expect(box).to_have_value("an")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/clinic/patients/{ann.patient.public_id}/")
    # Without a mark Enter searches, and what comes later does not open anything.
    page.keyboard.press("/")
    page.keyboard.type("zoe")
    page.keyboard.press("Enter")
    page.wait_for_url("**/clinic/patients/?q=zoe")
    expect(page.get_by_role("option")).to_have_count(0)
