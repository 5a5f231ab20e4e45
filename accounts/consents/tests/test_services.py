"""What people agree to: versions that never change, answers that are only added."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from accounts.consents.models import Consent, ConsentText, Purpose, fingerprint
from accounts.consents.queries import (
    agreeing,
    choices_of,
    current_text,
    draft_of,
    history_of,
    holds,
    in_research,
    may_record,
    may_share,
    open_questions,
)
from accounts.consents.services import (
    DraftChanged,
    NotAllowed,
    NothingToPublish,
    SameWords,
    TextChanged,
    answer,
    print_of,
    publish_text,
    save_draft,
    withdraw,
)
from accounts.patients.services import merge_patients
from audit.models import Entry
from foundation.scene import Scene, acting
from tests.factories.accounts import (
    ConsentFactory,
    ConsentTextFactory,
    PatientFactory,
)

AT = datetime(2026, 3, 16, 10, tzinfo=UTC)
WORDS = {"title": "May we?", "body": "We do this.", "is_material": True}


@pytest.fixture
def text(db):
    return ConsentTextFactory()


@pytest.fixture
def say(ann, text):
    """say(True): Ann's yes to the text; say(False): her no."""

    def say(is_given, **changes):
        given = {"actor": ann, "patient": ann.patient, "text": text, "via": "PORTAL"}
        return answer(is_given=is_given, at=AT, **{**given, **changes})

    return say


def execute(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


def publish(admin, purpose=Purpose.RESEARCH, **words):
    save_draft(actor=admin, purpose=purpose, **{**WORDS, **words})
    return publish_text(actor=admin, purpose=purpose, at=AT)


def test_a_version_is_written_published_and_followed_by_the_next(admin):
    first = publish(admin)
    assert (first.version, current_text("RESEARCH"), draft_of("RESEARCH")) == (
        1,
        first,
        None,
    )
    assert first.sha256 == fingerprint("RESEARCH", 1, "May we?", "We do this.")
    draft = save_draft(actor=admin, purpose="RESEARCH", **{**WORDS, "body": "New."})
    assert current_text("RESEARCH") == first
    assert publish_text(actor=admin, purpose="RESEARCH", at=AT) == draft
    assert current_text("RESEARCH").body == "New."
    verbs = Entry.objects.filter(verb="consent_text.published").order_by("pk")
    assert [entry.detail["version"] for entry in verbs] == [1, 2]


@pytest.mark.parametrize(
    "who", ["ann", "dr_lee", "desk", "medical_admin", "editor", "biller"]
)
def test_only_administrators_write_what_people_agree_to(who, admin, request):
    user = request.getfixturevalue(who)
    with pytest.raises(NotAllowed):
        save_draft(actor=user, purpose="RESEARCH", **WORDS)
    save_draft(actor=admin, purpose="RESEARCH", **WORDS)
    with pytest.raises(NotAllowed):
        publish_text(actor=user, purpose="RESEARCH", at=AT)
    assert current_text("RESEARCH") is None


def test_there_must_be_something_new_to_publish(admin):
    with pytest.raises(NothingToPublish):
        publish_text(actor=admin, purpose="RESEARCH", at=AT)
    publish(admin)
    save_draft(actor=admin, purpose="RESEARCH", **WORDS)
    with pytest.raises(SameWords):
        publish_text(actor=admin, purpose="RESEARCH", at=AT)


def test_nobody_overwrites_a_draft_that_they_have_not_read(admin):
    mine = save_draft(actor=admin, purpose="RESEARCH", seen="", **WORDS)
    with pytest.raises(DraftChanged):
        save_draft(actor=admin, purpose="RESEARCH", seen="", **WORDS)
    seen = print_of(mine)
    save_draft(actor=admin, purpose="RESEARCH", seen=seen, **{**WORDS, "body": "B"})
    with pytest.raises(DraftChanged):
        publish_text(actor=admin, purpose="RESEARCH", seen=seen, at=AT)


@pytest.mark.parametrize("change", ["update", "delete"])
def test_a_published_version_stays_even_in_raw_sql(text, change):
    sql = {
        "update": "UPDATE accounts_consenttext SET body = 'other'",
        "delete": "DELETE FROM accounts_consenttext",
    }[change]
    with pytest.raises(ProgrammingError), transaction.atomic():
        execute(sql)
    text.refresh_from_db()
    assert text.body.startswith("What we do")
    # A draft may still change.
    ConsentTextFactory(version=2, published_at=None)
    assert ConsentText.objects.filter(published_at=None).update(body="Other") == 1


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE accounts_consent SET decision = 'GIVEN'",
        "UPDATE accounts_consent SET at = now()",
        "UPDATE accounts_consent SET address = '198.51.100.1'",
        "DELETE FROM accounts_consent",
    ],
)
def test_what_was_said_stays_even_in_raw_sql(say, sql):
    with acting(Scene(address="203.0.113.9")):
        said = say(False)
    with pytest.raises(ProgrammingError), transaction.atomic():
        execute(sql)
    said.refresh_from_db()
    assert (said.decision, said.at, said.address) == ("REFUSED", AT, "203.0.113.9")


