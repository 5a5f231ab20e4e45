"""Corrections: asked for, answered, and kept beside what they are about."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.proxies.services import end
from audit.models import Entry
from notifications.models import Delivery
from records.amendments.models import Amendment, Part
from records.amendments.permissions import can_answer, can_view, visible_to
from records.amendments.queries import Subject, amended, subjects_of
from records.amendments.services import (
    WAITING_AT_MOST,
    AnsweredAlready,
    NoReason,
    NothingToSay,
    NotYourRecord,
    NotYours,
    TooManyWaiting,
    answer_amendment,
    ask_amendment,
    disagree,
)
from records.amendments.tasks import send_answered, send_asked
from records.models import Document
from records.timeline.queries import timeline
from tests.factories.accounts import CareRelationFactory
from tests.factories.proxies import ProxyFactory
from tests.factories.records import (
    AmendmentFactory,
    DocumentFactory,
    PrescriptionFactory,
)
from tests.jobs import run_jobs
from tests.saying import said

AT = datetime(2026, 3, 16, 10, tzinfo=UTC)
OTHER = Subject("other", Part.OTHER, "Something else")
ASK = reverse("records:amendment_ask")
OWN = reverse("records:own_amendments")
LIST = reverse("records:amendments")
TYPED = {"subject": "other", "wrong": "I smoke", "right": "I have never smoked"}
YES = {"outcome": "ACCEPTED", "reason": "We have corrected it."}
NO = {"outcome": "DENIED", "reason": "The letter says so too."}


@pytest.fixture
def asked(ann):
    return AmendmentFactory(patient=ann.patient)


def ask(user, **changes):
    patient = changes.pop("patient", None) or user.patient
    given = {"patient": patient, "subject": OTHER, "wrong": "A", "right": "B"}
    return ask_amendment(actor=user, at=AT, **{**given, **changes})


def answer(user, row, **changes):
    given = {"is_accepted": False, "reason": "It is right."}
    return answer_amendment(actor=user, amendment=row, at=AT, **{**given, **changes})


def page_of(row, name="records:amendment"):
    return reverse(name, args=[row.public_id])


def test_asking_changes_nothing_of_what_is_written(ann):
    paper = DocumentFactory(patient=ann.patient, title="Letter")
    before = Document.objects.filter(pk=paper.pk).values().get()
    subject = next(
        one for one in subjects_of(ann, ann.patient) if one.part == Part.DOCUMENT
    )
    row = ask(ann, subject=subject)
    assert (row.document, row.part, row.status) == (paper, "DOCUMENT", "ASKED")
    assert row.due_at == AT + timedelta(days=30)
    assert Document.objects.filter(pk=paper.pk).values().get() == before
    entry = Entry.objects.get(verb="amendment.asked")
    assert (entry.patient_id, entry.category) == (ann.patient.pk, "AMENDMENTS")
    assert entry.detail == {"part": "DOCUMENT"}


def test_only_ones_own_record_can_be_asked_about(ann, zoe, dr_lee):
    for user in (zoe, dr_lee):
        with pytest.raises(NotYourRecord):
            ask(user, patient=ann.patient)
    assert not Amendment.objects.exists()


def test_nothing_of_anothers_record_can_be_chosen(ann, zoe):
    mine = PrescriptionFactory(patient=ann.patient, signed=True)
    DocumentFactory(patient=zoe.patient)
    hidden = DocumentFactory(patient=ann.patient, is_shared_with_patient=False)
    things = [one.thing for one in subjects_of(ann, ann.patient) if one.thing]
    assert things == [mine]
    assert hidden not in things


def test_requests_do_not_pile_up_without_end(ann):
    for _ in range(WAITING_AT_MOST):
        row = ask(ann)
    with pytest.raises(TooManyWaiting):
        ask(ann)
    Amendment.objects.filter(pk=row.pk).update(
        status="DENIED", decided_by=AmendmentFactory().asked_by, decided_at=AT
    )
    ask(ann)


@pytest.mark.parametrize("is_accepted", [True, False])
def test_the_answer_is_added_with_its_reason(ann, dr_lee, asked, is_accepted):
    row = answer(dr_lee, asked, is_accepted=is_accepted)
    assert row.status == ("ACCEPTED" if is_accepted else "DENIED")
    row.refresh_from_db()
    assert (row.reason, row.decided_by, row.decided_at) == ("It is right.", dr_lee, AT)
    assert (row.wrong, row.right) == ("It says that I smoke", "I have never smoked")
    entry = Entry.objects.get(verb=f"amendment.{row.status.lower()}")
    assert (entry.actor, entry.patient_id) == (dr_lee, ann.patient.pk)
    # Codes alone: the reason may be about health.
    assert entry.detail == {"part": row.part}


def test_an_answer_is_given_once(dr_lee, medical_admin, asked):
    answer(dr_lee, asked)
    with pytest.raises(AnsweredAlready):
        answer(medical_admin, asked, is_accepted=True)
    asked.refresh_from_db()
    assert (asked.status, asked.decided_by) == ("DENIED", dr_lee)


def test_an_answer_has_a_reason(dr_lee, asked):
    with pytest.raises(NoReason):
        answer(dr_lee, asked, reason="  ")
    asked.refresh_from_db()
    assert asked.status == "ASKED"


def test_list_and_single_answer_agree(
    ann, zoe, dr_lee, dr_roy, nurse, desk, biller, medical_admin, admin, editor
):
    CareRelationFactory(patient=ann.patient, user=nurse)
    rows = [AmendmentFactory(patient=one.patient) for one in (ann, zoe)]
    everybody = [ann, zoe, dr_lee, dr_roy, nurse, desk, biller, medical_admin, admin]
    seen, answers = {}, {}
    for user in [*everybody, editor]:
        shown = set(visible_to(user))
        assert shown == {row for row in rows if can_view(user, row)}, user
        seen[user.first_name] = [r.patient.first_name for r in rows if r in shown]
        may = [r.patient.first_name for r in rows if can_answer(user, r)]
        answers[user.first_name] = may
    assert {name: rows for name, rows in seen.items() if rows} == {
        "Ann": ["Ann"], "Zoe": ["Zoe"], "Lee": ["Ann"], "Nia": ["Ann"],
        "Mada": ["Ann", "Zoe"],
    }  # fmt: skip
    assert {name: rows for name, rows in answers.items() if rows} == {
        "Lee": ["Ann"],
        "Mada": ["Ann", "Zoe"],
    }


@pytest.mark.parametrize("who", ["ann", "dr_roy", "nurse", "desk", "admin"])
def test_others_do_not_answer(who, asked, request):
    with pytest.raises(NotYours):
        answer(request.getfixturevalue(who), asked)
    asked.refresh_from_db()
    assert asked.status == "ASKED"


def test_nobody_answers_for_their_own_record(ann, medical_admin):
    row = AmendmentFactory(patient=ann.patient, asked_by=medical_admin)
    with pytest.raises(NotYours):
        answer(medical_admin, row)
    with pytest.raises(IntegrityError), transaction.atomic():
        Amendment.objects.filter(pk=row.pk).update(
            status="ACCEPTED", decided_by=medical_admin, decided_at=AT
        )


def execute(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE records_amendment SET asked_at = now()",
        "UPDATE records_amendment SET part = 'IDENTITY'",
        "UPDATE records_amendment SET status = 'ACCEPTED'",
        "UPDATE records_amendment SET decided_at = now()",
    ],
)
def test_request_and_answer_stay_even_in_raw_sql(dr_lee, asked, sql):
    answer(dr_lee, asked)
    with pytest.raises(ProgrammingError), transaction.atomic():
        execute(sql)
    asked.refresh_from_db()
    assert (asked.status, asked.part, asked.decided_at) == ("DENIED", "OTHER", AT)


def test_the_words_are_sealed(asked):
    with connection.cursor() as cursor:
        cursor.execute("SELECT wrong || right_ FROM (SELECT wrong, \"right\" AS right_"
                       " FROM records_amendment) AS rows")  # fmt: skip
        assert "smoke" not in cursor.fetchone()[0]


def test_a_denial_can_be_answered_once(ann, zoe, dr_lee, asked):
    with pytest.raises(NothingToSay):
        disagree(actor=ann, amendment=asked, words="No", at=AT)
    answer(dr_lee, asked)
    with pytest.raises(NotYourRecord):
        disagree(actor=zoe, amendment=asked, words="No", at=AT)
    row = disagree(actor=ann, amendment=asked, words="I do not agree", at=AT)
    assert (row.disagreement, row.status) == ("I do not agree", "DENIED")
    with pytest.raises(NothingToSay):
        disagree(actor=ann, amendment=asked, words="Again", at=AT)


def test_it_stands_in_the_story_and_beside_what_it_is_about(client, ann, dr_lee):
    rx = PrescriptionFactory(patient=ann.patient, doctor=dr_lee.doctor, signed=True)
    row = AmendmentFactory(patient=ann.patient, part=Part.PRESCRIPTION, prescription=rx)
    assert amended(dr_lee, ann.patient).prescriptions == {rx.pk: row}
    for user in (ann, dr_lee):
        titles = [entry.title for entry in timeline(user, ann.patient)]
        assert "Correction asked for: a prescription" in titles
        client.force_login(user)
        page = client.get(reverse("records:prescription", args=[rx.public_id]))
        assert "asked for a correction of this" in page.text


def test_documents_say_that_a_correction_was_asked(client, ann, dr_lee):
    paper = DocumentFactory(patient=ann.patient)
    AmendmentFactory(patient=ann.patient, part=Part.DOCUMENT, document=paper)
    client.force_login(ann)
    page = client.get(reverse("records:documents"))
    assert "Correction asked for: waits for an answer" in page.text
    client.force_login(dr_lee)
    own = reverse("records:patient_documents", args=[ann.patient.public_id])
    assert "Correction asked for: waits for an answer" in client.get(own).text


def test_who_must_answer_and_who_asked_are_told_without_what(ann, medical_admin):
    row = ask(ann, wrong="It says that I smoke")
    run_jobs()
    send_asked(amendment_id=row.pk)
    mail = Delivery.objects.get(user=medical_admin, channel="EMAIL")
    answer(medical_admin, row, is_accepted=True, reason="Smoking is taken out")
    run_jobs()
    send_answered(amendment_id=row.pk)
    told = Delivery.objects.get(patient=ann.patient, channel="EMAIL")
    for one in (mail, told):
        said = f"{one.subject} {one.body_text} {one.body_html}".lower()
        assert "smok" not in said
        assert "ann patient" not in one.subject.lower()
    assert "15 April 2026" in mail.body_text


# --- Over HTTP ------------------------------------------------------------------------


def test_a_patient_asks_and_reads_the_answer(client, ann, dr_lee):
    client.force_login(ann)
    assert "You have asked for none" in client.get(OWN).text
    made = client.post(ASK, TYPED)
    row = Amendment.objects.get()
    own = page_of(row, "records:own_amendment")
    assert made.url == own
    assert "Answer by" in client.get(own).text
    client.force_login(dr_lee)
    assert str(row.public_id) in client.get(LIST).text
    assert client.post(page_of(row), NO).url == page_of(row)
    assert str(row.public_id) not in client.get(LIST).text
    assert str(row.public_id) in client.get(f"{LIST}?show=all").text
    client.force_login(ann)
    page = client.get(own)
    assert "The letter says so too." in page.text
    assert client.post(own, {"words": "The letter is wrong too"}).url == own
    assert "The letter is wrong too" in client.get(own).text


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("subject", "Choose what is not right"),
        ("wrong", "Say what is not right"),
        ("right", "Say what it should say instead"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_lost(client, ann, field, words):
    client.force_login(ann)
    page = client.post(ASK, {**TYPED, field: ""})
    assert page.status_code == 422
    assert words in page.text
    assert TYPED["right" if field != "right" else "wrong"] in page.text
    assert not Amendment.objects.exists()


def test_a_strangers_document_can_not_be_smuggled_in(client, ann, zoe):
    paper = DocumentFactory(patient=zoe.patient, title="Zoe's letter")
    client.force_login(ann)
    page = client.post(ASK, {**TYPED, "subject": f"document:{paper.public_id}"})
    assert page.status_code == 422
    assert "Zoe" not in said(page.text)
    assert not Amendment.objects.exists()


@pytest.mark.parametrize("data", [{**NO, "reason": ""}, {**NO, "outcome": ""}])
def test_an_answer_that_is_not_whole_is_asked_for(client, dr_lee, asked, data):
    client.force_login(dr_lee)
    page = client.post(page_of(asked), data)
    assert page.status_code == 422
    asked.refresh_from_db()
    assert asked.status == "ASKED"


def test_two_who_answer_at_once_lose_nothing(client, dr_lee, medical_admin, asked):
    client.force_login(medical_admin)
    client.get(page_of(asked))
    answer(dr_lee, asked)
    page = client.post(page_of(asked), YES)
    assert page.status_code == 422
    assert "Somebody has answered this request meanwhile" in page.text
    assert "It is right." in page.text


def test_what_is_another_ones_is_not_there(client, ann, zoe, dr_roy, desk, asked):
    for user, name, code in [
        (zoe, "records:own_amendment", 404),
        (zoe, "records:amendment", 403),
        (dr_roy, "records:amendment", 404),
        (dr_roy, "records:own_amendment", 403),
        (desk, "records:amendment", 404),
    ]:
        client.force_login(user)
        assert client.get(page_of(asked, name)).status_code == code, (user, name)
        assert client.post(page_of(asked, name), NO).status_code == code
    asked.refresh_from_db()
    assert asked.status == "ASKED"


# --- Acting for somebody --------------------------------------------------------------


def choose(client, gus, ann, *scopes):
    proxy = ProxyFactory(user=gus, patient=ann.patient, scopes=list(scopes))
    client.force_login(gus)
    client.post(reverse("accounts:viewing"), {"proxy": proxy.public_id})
    return proxy


def test_who_acts_for_a_patient_asks_reads_and_disagrees(client, ann, gus, dr_lee):
    proxy = choose(client, gus, ann, "records")
    assert "the record of Ann is not right" in client.get(OWN).text
    made = client.post(ASK, {**TYPED, "viewing": str(proxy.public_id)})
    row = Amendment.objects.get()
    assert (row.patient, row.asked_by) == (ann.patient, gus)
    entry = Entry.objects.get(verb="amendment.asked")
    assert (entry.actor, entry.on_behalf_of_id) == (gus, ann.patient.pk)
    answer(dr_lee, row)
    page = client.get(made.url)
    assert "You are acting for <strong>Ann Patient" in page.text
    client.post(made.url, {"words": "The letter is wrong too"})
    row.refresh_from_db()
    assert row.disagreement == "The letter is wrong too"
    # The patient reads what was asked for her.
    client.force_login(ann)
    assert "I smoke" in client.get(made.url).text


@pytest.mark.parametrize("scope", ["book", "messages", "money", "copies"])
def test_without_the_record_nobody_asks_or_reads(client, ann, gus, scope):
    row = AmendmentFactory(patient=ann.patient)
    proxy = choose(client, gus, ann, scope)
    assert client.get(OWN).status_code == 404
    sent = client.post(ASK, {**TYPED, "viewing": str(proxy.public_id)})
    assert sent.status_code == 404
    assert client.get(page_of(row, "records:own_amendment")).status_code == 404
    with pytest.raises(NotYourRecord):
        ask(gus, patient=ann.patient)
    assert Amendment.objects.get() == row


def test_after_the_end_it_is_not_there(client, ann, gus):
    row = AmendmentFactory(patient=ann.patient, asked_by=gus)
    proxy = choose(client, gus, ann, "records")
    own = page_of(row, "records:own_amendment")
    assert client.get(own).status_code == 200
    end(actor=ann, proxy=proxy, at=timezone.now())
    assert client.get(own).status_code == 404


def test_a_form_that_was_opened_for_another_asks_for_nobody(client, ann, gus):
    choose(client, gus, ann, "records")
    page = client.post(ASK, {**TYPED, "viewing": "me"})
    assert page.status_code == 422
    assert "another person to act for" in page.text
    assert TYPED["wrong"] in page.text
    assert not Amendment.objects.exists()


def test_a_doctor_answers_nothing_about_whom_they_act_for(ann, dr_lee, asked):
    assert dr_lee.has_perm("records.answer_amendment", asked)
    ProxyFactory(user=dr_lee, patient=ann.patient, scopes=["records"])
    assert not dr_lee.has_perm("records.answer_amendment", asked)
