"""A form that is being filled in: its pages, how far it is, and what is wrong yet."""

from collections.abc import Sequence
from dataclasses import dataclass

from records.questionnaires.models import Kind, QuestionnaireItem
from records.questionnaires.queries import (
    Answers,
    Page,
    error_of,
    fits,
    is_question,
    items_of,
    pages_of,
    shown_items,
)
from records.responses.models import QuestionnaireResponse
from records.responses.queries.files import Files, file_error


@dataclass(frozen=True)
class Mistake:
    """Why it can't be sent yet: on which page, at which question, what to do."""

    page: int
    item: QuestionnaireItem
    words: str


@dataclass(frozen=True)
class Progress:
    """A form with its pages and all of its parts, in order."""

    pages: list[Page]
    items: list[QuestionnaireItem]

    def page(self, number: int) -> Page | None:
        return page_numbered(self.pages, number)


def progress_of(response: QuestionnaireResponse) -> Progress:
    """The form of a response. One query."""
    items = items_of(response.questionnaire)
    return Progress(pages_of(items, response.questionnaire.title), items)


def page_numbered(pages: Sequence[Page], number: int) -> Page | None:
    """The page with this number, from 1."""
    return pages[number - 1] if 1 <= number <= len(pages) else None


def mistakes_of(pages: Sequence[Page], answers: Answers, files: Files) -> list[Mistake]:
    """What keeps a form with these answers from being sent, page by page; `files` are
    those that the answers name. Pure."""
    items = [item for page in pages for item in page.items]
    shown = {item.link_id for item in shown_items(items, answers)}
    found = []
    for page in pages:
        for item in page.items:
            if item.link_id not in shown or not is_question(item):
                continue
            typed = answers.get(str(item.link_id), ())
            words = error_of(item, typed) or file_error(item, typed, files)
            if words:
                found.append(Mistake(page.number, item, words))
    return found


def kept_answers(
    items: Sequence[QuestionnaireItem], answers: Answers
) -> dict[str, list[str]]:
    """Which of these answers can be filled in where the form is asked anew, perhaps in
    a newer version. A consent is signed each time. Pure."""
    return {
        str(item.link_id): list(answers[str(item.link_id)])
        for item in items
        if item.kind != Kind.CONSENT and fits(item, answers.get(str(item.link_id), ()))
    }