def test_a_draft_can_not_be_agreed_to(ann):
    draft = ConsentTextFactory(published_at=None)
    with pytest.raises(TextChanged):
        answer(
            actor=ann, patient=ann.patient, text=draft, is_given=True,
            via="PORTAL", at=AT,
        )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        ConsentFactory(patient=ann.patient, text=draft)


def test_a_yes_is_kept_with_its_proof(say, ann, text):
    with acting(Scene(address="203.0.113.9", actor=lambda: ann)):
        said = say(True)
    assert (said.sha256, said.via, said.actor, said.address, said.at) == (
        text.sha256,
        "PORTAL",
        ann,
        "203.0.113.9",
        AT,
    )
    entry = Entry.objects.get(verb="consent.given")
    assert (entry.patient_id, entry.category) == (ann.patient.pk, "CONSENTS")
    assert entry.detail["sha256"] == text.sha256


def test_the_last_word_counts_and_every_word_is_kept(say, ann, zoe):
    assert not holds(ann.patient, "RESEARCH")
    said = [say(yes).decision for yes in (False, True, False, True)]
    assert said == ["REFUSED", "GIVEN", "WITHDRAWN", "GIVEN"]
    assert holds(ann.patient, "RESEARCH")
    assert not holds(zoe.patient, "RESEARCH")
    assert [row.decision for row in history_of(ann.patient)] == said[::-1]


@pytest.mark.parametrize("is_given", [True, False])
def test_saying_it_twice_is_saying_it_once(say, is_given):
    assert say(is_given) == say(is_given)
    assert Consent.objects.count() == 1


def test_taking_back_what_was_never_given_writes_nothing(ann, text):
    for _ in range(2):
        withdraw(actor=ann, patient=ann.patient, purpose="RESEARCH", via="LINK", at=AT)
    assert not Consent.objects.exists()


def test_a_new_meaning_asks_again_and_the_old_yes_counts_no_more(say, ann, admin):
    say(True)
    text = publish(admin, body="We do more.", is_material=True)
    assert not holds(ann.patient, "RESEARCH")
    assert agreeing("RESEARCH", [ann.patient]) == set()
    (choice,) = choices_of(ann.patient)
    assert (choice.is_stale, choice.is_given, choice.text) == (True, False, text)
    say(True, text=text)
    assert holds(ann.patient, "RESEARCH")


def test_other_words_for_the_same_ask_nobody_again(say, ann, admin):
    say(True)
    publish(admin, body="We do just this.", is_material=False)
    assert holds(ann.patient, "RESEARCH")
    # Nor do they bring back a yes to an earlier meaning.
    publish(admin, body="We do more.", is_material=True)
    publish(admin, body="We do more of it.", is_material=False)
    assert not holds(ann.patient, "RESEARCH")


def test_a_yes_to_words_that_are_no_longer_shown_is_asked_anew(say, ann, text, admin):
    publish(admin, body="We do more.")
    with pytest.raises(TextChanged):
        say(True)
    assert not Consent.objects.exists()
    # A no always counts.
    assert say(False).decision == "REFUSED"


def test_each_purpose_is_a_choice_of_its_own(ann):
    for purpose in ("SHARING", "RECORDING"):
        ConsentTextFactory(purpose=purpose)
    assert (may_share(ann.patient), may_record(ann.patient)) == (False, False)
    text = ConsentText.objects.get(purpose="SHARING")
    ConsentFactory(patient=ann.patient, text=text)
    assert (may_share(ann.patient), may_record(ann.patient)) == (True, False)
    assert not in_research().exists()


def test_research_counts_each_who_agrees_once(say, ann, zoe, text):
    ConsentFactory(patient=zoe.patient, text=text)
    for yes in (True, False, True):
        say(yes)
    rows = in_research().values_list("patient_id", flat=True)
    assert sorted(rows) == sorted([ann.patient.pk, zoe.patient.pk])
    say(False)
    assert list(in_research().values_list("patient_id", flat=True)) == [zoe.patient.pk]


def test_two_records_of_one_person_have_one_word(say, ann, text):
    double = PatientFactory()
    say(True)
    # Later, and elsewhere, they said no.
    ConsentFactory(patient=double, text=text, decision="REFUSED")
    merge_patients(actor=ann, kept=ann.patient, merged=double)
    assert not holds(ann.patient, "RESEARCH")
    assert Consent.objects.filter(patient=ann.patient).count() == 2


def test_home_asks_for_what_has_no_answer_and_for_what_has_changed(ann, admin):
    for purpose in Purpose:
        ConsentTextFactory(purpose=purpose)
    asked = [choice.purpose for choice in open_questions(ann.patient)]
    assert asked == ["MARKETING", "RESEARCH"]
    for text in ConsentText.objects.exclude(purpose="CARE"):
        ConsentFactory(patient=ann.patient, text=text)
    assert open_questions(ann.patient) == []
    publish(admin, Purpose.RECORDING, body="For longer.")
    assert [one.purpose for one in open_questions(ann.patient)] == ["RECORDING"]
