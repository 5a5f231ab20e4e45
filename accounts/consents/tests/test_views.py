"""Consents over HTTP: the patient's choices, the texts, and writing them."""

import re
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from accounts.consents.models import Consent, ConsentText
from accounts.consents.permissions import (
    can_view,
    can_view_text,
    visible_texts,
    visible_to,
)
from accounts.consents.queries import current_text, draft_of, holds
from accounts.consents.services import publish_text, save_draft
from accounts.users.models import Role
from accounts.users.services import assign_role
from tests.factories.accounts import ConsentFactory, ConsentTextFactory

AT = datetime(2026, 3, 16, 10, tzinfo=UTC)
OWN = reverse("accounts:consents")
ANSWER = reverse("accounts:consent_answer")
EDIT = reverse("accounts:consent_text_edit", args=["research"])
TYPED = {"title": "May we?", "body": "We do this.", "meaning": "again", "seen": ""}


@pytest.fixture
def text(db):
    return ConsentTextFactory(body="We count visits.")


def say(client, text, words):
    return client.post(ANSWER, {"text": text.public_id, "answer": words}, follow=True)


def test_a_patient_says_yes_and_takes_it_back_with_one_button(client, ann, text):
    client.force_login(ann)
    page = client.get(OWN)
    assert "We count visits." in page.text
    assert "Not answered" in page.text
    assert "You agree" in say(client, text, "yes").text
    assert holds(ann.patient, "RESEARCH")
    page = say(client, text, "no")
    assert "You took the yes back" in page.text
    assert not holds(ann.patient, "RESEARCH")
    assert Consent.objects.get(decision="GIVEN").address == "127.0.0.1"


def test_nothing_is_ticked_or_chosen_beforehand(client, ann, text):
    client.force_login(ann)
    assert "checked" not in client.get(OWN).text
    client.get(OWN)
    assert not Consent.objects.exists()


def test_looking_at_the_address_of_an_answer_gives_none(client, ann, text):
    client.force_login(ann)
    query = {"text": text.public_id, "answer": "yes"}
    assert client.get(ANSWER, query).status_code == 405
    assert not Consent.objects.exists()


@pytest.mark.parametrize("words", ["", "maybe"])
def test_what_is_no_answer_is_none(client, ann, text, words):
    client.force_login(ann)
    page = say(client, text, words)
    assert page.status_code == 422
    assert "Choose one of the answers below" in page.text
    assert not Consent.objects.exists()


def test_a_text_that_changed_while_it_was_read_is_asked_anew(client, ann, admin, text):
    client.force_login(ann)
    save_draft(
        actor=admin, purpose="RESEARCH", title="May we?", body="More.", is_material=True
    )
    publish_text(actor=admin, purpose="RESEARCH", at=AT)
    page = say(client, text, "yes")
    assert page.status_code == 422
    assert "The text has changed while you read" in page.text
    assert "More." in page.text
    assert not Consent.objects.exists()


def test_home_asks_until_there_is_an_answer(client, ann, text):
    client.force_login(ann)
    home = reverse("portal:home")
    assert text.title in client.get(home).text
    say(client, text, "no")
    assert text.title not in client.get(home).text


def test_anothers_consents_are_shown_to_nobody(client, ann, zoe, text):
    ConsentFactory(patient=zoe.patient, text=text)
    client.force_login(ann)
    page = client.get(OWN)
    assert "Nothing has been said yet" in page.text
    assert "Not answered" in page.text


def test_list_and_single_answer_agree(
    ann, zoe, dr_lee, dr_roy, nurse, desk, biller, medical_admin, admin, editor, text
):
    said = [ConsentFactory(patient=one.patient, text=text) for one in (ann, zoe)]
    people = (ann, zoe, dr_lee, dr_roy, nurse, desk, biller, medical_admin, admin)
    seen = {}
    for user in (*people, editor):
        shown = set(visible_to(user))
        assert shown == {one for one in said if can_view(user, one)}, user
        seen[user] = [one.patient.first_name for one in said if one in shown]
    assert {user.first_name: names for user, names in seen.items() if names} == {
        "Ann": ["Ann"],
        "Zoe": ["Zoe"],
        "Lee": ["Ann"],
        "Mada": ["Ann", "Zoe"],
    }


