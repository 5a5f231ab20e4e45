"""Forms are written as drafts, and stay as they are once published."""

import pytest
from django.db import ProgrammingError, connection, transaction
from django.urls import reverse

from audit.models import Entry
from records.models import Questionnaire, QuestionnaireItem
from records.questionnaires import services
from records.questionnaires.queries import items_of
from records.questionnaires.services import (
    NotADraft,
    NotAllowed,
    NothingAsked,
    StillNeeded,
)
from tests.factories.booking import VisitTypeFactory
from tests.factories.forms import AT, QuestionnaireFactory, make_form, make_item

LIST = reverse("records:questionnaires")
ITEM = {"kind": "SHORT", "text": "Why do you come?"}


def page(name, row, *more):
    return reverse(f"records:questionnaire{name}", args=[row.public_id, *more])


def texts(form):
    return [one.text for one in items_of(form)]


def test_a_published_version_stays_even_in_raw_sql(db):
    form = make_form()
    for statement in (
        "UPDATE records_questionnaireitem SET text = 'x' WHERE questionnaire_id = %s",
        "DELETE FROM records_questionnaireitem WHERE questionnaire_id = %s",
        "UPDATE records_questionnaire SET title = 'x' WHERE id = %s",
    ):
        refused = pytest.raises(ProgrammingError, match="stays")
        with refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [form.pk])
    with pytest.raises(ProgrammingError, match="stays"), transaction.atomic():
        make_item(form, "SHORT", "One more?")
    assert texts(form) == ["Why do you come?"]


def test_only_medical_administration_writes_forms(medical_admin, admin, dr_lee, ann):
    draft = QuestionnaireFactory()
    for user in (admin, dr_lee, ann):
        with pytest.raises(NotAllowed):
            services.add_item(actor=user, questionnaire=draft, **ITEM)
    services.add_item(actor=medical_admin, questionnaire=draft, **ITEM)
    assert texts(draft) == ["Why do you come?"]


def test_publishing_takes_the_place_of_the_version_before(medical_admin):
    first = make_form(valid_days=30)
    draft = services.begin_version(actor=medical_admin, questionnaire=first)
    assert (draft.version, draft.key, texts(draft)) == (2, first.key, texts(first))
    links = [[one.link_id for one in items_of(form)] for form in (first, draft)]
    assert links[0] == links[1]
    again = services.begin_version(actor=medical_admin, questionnaire=first)
    assert again == draft
    services.publish(actor=medical_admin, questionnaire=draft, asks_again=False, at=AT)
    rows = Questionnaire.objects.filter(key=first.key).order_by("version")
    assert [(row.status, row.counts_from) for row in rows] == [
        ("RETIRED", 1),
        ("ACTIVE", 1),
    ]
    assert Entry.objects.filter(verb="questionnaire.published").count() == 1
    with pytest.raises(NotADraft):
        services.add_item(actor=medical_admin, questionnaire=draft, **ITEM)


def test_a_form_without_a_question_is_not_published(medical_admin):
    draft = QuestionnaireFactory()
    make_item(draft, "PAGE", "About you")
    make_item(draft, "INFORMATION", "Read this")
    with pytest.raises(NothingAsked):
        services.publish(
            actor=medical_admin, questionnaire=draft, asks_again=True, at=AT
        )


def test_a_question_that_another_depends_on_stays_before_it(medical_admin):
    draft = QuestionnaireFactory()
    first = make_item(draft, "YES_NO", "Do you smoke?")
    then = make_item(
        draft, "SHORT", "How much?", shown_when=first.link_id, shown_answer="Yes"
    )
    given = {"actor": medical_admin, "questionnaire": draft}
    with pytest.raises(StillNeeded):
        services.move_item(**given, link_id=then.link_id, by=-1)
    with pytest.raises(StillNeeded):
        services.remove_item(**given, link_id=first.link_id)
    with pytest.raises(StillNeeded):
        services.change_item(**given, link_id=first.link_id, kind="SHORT")
    assert texts(draft) == ["Do you smoke?", "How much?"]
    services.remove_item(**given, link_id=then.link_id)
    services.remove_item(**given, link_id=first.link_id)
    assert not QuestionnaireItem.objects.filter(questionnaire=draft).exists()


