"""What an answer must be, and which parts of a form are shown: tables."""

from decimal import Decimal
from uuid import UUID

import pytest

from records.questionnaires.models import Kind, QuestionnaireItem
from records.questionnaires.queries import (
    error_of,
    fits,
    is_told,
    pages_of,
    shown_items,
    words_of,
)


def item(kind, text="Why?", **values):
    return QuestionnaireItem(kind=kind, text=text, **values)


WEIGHT = {"unit": "kg", "lowest": Decimal("1.00"), "highest": Decimal("400.00")}
CHOICES = {"choices": ["Daily", "Never"]}


@pytest.mark.parametrize(
    ("kind", "values", "typed", "error"),
    [
        ("SHORT", {}, [], ""),
        ("SHORT", {"is_required": True}, [], "Write an answer"),
        ("SHORT", {"is_required": True}, ["  "], "Write an answer"),
        ("SHORT", {}, ["x" * 201], "Write 200 characters at most; you have 201"),
        ("YES_NO", {"is_required": True}, [], "Choose yes or no"),
        ("YES_NO", {}, ["Yes"], ""),
        ("YES_NO", {}, ["Perhaps"], "Choose yes or no"),
        ("ONE_OF", CHOICES, ["Never"], ""),
        ("ONE_OF", CHOICES, ["Hourly"], "Choose an answer"),
        ("SEVERAL_OF", CHOICES, ["Daily", "Never"], ""),
        ("SEVERAL_OF", CHOICES, ["Daily", "Hourly"], "Choose one answer or more"),
        ("NUMBER", WEIGHT, ["72,5"], ""),
        ("NUMBER", WEIGHT, ["heavy"], "Enter a number, for example 72.5"),
        ("NUMBER", WEIGHT, ["NaN"], "Enter a number, for example 72.5"),
        ("NUMBER", WEIGHT, ["0.5"], "Enter 1 kg or more"),
        ("NUMBER", WEIGHT, ["401"], "Enter 400 kg or less"),
        ("DATE", {}, ["2024-02-29"], ""),
        ("DATE", {}, ["2023-02-29"], "Enter a real date, for example 2026-03-16"),
        ("DATE", {}, ["0023-02-20"], "Enter a real date, for example 2026-03-16"),
        ("SCALE", {"lowest": 0, "highest": 5}, ["5"], ""),
        ("SCALE", {"lowest": 0, "highest": 5}, ["6"], "Choose a number"),
        ("CONSENT", {"is_required": True}, [], "Type your full name to agree"),
        ("CONSENT", {}, ["A"], "Type your full name, as you would sign"),
        ("CONSENT", {}, ["Ann Patient"], ""),
    ],
)
def test_what_an_answer_must_be(kind, values, typed, error):
    assert error_of(item(kind, **values), typed) == error


@pytest.mark.parametrize(
    ("kind", "values", "typed", "told"),
    [
        ("YES_NO", {"tells_answers": ["Yes"]}, ["Yes"], True),
        ("YES_NO", {"tells_answers": ["Yes"]}, ["No"], False),
        ("NUMBER", {"tells_below": 40}, ["39.9"], True),
        ("NUMBER", {"tells_below": 40}, ["40"], False),
        ("SCALE", {"tells_above": 6}, ["7"], True),
        ("SCALE", {"tells_above": 6}, ["6"], False),
        ("NUMBER", {"tells_above": 6}, [], False),
        ("NUMBER", {"tells_above": 6}, ["much"], False),
        ("SHORT", {}, ["Yes"], False),
    ],
)
def test_which_answers_the_doctor_is_told_of(kind, values, typed, told):
    assert is_told(item(kind, **values), typed) is told


@pytest.mark.parametrize(
    ("kind", "values", "typed", "words"),
    [
        ("SEVERAL_OF", {"choices": ["A", "B", "C"]}, ["A", "C"], "A and C"),
        ("NUMBER", WEIGHT, ["72.5"], "72.5 kg"),
        ("DATE", {}, ["2026-03-16"], "16 March 2026"),
        ("SCALE", {"lowest": 0, "highest": 10}, ["7"], "7 of 10"),
        ("CONSENT", {}, ["Ann", "2026-03-16T10:00:00+00:00"], "Agreed, signed Ann"),
        ("LONG", {}, [], ""),
    ],
)
def test_how_an_answer_reads(kind, values, typed, words):
    assert words_of(item(kind, **values), typed) == words


def test_an_answer_fits_only_where_it_could_be_given():
    assert fits(item("ONE_OF", **CHOICES), ["Never"])
    assert not fits(item("ONE_OF", **CHOICES), ["Hourly"])
    assert not fits(item("SHORT"), [])


def test_pages_begin_where_the_form_says_and_empty_ones_are_left_out():
    parts = [
        item(Kind.SHORT, "one"),
        item(Kind.PAGE, "Second"),
        item(Kind.PAGE, "Third"),
        item(Kind.SHORT, "two"),
        item(Kind.INFORMATION, "read"),
        item(Kind.PAGE, "Last"),
    ]
    found = pages_of(parts, "Title")
    assert [(one.number, one.title) for one in found] == [(1, "Title"), (2, "Third")]
    assert [part.text for part in found[1].items] == ["two", "read"]


def test_a_question_is_shown_by_the_answer_it_depends_on():
    first, second, third = (UUID(int=n) for n in (1, 2, 3))
    parts = [
        item("YES_NO", "smoke", link_id=first),
        item("YES_NO", "daily", link_id=second, shown_when=first, shown_answer="Yes"),
        item("SHORT", "how", link_id=third, shown_when=second, shown_answer="Yes"),
    ]

    def shown(**answers):
        given = {str(UUID(int=int(n[1:]))): [text] for n, text in answers.items()}
        return [one.text for one in shown_items(parts, given)]

    assert shown() == ["smoke"]
    assert shown(q1="Yes") == ["smoke", "daily"]
    assert shown(q1="Yes", q2="Yes") == ["smoke", "daily", "how"]
    # What is hidden shows nothing else.
    assert shown(q1="No", q2="Yes") == ["smoke"]