def test_a_draft_is_its_writers(ann, admin, editor, text):
    draft = ConsentTextFactory(purpose="SHARING", published_at=None)
    for user in (ann, admin, editor):
        shown = set(visible_texts(user))
        assert (draft in shown) is can_view_text(user, draft) is (user == admin)
        assert (text in shown) is can_view_text(user, text) is True


def test_who_treats_a_patient_sees_what_they_agree_to(
    client, ann, zoe, dr_lee, dr_roy, desk, text
):
    ConsentFactory(patient=ann.patient, text=text)
    page = reverse("accounts:patient_consents", args=[ann.patient.public_id])
    client.force_login(dr_lee)
    assert "Agrees" in client.get(page).text
    for user in (dr_roy, desk):
        client.force_login(user)
        assert client.get(page).status_code == 404
    client.force_login(zoe)
    assert client.get(page).status_code == 403


def test_everybody_reads_a_published_version_and_nobody_a_draft(client, admin, text):
    draft = ConsentTextFactory(purpose="SHARING", published_at=None)
    page = client.get(reverse("accounts:consent_text", args=[text.public_id]))
    assert "We count visits." in page.text
    assert text.sha256 in page.text
    address = reverse("accounts:consent_text", args=[draft.public_id])
    assert client.get(address).status_code == 404


def test_an_administrator_writes_a_draft_and_publishes_it(client, admin):
    client.force_login(admin)
    assert client.post(EDIT, {**TYPED, "do": "save"}).url == EDIT
    assert draft_of("RESEARCH").body == "We do this."
    assert current_text("RESEARCH") is None
    seen = re.search(r'name="seen" value="(\w+)"', client.get(EDIT).text)[1]
    assert client.post(EDIT, {**TYPED, "seen": seen, "do": "publish"}).url == EDIT
    assert current_text("RESEARCH").body == "We do this."
    listed = client.get(reverse("accounts:consent_texts"))
    assert "May we?" in listed.text


def test_two_writers_lose_nothing(client, admin):
    client.force_login(admin)
    client.post(EDIT, {**TYPED, "body": "The other's words.", "do": "save"})
    answer = client.post(EDIT, {**TYPED, "do": "publish"})
    assert answer.status_code == 422
    assert "Somebody has changed this draft" in answer.text
    # Both versions are on the page, and the next try is made knowingly.
    assert "The other&#x27;s words." in answer.text
    assert "We do this." in answer.text
    seen = re.search(r'name="seen" value="(\w+)"', answer.text)[1]
    client.post(EDIT, {**TYPED, "seen": seen, "do": "publish"})
    assert current_text("RESEARCH").body == "We do this."


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("title", "Enter a title"),
        ("body", "Enter the text that people agree to"),
        ("meaning", "Choose what changes"),
    ],
)
def test_what_is_missing_is_said_beside_its_box(client, admin, field, words):
    client.force_login(admin)
    answer = client.post(EDIT, {**TYPED, field: "  ", "do": "publish"})
    assert answer.status_code == 422
    assert words in answer.text
    assert not ConsentText.objects.exists()


@pytest.mark.parametrize("who", ["ann", "dr_lee", "desk", "medical_admin", "editor"])
def test_writing_is_for_administrators(client, who, request):
    client.force_login(request.getfixturevalue(who))
    assert client.post(EDIT, {**TYPED, "do": "publish"}).status_code == 403
    assert client.get(reverse("accounts:consent_texts")).status_code == 403
    assert not ConsentText.objects.exists()


def test_what_is_no_purpose_is_not_there(client, admin):
    client.force_login(admin)
    for word in ("tea", "RESEARCH"):
        address = reverse("accounts:consent_text_edit", args=[word])
        assert client.get(address).status_code == 404


def test_who_works_here_and_is_a_patient_has_choices_of_their_own(client, dr_lee):
    client.force_login(dr_lee)
    assert client.get(OWN).status_code == 403
    assign_role(actor=None, user=dr_lee, role=Role.PATIENT)
    # Another role ends the session.
    client.force_login(dr_lee)
    assert client.get(OWN).url == reverse("accounts:profile")
