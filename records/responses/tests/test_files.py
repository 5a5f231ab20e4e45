"""A file as an answer: kept at once by the way of every document, refused beside its
question, and read beside the visit."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from portal.exports.queries.rows import said_of
from records.documents.services import add_document, settle_scan
from records.models import Document
from records.questionnaires.queries import items_of
from records.responses.queries import files_of, lines_of, read_again
from records.responses.services import (
    NotComplete,
    NotYours,
    SentAlready,
    answer_with_file,
    answer_without_file,
    begin_response,
    confirm_response,
    send_response,
)
from records.responses.tests.conftest import next_visit
from records.responses.tests.test_services import begin, said, save
from records.responses.tests.test_views import address
from tests.factories.forms import make_form
from tests.factories.records import DocumentFactory, paper, png

LETTER, CARD = "Your referral letter", "A picture of your insurance card"


@pytest.fixture(autouse=True)
def _clinical_files(clinical_files):
    """Every test keeps its files to itself."""


@pytest.fixture
def form(visit):
    asked = (
        ("FILE", LETTER, {"is_required": True}),
        ("FILE", CARD),
        ("SHORT", "Who sent you?", {"is_required": True}),
    )
    return make_form(visit.visit_type, questions=asked, valid_days=30)


@pytest.fixture
def row(ann, visit, form):
    return begin(ann, visit, form)


def item(form, text=LETTER):
    return next(one for one in items_of(form) if one.text == text)


def pdf(name="letter.pdf", content=None):
    return SimpleUploadedFile(name, content or paper())


def give(user, row, text=LETTER, file=None):
    return answer_with_file(
        actor=user,
        response=row,
        item=item(row.questionnaire, text),
        file=file or pdf(),
        at=timezone.now(),
    )


def posted(row, **typed):
    names = {one.text: one.control for one in items_of(row.questionnaire)}
    return {names[text]: value for text, value in typed.items()}


def test_a_file_is_a_document_of_the_visit_at_once_and_the_answer(ann, row):
    give(ann, row)
    document = Document.objects.get()
    assert (document.patient, document.title) == (ann.patient, LETTER)
    assert document.appointment == row.appointment
    assert document.content_type == "application/pdf"
    assert said(row, row.questionnaire) == {LETTER: [str(document.public_id)]}
    assert Entry.objects.filter(verb="document.added", actor=ann).count() == 1


def test_it_is_kept_page_by_page_whatever_button_is_pressed(client, ann, row):
    client.force_login(ann)
    here = address("form_page", row, 1)
    for do in ("later", "back"):
        Document.objects.all().delete()
        sent = {**posted(row, **{LETTER: pdf()}), "do": do}
        assert client.post(here, sent).status_code == 302
        assert Document.objects.count() == 1
    # Something else is missing yet: the file need not be chosen again.
    page = client.post(here, {"do": "next"})
    assert page.status_code == 422
    assert "Your file is here" in page.text
    assert "Choose a file" not in page.text
    assert 'enctype="multipart/form-data"' in page.text
    done = client.post(here, {**posted(row, **{"Who sent you?": "Dr Ito"}), "do": "x"})
    assert done["Location"] == address("form_check", row)
    shown = client.get(done["Location"]).text
    assert reverse("records:download", args=[Document.objects.get().public_id]) in shown
    assert client.post(done["Location"]).status_code == 302
    row.refresh_from_db()
    assert row.status == "COMPLETED"


def test_what_cannot_be_kept_is_said_beside_its_question_and_loses_nothing(
    client, ann, row
):
    client.force_login(ann)
    give(ann, row)
    typed = posted(
        row,
        **{
            LETTER: SimpleUploadedFile("a.html", b"<html>hello</html>"),
            CARD: SimpleUploadedFile("card.png", png()),
            "Who sent you?": "Dr Ito",
        },
    )
    # Also where somebody would go on later: it can be chosen again here only.
    page = client.post(address("form_page", row, 1), {**typed, "do": "later"})
    assert page.status_code == 422
    control = item(row.questionnaire).control
    assert f'id="id_{control}_error"' in page.text
    assert "web page" in page.text
    assert page.text.count("mc-field--error") == 1
    kept = said(row, row.questionnaire)
    assert set(kept) == {LETTER, CARD, "Who sent you?"}
    assert Document.objects.filter(removed_at=None).count() == 2


def test_typing_goes_on_without_the_file(client, ann, row):
    client.force_login(ann)
    answer = client.post(
        address("form_page", row, 1),
        posted(row, **{LETTER: pdf(), "Who sent you?": "Dr"}),
        headers={"X-Requested-With": "autosave"},
    )
    assert answer.status_code == 204
    assert said(row, row.questionnaire) == {"Who sent you?": ["Dr"]}
    assert not Document.objects.exists()


def test_a_required_file_is_asked_for(client, ann, row):
    client.force_login(ann)
    page = client.post(address("form_page", row, 1), {"do": "next"})
    assert "Choose a file, for example a PDF or a photo" in page.text
    with pytest.raises(NotComplete):
        send_response(actor=ann, response=row, at=timezone.now())


def test_another_one_takes_its_place_and_what_answers_nothing_goes(ann, row):
    give(ann, row)
    first = Document.objects.get()
    give(ann, row, file=SimpleUploadedFile("b.png", png()))
    first.refresh_from_db()
    second = Document.objects.get(removed_at=None)
    assert first.removed_at is not None
    assert said(row, row.questionnaire) == {LETTER: [str(second.public_id)]}


def test_it_can_be_taken_out_again(client, ann, row):
    client.force_login(ann)
    give(ann, row)
    control = item(row.questionnaire).control
    here = address("form_page", row, 1)
    client.post(here, {f"{control}-remove": "on", "do": "later"})
    assert said(row, row.questionnaire)[LETTER] == []
    assert not Document.objects.filter(removed_at=None).exists()


def test_a_file_that_is_gone_can_be_taken_out_of_an_answer_that_needs_none(
    client, ann, row
):
    client.force_login(ann)
    give(ann, row, CARD)
    Document.objects.update(removed_at=timezone.now())
    here = address("form_page", row, 1)
    control = item(row.questionnaire, CARD).control
    page = client.post(here, {"do": "next"})
    assert "This file is no longer here. Choose it again" in page.text
    assert f'name="{control}-remove"' in page.text
    page = client.post(here, {f"{control}-remove": "on", "do": "next"})
    assert "This file is no longer here" not in page.text


def sent(user, row, *, days_ago=0):
    give(user, row)
    save(user, row, row.questionnaire, {"Who sent you?": ["Dr Ito"]})
    at = timezone.now() - timedelta(days=days_ago)
    return send_response(actor=user, response=row, at=at)


def test_what_was_sent_keeps_its_file_when_an_answer_changes(ann, row, visit, form):
    old = sent(ann, row)
    again = begin_response(actor=ann, visit=visit, key=form.key, at=timezone.now())
    assert said(again, form)[LETTER] == old.answers[str(item(form).link_id)]
    give(ann, again, file=SimpleUploadedFile("b.png", png()))
    assert Document.objects.filter(removed_at=None).count() == 2
    with pytest.raises(SentAlready):
        give(ann, old)
    assert Document.objects.count() == 2


def test_the_doctor_opens_it_beside_the_visit_and_the_desk_does_not(
    client, ann, dr_lee, desk, zoe, row
):
    sent(ann, row)
    link = reverse("records:download", args=[Document.objects.get().public_id])
    page = reverse("workspace:appointment", args=[row.appointment.public_id])
    client.force_login(dr_lee)
    beside = client.get(page).text
    assert beside.index('id="forms"') < beside.index(link)
    assert link in client.get(address("response", row)).text
    assert client.get(link, follow=True).status_code == 200
    assert Entry.objects.filter(verb="document.downloaded", actor=dr_lee).count() == 1
    for user in (desk, zoe):
        client.force_login(user)
        assert link not in client.get(page).text
        assert client.get(link, follow=True).status_code == 404


def test_what_the_scanner_refused_is_asked_for_again(ann, row, settings):
    settings.CLAMAV_ADDRESS = "127.0.0.1:1"
    give(ann, row)
    save(ann, row, row.questionnaire, {"Who sent you?": ["Dr Ito"]})
    document = Document.objects.get()
    [line] = _lines(ann, row)
    assert "checked for viruses" in line.words
    settle_scan(document=document, infected=True, at=timezone.now())
    with pytest.raises(NotComplete):
        send_response(actor=ann, response=row, at=timezone.now())
    [line] = _lines(ann, row)
    assert "harmful" in line.words


def _lines(user, row):
    row.refresh_from_db()
    items = items_of(row.questionnaire)
    files = files_of(row.patient, items, row.answers)
    lines = lines_of(items, row.answers, files=files)
    return [line for line in lines if line.item.text == LETTER]


def test_a_file_that_was_taken_out_of_the_record_is_said_to_be_gone(ann, row):
    row = sent(ann, row)
    Document.objects.update(removed_at=timezone.now())
    [line] = [one for one in read_again(ann, row).lines if one.item.text == LETTER]
    assert (line.words, line.document) == (
        "A file that is no longer in the record",
        None,
    )


def test_answers_that_are_right_still_bring_their_file_along(ann, dr_lee, row, visit):
    first = sent(ann, row, days_ago=40)
    later = next_visit(ann, dr_lee, days=9, kind=visit.visit_type)
    kept = confirm_response(
        actor=ann,
        visit=later,
        key=first.key,
        seen=first.public_id,
        at=timezone.now(),
    )
    assert kept.answers == first.answers
    assert [line.item.text for line in read_again(dr_lee, kept).given] == [LETTER]


def test_nobody_elses_file_can_be_an_answer(client, ann, zoe, row):
    theirs = DocumentFactory(patient=zoe.patient)
    save(ann, row, row.questionnaire, {LETTER: [str(theirs.public_id)]})
    client.force_login(ann)
    control = item(row.questionnaire).control
    client.post(
        address("form_page", row, 1), {control: str(theirs.public_id), "do": "later"}
    )
    for page in (address("form_page", row, 1), address("form_check", row)):
        assert str(theirs.public_id) not in client.get(page).text
    with pytest.raises(NotComplete):
        send_response(actor=ann, response=row, at=timezone.now())
    with pytest.raises(NotYours):
        give(zoe, row)
    with pytest.raises(NotYours):
        answer_without_file(
            actor=zoe,
            response=row,
            item=item(row.questionnaire),
            at=timezone.now(),
        )
    assert Document.objects.get() == theirs


def test_a_copy_of_the_data_says_which_file_it_was(ann, row):
    row = sent(ann, row)
    document = Document.objects.get()
    said_there = {one["question"]: one for one in said_of(row)}
    assert said_there[LETTER]["document"] == str(document.public_id)
    assert "document" not in said_there["Who sent you?"]


def test_too_many_on_one_day_are_refused_beside_the_question(
    client, ann, row, monkeypatch
):
    monkeypatch.setattr("records.documents.services.UPLOADS_A_DAY", 1)
    add_document(
        actor=ann,
        patient=ann.patient,
        category="LETTER",
        title="Another",
        file=pdf(),
        at=timezone.now(),
    )
    client.force_login(ann)
    sent_ = {**posted(row, **{LETTER: pdf()}), "do": "next"}
    page = client.post(address("form_page", row, 1), sent_)
    assert page.status_code == 422
    assert "Go on tomorrow" in page.text
