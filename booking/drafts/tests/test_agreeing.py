"""What is agreed to when booking: to which words, and never by a box ticked before."""

from datetime import UTC, datetime

import pytest

from accounts.consents.models import Consent
from accounts.consents.queries import holds
from accounts.consents.services import publish_text, save_draft
from accounts.models import Patient
from booking.appointments.models import Appointment, Status
from booking.drafts.tests.walking import (
    agree,
    choose_reason,
    choose_time,
    give_details,
    url,
)
from booking.models import Draft
from tests.factories.accounts import ConsentFactory, ConsentTextFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def terms(db):
    return ConsentTextFactory(purpose="CARE", title="I agree to the terms")


@pytest.fixture
def news(db):
    return ConsentTextFactory(purpose="MARKETING", title="Send me the newsletter")


@pytest.fixture
def held(client, practice, calloway):
    """A draft that has come to the last step."""
    draft = choose_reason(client, offering := practice.offer(calloway, "at_clinic"))
    choose_time(client, draft, offering)
    give_details(client, draft)
    return Draft.objects.get(pk=draft.pk)


def said(patient):
    rows = Consent.objects.filter(patient=patient).order_by("pk")
    return [(row.purpose, row.decision, row.via) for row in rows]


def test_the_tick_is_kept_with_the_version_that_was_shown(client, held, terms):
    agree(client, held)
    visit = Appointment.objects.get()
    assert visit.status == Status.CONFIRMED
    consent = Consent.objects.get()
    assert (consent.patient, consent.text, consent.via) == (
        visit.patient,
        terms,
        "BOOKING",
    )
    assert (consent.sha256, consent.address) == (terms.sha256, "127.0.0.1")


def test_news_comes_only_to_who_ticks_it_and_no_box_is_ticked(
    client, held, terms, news
):
    page = client.get(url("check", held))
    assert "Send me the newsletter" in page.text
    assert "checked" not in page.text.partition('id="check-form"')[2]
    agree(client, held)
    patient = Patient.objects.latest("pk")
    assert said(patient) == [("CARE", "GIVEN", "BOOKING")]
    assert not holds(patient, "MARKETING")


def test_a_ticked_box_is_a_yes(client, held, terms, news):
    agree(client, held, news="on")
    patient = Patient.objects.latest("pk")
    assert said(patient) == [
        ("CARE", "GIVEN", "BOOKING"),
        ("MARKETING", "GIVEN", "BOOKING"),
    ]


def test_without_a_text_the_booking_asks_for_the_tick_alone(client, held):
    agree(client, held, news="on")
    assert Appointment.objects.get().status == Status.CONFIRMED
    assert not Consent.objects.exists()


def test_words_that_changed_meanwhile_are_read_before_the_tick_counts(
    client, held, terms, news, admin
):
    page = client.get(url("check", held))
    key = page.context["form"]["key"].value()
    shown = {"terms_text": terms.public_id, "news_text": news.public_id, "key": key}
    for purpose in ("CARE", "MARKETING"):
        save_draft(
            actor=admin, purpose=purpose, title="Other", body="Other words.",
            is_material=True,
        )  # fmt: skip
        publish_text(actor=admin, purpose=purpose, at=AT)
    ticks = {**shown, "agree": "on", "news": "on"}
    answer = client.post(url("check", held), ticks)
    assert answer.status_code == 422
    assert "These words have changed meanwhile" in answer.text
    assert "Other words." in answer.text
    # Neither box is still ticked.
    assert "checked" not in answer.text.partition('id="check-form"')[2]
    assert Appointment.objects.get().status == Status.HELD
    assert not Consent.objects.exists()
    agree(client, held)
    assert Appointment.objects.get().status == Status.CONFIRMED


def test_who_has_answered_about_news_is_not_asked_again(
    client, ann, practice, calloway, terms, news
):
    ConsentFactory(patient=ann.patient, text=news, decision="REFUSED")
    client.force_login(ann)
    draft = choose_reason(client, offering := practice.offer(calloway, "at_clinic"))
    choose_time(client, draft, offering)
    page = client.get(url("check", draft))
    assert "Send me the newsletter" not in page.text
    agree(client, draft, news="on")
    assert said(ann.patient) == [
        ("MARKETING", "REFUSED", "PORTAL"),
        ("CARE", "GIVEN", "BOOKING"),
    ]
