"""A patient decides what they agree to, on a phone, with and without scripts."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.consents.models import Consent, Purpose
from accounts.consents.queries import current_text, holds
from accounts.consents.services import publish_text, save_draft
from tests.browser import PHONE
from tests.factories.accounts import ConsentTextFactory
from tests.journeys.signing_in import sign_in

pytestmark = pytest.mark.browser
PASSWORD = "four quiet herons wade"


@pytest.fixture
def texts(practice):
    return {
        purpose: ConsentTextFactory(purpose=purpose, title=f"May we? {purpose.label}")
        for purpose in Purpose
    }


def enter(page, user):
    user.set_password(PASSWORD)
    user.save()
    sign_in(page, user)


@pytest.mark.parametrize("scripts", [True, False])
def test_yes_is_asked_given_and_taken_back(visitor, ann, texts, scripts):
    page = visitor(width=PHONE, scripts=scripts)
    enter(page, ann)
    page.goto(reverse("portal:home"))
    question = texts[Purpose.RESEARCH].title
    page.get_by_role("link", name=question).click()
    page.wait_for_url("**/portal/account/consents/#research")
    card = page.get_by_role("region", name=question)
    card.get_by_text("Not answered").wait_for()
    card.get_by_role("button", name="Yes, I agree").click()
    card.get_by_text("You agree", exact=True).wait_for()
    assert holds(ann.patient, Purpose.RESEARCH)
    card.get_by_role("button", name="Take my yes back").click()
    card.get_by_text("You don't agree").wait_for()
    assert not holds(ann.patient, Purpose.RESEARCH)
    history = page.get_by_role("region", name="What you have said")
    assert history.get_by_role("listitem").count() == 2
    history.get_by_role("link").first.click()
    page.wait_for_url("**/consents/*/")
    assert page.get_by_role("heading", level=1).inner_text() == question
    # Nothing was said to anything else.
    assert {row.purpose for row in Consent.objects.all()} == {Purpose.RESEARCH}


def test_an_administrator_publishes_and_the_patient_is_asked_again(
    visitor, ann, admin, texts
):
    page = visitor(width=PHONE)
    enter(page, ann)
    page.goto(reverse("accounts:consents"))
    question = texts[Purpose.SHARING].title
    card = page.get_by_role("region", name=question)
    card.get_by_role("button", name="Yes, I agree").click()
    card.get_by_text("You agree", exact=True).wait_for()

    desk = visitor()
    enter(desk, admin)
    desk.goto(reverse("accounts:consent_texts"))
    desk.get_by_role("link", name=Purpose.SHARING.label).click()
    desk.get_by_label("Text", exact=True).fill("We also share with insurers.")
    desk.get_by_label("The meaning").check()
    desk.get_by_role("button", name="Publish").click()
    desk.get_by_text("Version 2 is what people see").wait_for()
    assert current_text(Purpose.SHARING).body == "We also share with insurers."

    page.goto(reverse("portal:home"))
    page.get_by_role("link", name=question).click()
    page.get_by_text("We changed this text").wait_for()
    page.get_by_text("We also share with insurers.").wait_for()
    assert not holds(ann.patient, Purpose.SHARING)


def test_a_text_that_changes_while_it_is_read_asks_again_beside_it(
    visitor, ann, admin, texts
):
    page = visitor(width=PHONE)
    enter(page, ann)
    page.goto(reverse("accounts:consents"))
    purpose, question = Purpose.RECORDING, texts[Purpose.RECORDING].title
    save_draft(
        actor=admin, purpose=purpose, title=question, body="Longer.", is_material=True
    )
    publish_text(actor=admin, purpose=purpose, at=timezone.now())
    card = page.get_by_role("region", name=question)
    card.get_by_role("button", name="Yes, I agree").click()
    card.get_by_role("alert").wait_for()
    assert "The text has changed while you read" in card.inner_text()
    assert "Longer." in card.inner_text()
    card.get_by_role("button", name="Yes, I agree").click()
    card.get_by_text("You agree", exact=True).wait_for()