def test_parts_are_moved_up_and_down_by_buttons(client, medical_admin):
    client.force_login(medical_admin)
    draft = QuestionnaireFactory()
    parts = [make_item(draft, "SHORT", text) for text in ("a", "b", "c")]

    def press(part, do):
        client.post(page("_arrange", draft, part.link_id), {"do": do})
        return texts(draft)

    assert press(parts[2], "up") == ["a", "c", "b"]
    assert press(parts[0], "up") == ["a", "c", "b"]
    assert press(parts[0], "down") == ["c", "a", "b"]
    assert press(parts[1], "remove") == ["c", "a"]


def test_a_form_is_written_published_and_shown(client, medical_admin):
    client.force_login(medical_admin)
    kind = VisitTypeFactory(name="Skin check")
    typed = {"title": "Your skin", "visit_types": [kind.pk], "valid_days": "30"}
    client.post(reverse("records:questionnaire_new"), typed)
    draft = Questionnaire.objects.get()
    wrong = {"kind": "ONE_OF", "text": "Which?", "choices": "Only one"}
    answer = client.post(page("_item_new", draft), wrong)
    assert answer.status_code == 422
    assert "Write two answers at least" in answer.content.decode()
    assert "Only one" in answer.content.decode()
    right = {
        **wrong,
        "choices": "Left\nRight",
        "tells_answers": "Left",
        # Says nothing of a choice, so it is left alone.
        "lowest": "3",
    }
    client.post(page("_item_new", draft), right)
    item = items_of(draft)[0]
    assert (item.choices, item.tells_answers) == (["Left", "Right"], ["Left"])
    assert item.lowest is None
    shown = client.get(page("_preview", draft)).content.decode()
    assert "Left" in shown
    assert "Nothing that you type here is kept" in shown
    for beyond in ("0", "2", "-1", "one", "9" * 5000):
        answer = client.get(page("_preview", draft), {"page": beyond})
        assert answer.status_code == 404, beyond[:9]
    client.post(page("_publish", draft))
    draft.refresh_from_db()
    assert (draft.status, draft.published_by) == ("ACTIVE", medical_admin)
    assert "Skin check" in client.get(LIST).content.decode()


def test_a_condition_is_chosen_from_earlier_answers(client, medical_admin):
    client.force_login(medical_admin)
    draft = QuestionnaireFactory()
    first = make_item(draft, "YES_NO", "Do you smoke?")
    typed = {"kind": "SHORT", "text": "How much?"}
    link = f"{first.link_id}:Yes"
    client.post(page("_item_new", draft), {**typed, "shown_by": link})
    then = items_of(draft)[1]
    assert (then.shown_when, then.shown_answer) == (first.link_id, "Yes")
    answer = client.post(
        page("_item_new", draft), {**typed, "shown_by": f"{first.link_id}:Perhaps"}
    )
    assert answer.status_code == 422


def test_the_next_version_says_whether_earlier_answers_count(client, medical_admin):
    client.force_login(medical_admin)
    form = make_form()
    client.post(page("_begin", form))
    draft = Questionnaire.objects.get(status="DRAFT")
    answer = client.post(page("_publish", draft))
    assert answer.status_code == 422
    assert "Choose whether earlier answers still count" in answer.content.decode()
    client.post(page("_publish", draft), {"meaning": "again"})
    draft.refresh_from_db()
    assert (draft.status, draft.counts_from) == ("ACTIVE", 2)
    client.post(page("_stop", draft))
    assert not Questionnaire.objects.filter(status="ACTIVE").exists()


def test_nobody_else_finds_the_forms(client, dr_lee, desk, admin, ann):
    form = make_form()
    for user in (dr_lee, desk, admin, ann):
        client.force_login(user)
        for address in (LIST, page("", form), page("_preview", form)):
            assert client.get(address).status_code == 403
        assert client.post(page("_stop", form)).status_code == 403
    form.refresh_from_db()
    assert form.status == "ACTIVE"
