"""What an answer must be, when the doctor is told of it, and how it reads. Pure.

An answer is a list of texts as typed: of several the chosen ones, of a consent the
name and, once it is sent, the moment, of a file the `public_id` of its document. An
empty list is no answer.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from foundation.formats import join_words, plain_date
from foundation.uuids import read_uuid
from records.questionnaires.models import NO, YES, Kind, QuestionnaireItem

LONGEST = {Kind.SHORT: 200, Kind.LONG: 2000, Kind.CONSENT: 120}
_FEWEST_YEAR, _LAST_YEAR = 1900, 2200
_MISSING = {
    Kind.ONE_OF: "Choose an answer",
    Kind.YES_NO: "Choose yes or no",
    Kind.SEVERAL_OF: "Choose one answer or more",
    Kind.SCALE: "Choose a number",
    Kind.NUMBER: "Enter a number",
    Kind.DATE: "Enter a date",
    Kind.CONSENT: "Type your full name to agree",
    Kind.FILE: "Choose a file, for example a PDF or a photo",
}


def options_of(item: QuestionnaireItem) -> list[str]:
    """What can be chosen; empty where people type."""
    if item.kind == Kind.YES_NO:
        return [YES, NO]
    if item.kind == Kind.SCALE:
        first, last = int(item.lowest or 0), int(item.highest or 10)
        return [str(number) for number in range(first, last + 1)]
    if item.kind in (Kind.ONE_OF, Kind.SEVERAL_OF):
        return list(item.choices)
    return []


def error_of(item: QuestionnaireItem, typed: Sequence[str]) -> str:
    """What is wrong with an answer, in words for who gave it; "" for nothing."""
    given = [text for text in typed if text.strip()]
    if not given:
        missing = _MISSING.get(Kind(item.kind), "Write an answer")
        return missing if item.is_required else ""
    options = options_of(item)
    if options:
        is_known = all(text in options for text in given)
        return "" if is_known else _MISSING[Kind(item.kind)]
    if item.kind == Kind.NUMBER:
        return _number_error(item, given[0])
    if item.kind == Kind.DATE:
        is_date = _date(given[0]) is not None
        return "" if is_date else "Enter a real date, for example 2026-03-16"
    if item.kind == Kind.FILE and read_uuid(given[0]) is None:
        return _MISSING[Kind.FILE]
    if item.kind == Kind.CONSENT and len(given[0].strip()) < 2:
        return "Type your full name, as you would sign"
    longest = LONGEST.get(Kind(item.kind))
    if longest and len(given[0]) > longest:
        return f"Write {longest} characters at most; you have {len(given[0])}"
    return ""


def fits(item: QuestionnaireItem, typed: Sequence[str]) -> bool:
    """Whether an answer to an earlier version counts as one to this."""
    return bool(typed) and not error_of(item, typed)


def is_told(item: QuestionnaireItem, typed: Sequence[str]) -> bool:
    """Whether the doctor is to be told of this answer first, as the clinic defined."""
    if any(text in item.tells_answers for text in typed):
        return True
    if item.tells_below is None and item.tells_above is None:
        return False
    number = _number(typed[0]) if typed else None
    if number is None:
        return False
    too_low = item.tells_below is not None and number < item.tells_below
    return too_low or (item.tells_above is not None and number > item.tells_above)


def words_of(item: QuestionnaireItem, typed: Sequence[str]) -> str:
    """An answer as people read it; "" where there is none."""
    given = [text for text in typed if text.strip()]
    if not given:
        return ""
    if item.kind == Kind.SEVERAL_OF:
        return join_words(given)
    if item.kind == Kind.DATE and (day := _date(given[0])) is not None:
        return plain_date(day)
    if item.kind == Kind.NUMBER and item.unit:
        return f"{given[0].strip()} {item.unit}"
    if item.kind == Kind.SCALE:
        return f"{given[0]} of {options_of(item)[-1]}"
    if item.kind == Kind.FILE:
        return "A file"
    if item.kind == Kind.CONSENT:
        return f"Agreed, signed {given[0].strip()}"
    return given[0].strip()


def _number_error(item: QuestionnaireItem, text: str) -> str:
    number = _number(text)
    unit = f" {item.unit}" if item.unit else ""
    if number is None:
        return "Enter a number, for example 72.5"
    if item.lowest is not None and number < item.lowest:
        return f"Enter {_plain(item.lowest)}{unit} or more"
    if item.highest is not None and number > item.highest:
        return f"Enter {_plain(item.highest)}{unit} or less"
    return ""


def _number(text: str) -> Decimal | None:
    """A number as people type it: a comma is a point. None for anything else."""
    try:
        number = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**7 else None


def _plain(number: Decimal) -> str:
    """Without noughts that say nothing: "40", not "40.00"."""
    return f"{number.normalize():f}"


def _date(text: str) -> date | None:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if _FEWEST_YEAR <= day.year <= _LAST_YEAR else None
