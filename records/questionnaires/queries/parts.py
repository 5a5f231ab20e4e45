"""How a form falls into pages, and which of its parts somebody is shown. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from records.questionnaires.models import QUESTIONS, Kind, QuestionnaireItem

# By `link_id` as text: what was typed or chosen, as texts.
Answers = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Page:
    """What is asked together, under a heading of its own."""

    number: int
    title: str
    help_text: str = ""
    items: list[QuestionnaireItem] = field(default_factory=list)


def is_question(item: QuestionnaireItem) -> bool:
    return item.kind in QUESTIONS


def pages_of(items: Sequence[QuestionnaireItem], title: str) -> list[Page]:
    """The pages in order, from 1. What stands before the first page's begin is a page
    under the form's `title`; pages with nothing on them are left out."""
    begun: list[tuple[str, str, list[QuestionnaireItem]]] = [(title, "", [])]
    for item in items:
        if item.kind == Kind.PAGE:
            begun.append((item.text, item.help_text, []))
        else:
            begun[-1][2].append(item)
    full = [one for one in begun if one[2]]
    return [
        Page(number, heading, words, parts)
        for number, (heading, words, parts) in enumerate(full, start=1)
    ]


def shown_items(
    items: Sequence[QuestionnaireItem], answers: Answers
) -> list[QuestionnaireItem]:
    """Those that are shown with these answers: a question that depends on one that is
    not shown is not shown either."""
    shown: dict[str, QuestionnaireItem] = {}
    for item in items:
        if item.shown_when is None:
            shown[str(item.link_id)] = item
            continue
        other = str(item.shown_when)
        if other in shown and item.shown_answer in answers.get(other, ()):
            shown[str(item.link_id)] = item
    return list(shown.values())
