"""A patient fills in a form on a phone, in pieces, with and without scripts."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from records.models import QuestionnaireResponse
from tests.browser import PHONE
from tests.factories.booking import AppointmentFactory
from tests.factories.forms import links, make_form
from tests.journeys.signing_in import sign_in

pytestmark = pytest.mark.browser
PASSWORD = "four quiet herons wade"
SMOKE = "0f0e0d0c-0b0a-4009-8807-060504030201"
ASKED = (
    ("YES_NO", "Do you smoke?", {"link_id": SMOKE, "is_required": True}),
    (
        "SHORT",
        "How much?",
        {"shown_when": SMOKE, "shown_answer": "Yes", "is_required": True},
    ),
    ("PAGE", "Your agreement"),
    ("CONSENT", "I agree to the examination.", {"is_required": True}),
)


@pytest.fixture
def visit(ann, practice):
    ann.set_password(PASSWORD)
    ann.save()
    return AppointmentFactory(
        patient=ann.patient,
        starts_at=timezone.now() + timedelta(days=3),
        status="CONFIRMED",
    )


def open_form(page, ann, form):
    sign_in(page, ann)
    page.goto(reverse("portal:home"))
    page.get_by_role("link", name=f"Fill in: {form.title}").click()
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/1/")


def test_without_scripts_a_form_is_filled_in_and_sent(visitor, ann, visit):
    form = make_form(visit.visit_type, questions=ASKED)
    page = visitor(width=PHONE, scripts=False)
    open_form(page, ann, form)
    # What depends on an answer says so.
    assert page.get_by_text("If your answer to “Do you smoke?” is Yes").is_visible()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("alert").get_by_role("link", name="Choose yes or no").click()
    page.get_by_role("radio", name="No").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", name="Your agreement").wait_for()
    page.get_by_label("Your full name, to agree").fill("Ann Patient")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Send to the clinic").click()
    page.get_by_text("Your doctor sees it beside your visit").wait_for()
    assert QuestionnaireResponse.objects.get().status == "COMPLETED"


def test_what_is_typed_outlives_a_lost_connection(visitor, ann, visit):
    form = make_form(visit.visit_type, questions=ASKED)
    page = visitor(width=PHONE)
    open_form(page, ann, form)
    more = page.get_by_label("How much?")
    assert not more.is_visible()
    page.get_by_role("radio", name="Yes").check()
    page.context.set_offline(True)
    more.fill("Ten a day")
    page.get_by_text("Not saved yet. We will try again.").wait_for()
    assert more.input_value() == "Ten a day"
    page.context.set_offline(False)
    page.get_by_role("button", name="Keep and finish later").click()
    page.get_by_text("on another device").first.wait_for()
    kept = QuestionnaireResponse.objects.get().answers
    assert kept == {SMOKE: ["Yes"], links(form)["How much?"]: ["Ten a day"]}
