"""Answers are kept as they are typed, sent once, and stay."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from accounts.proxies.models import Scope
from accounts.proxies.services import end
from audit.models import Entry
from records.models import QuestionnaireResponse
from records.questionnaires import services as writing
from records.questionnaires.queries import items_of
from records.responses.permissions import can_view, visible_to
from records.responses.queries import State, forms_of_visit, read_again
from records.responses.services import (
    NotAsked,
    NotComplete,
    NotTheSame,
    NotYours,
    SentAlready,
    begin_response,
    confirm_response,
    save_answers,
    send_response,
)
from records.responses.tests.conftest import next_visit, reword
from tests.factories.forms import links, make_form
from tests.factories.proxies import ProxyFactory

AT = datetime(2026, 3, 16, 10, tzinfo=UTC)
WHOLE = {"Do you smoke?": ["Yes"], "I agree to the examination.": ["Ann Patient"]}


def begin(user, visit, form):
    return begin_response(actor=user, visit=visit, key=form.key, at=AT)


def save(user, row, form, answers):
    keyed = {links(form)[text]: typed for text, typed in answers.items()}
    return save_answers(actor=user, response=row, answers=keyed)


def fill(user, visit, form, *, at=None, **changes):
    """Begun, answered and sent."""
    row = begin(user, visit, form)
    save(user, row, form, {**WHOLE, **changes})
    return send_response(actor=user, response=row, at=at or timezone.now())


def said(row, form):
    row.refresh_from_db()
    texts = {link: text for text, link in links(form).items()}
    return {texts[link]: typed for link, typed in row.answers.items()}


def test_what_is_typed_is_kept_right_or_wrong_and_page_by_page(ann, visit, form):
    row = begin(ann, visit, form)
    save(ann, row, form, {"Your weight": ["heavy"]})
    save(ann, row, form, {"Do you smoke?": ["No"]})
    kept = {"Your weight": ["heavy"], "Do you smoke?": ["No"]}
    assert said(row, form) == kept
    # On another device, and pressed twice.
    assert begin(ann, visit, form) == row
    assert QuestionnaireResponse.objects.count() == 1


def test_answers_are_sealed_in_the_database(ann, visit, form):
    row = begin(ann, visit, form)
    save(ann, row, form, {"Anything else?": ["Secret illness"]})
    with connection.cursor() as cursor:
        cursor.execute("SELECT answers FROM records_questionnaireresponse")
        stored = cursor.fetchone()[0]
    assert "Secret" not in stored
    assert "illness" in said(row, form)["Anything else?"][0]


def test_nothing_is_sent_while_something_is_missing_or_wrong(ann, visit, form):
    row = begin(ann, visit, form)
    for answers in ({}, WHOLE | {"Your weight": ["9999"]}):
        save(ann, row, form, answers)
        with pytest.raises(NotComplete):
            send_response(actor=ann, response=row, at=AT)
    row.refresh_from_db()
    assert row.status == "IN_PROGRESS"
    assert said(row, form)["Your weight"] == ["9999"]


def test_sent_twice_it_is_sent_once_with_who_when_and_which_version(ann, visit, form):
    row = fill(ann, visit, form, at=AT)
    again = send_response(actor=ann, response=row, at=AT + timedelta(hours=1))
    assert again.pk == row.pk
    row.refresh_from_db()
    assert (row.completed_by, row.completed_at, row.questionnaire) == (ann, AT, form)
    signed = said(row, form)["I agree to the examination."]
    assert signed == ["Ann Patient", AT.isoformat()]
    assert Entry.objects.filter(verb="response.completed").count() == 1


def test_what_was_sent_stays_even_in_raw_sql(ann, zoe, visit, form):
    row = fill(ann, visit, form)
    with pytest.raises(SentAlready):
        save(ann, row, form, {"Do you smoke?": ["No"]})
    assert said(row, form)["Do you smoke?"] == ["Yes"]
    for change in ("status = 'IN_PROGRESS'", "completed_at = now()"):
        refused = pytest.raises(ProgrammingError, match="stays")
        with refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE records_questionnaireresponse SET {change}"  # noqa: S608
            )


def test_a_changed_answer_makes_a_new_response_beside_the_first(ann, visit, form):
    first = fill(ann, visit, form)
    row = begin(ann, visit, form)
    assert row.based_on == first
    # Everything is filled in but the consent, which is signed anew.
    assert said(row, form) == {"Do you smoke?": ["Yes"]}
    save(ann, row, form, WHOLE | {"Do you smoke?": ["No"]})
    send_response(actor=ann, response=row, at=timezone.now())
    assert said(first, form)["Do you smoke?"] == ["Yes"]
    row.refresh_from_db()
    lines = read_again(ann, row).changed
    assert [(line.item.text, line.before) for line in lines] == [
        ("Do you smoke?", "Yes")
    ]


def test_answers_to_questions_that_are_not_shown_fall_away(ann, visit):
    smoke = uuid4()
    form = make_form(
        visit.visit_type,
        questions=[
            ("YES_NO", "Smoke?", {"link_id": smoke}),
            (
                "SHORT",
                "How much?",
                {"shown_when": smoke, "shown_answer": "Yes", "is_required": True},
            ),
        ],
    )
    row = begin(ann, visit, form)
    save(ann, row, form, {"Smoke?": ["Yes"]})
    with pytest.raises(NotComplete):
        send_response(actor=ann, response=row, at=AT)
    save(ann, row, form, {"Smoke?": ["No"], "How much?": ["20 a day"]})
    send_response(actor=ann, response=row, at=AT)
    assert said(row, form) == {"Smoke?": ["No"]}


def test_a_new_version_midway_keeps_the_answers_that_fit(
    ann, visit, form, medical_admin
):
    row = begin(ann, visit, form)
    save(ann, row, form, {"Do you smoke?": ["Yes"], "Your weight": ["80"]})
    draft = writing.begin_version(actor=medical_admin, questionnaire=form)
    weight = next(one for one in items_of(draft) if one.text == "Your weight")
    writing.change_item(
        actor=medical_admin, questionnaire=draft, link_id=weight.link_id, highest=70
    )
    writing.publish(actor=medical_admin, questionnaire=draft, asks_again=True, at=AT)
    with pytest.raises(NotAsked):
        send_response(actor=ann, response=row, at=AT)
    kept = save(ann, row, form, {"Anything else?": ["Nothing"]})
    assert kept.questionnaire == draft
    assert said(kept, draft) == {
        "Do you smoke?": ["Yes"],
        "Anything else?": ["Nothing"],
    }


def test_still_right_counts_from_today_and_is_done_once(ann, visit, form, dr_lee):
    old = fill(ann, visit, form, at=timezone.now() - timedelta(days=200))
    later = next_visit(ann, dr_lee, days=5, kind=visit.visit_type)
    given = {"actor": ann, "visit": later, "key": form.key, "at": timezone.now()}
    assert forms_of_visit(later)[0].state == State.CONFIRM
    with pytest.raises(NotTheSame):
        confirm_response(**given, seen=uuid4())
    row = confirm_response(**given, seen=old.public_id)
    assert confirm_response(**given, seen=old.public_id).pk == row.pk
    assert (row.is_confirmed, row.based_on, row.appointment) == (True, old, later)
    # The signature keeps its moment.
    assert row.answers == old.answers
    assert forms_of_visit(later)[0].state == State.DONE
    third = next_visit(ann, dr_lee, days=8, kind=visit.visit_type)
    assert forms_of_visit(third)[0].state == State.UP_TO_DATE


def test_a_consent_to_other_words_is_signed_anew(
    ann, visit, form, dr_lee, medical_admin
):
    old = fill(ann, visit, form, at=timezone.now() - timedelta(days=200))
    later = next_visit(ann, dr_lee, days=5, kind=visit.visit_type)
    newer = reword(form, medical_admin)
    given = {"actor": ann, "visit": later, "key": form.key, "at": timezone.now()}
    assert forms_of_visit(later)[0].state == State.CONFIRM
    with pytest.raises(NotTheSame):
        confirm_response(**given, seen=old.public_id)
    row = begin(ann, later, newer)
    assert said(row, newer) == {"Do you smoke?": ["Yes"]}


def test_only_the_patient_and_who_acts_for_them_in_the_record_answer(
    ann, zoe, gus, dr_lee, visit, form
):
    ProxyFactory(patient=ann.patient, user=gus, scopes=[Scope.BOOK])
    for user in (zoe, dr_lee, gus):
        with pytest.raises(NotYours):
            begin(user, visit, form)
    row = begin(ann, visit, form)
    for user in (zoe, dr_lee, gus):
        with pytest.raises(NotYours):
            save(user, row, form, {"Do you smoke?": ["Yes"]})
        with pytest.raises(NotYours):
            send_response(actor=user, response=row, at=AT)
        with pytest.raises(NotYours):
            confirm_response(actor=user, visit=visit, key=form.key, seen=uuid4(), at=AT)
    assert said(row, form) == {}


def test_who_acts_for_somebody_answers_until_it_ends(ann, gus, visit, form):
    proxy = ProxyFactory(patient=ann.patient, user=gus, scopes=[Scope.RECORDS])
    row = begin(gus, visit, form)
    assert row.patient == ann.patient
    end(actor=ann, proxy=proxy, at=timezone.now())
    with pytest.raises(NotYours):
        save(gus, row, form, {"Do you smoke?": ["Yes"]})


def test_a_form_is_answered_only_where_it_is_asked(ann, visit, form, dr_lee):
    other = next_visit(ann, dr_lee, days=9)
    with pytest.raises(NotAsked):
        begin(ann, other, form)
    visit.status = "CANCELLED"
    with pytest.raises(NotAsked):
        begin(ann, visit, form)
    assert not QuestionnaireResponse.objects.exists()


def test_staff_read_what_was_sent_and_nothing_that_is_being_thought_about(
    ann, visit, form, dr_lee, dr_roy, desk, biller, medical_admin, zoe
):
    row = begin(ann, visit, form)
    everybody = (dr_lee, dr_roy, desk, biller, medical_admin, zoe)
    assert [can_view(user, row) for user in everybody] == [False] * 6
    sent = fill(ann, visit, form)
    sees = [can_view(user, sent) for user in everybody]
    assert sees == [True, False, False, False, True, False]
    assert [sent in visible_to(user) for user in everybody] == sees
