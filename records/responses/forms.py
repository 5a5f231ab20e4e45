"""One page of a form, made of the questions that stand on it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import Truncator

from foundation.widgets import ChoiceCards, Segmented
from records.documents.queries import ACCEPT
from records.questionnaires.models import Kind, QuestionnaireItem
from records.questionnaires.queries import (
    Answers,
    Page,
    error_of,
    is_question,
    options_of,
    shown_items,
)
from records.questionnaires.queries.checking import LONGEST
from records.responses.queries import Files, file_error, file_in

# So many short options stand in one bar, on a phone as well.
IN_A_BAR = 3
NAME_TO_SIGN = "Your full name, to agree"


class AnswerField(forms.Field):
    """One question. Its clean value is the list of texts that is kept."""

    def __init__(self, item: QuestionnaireItem) -> None:
        self.item = item
        self.max_length = LONGEST.get(Kind(item.kind))
        is_consent = item.kind == Kind.CONSENT
        super().__init__(
            required=item.is_required,
            label=NAME_TO_SIGN if is_consent else item.text,
            help_text=item.help_text or _hint(item),
            widget=_widget(item),
        )

    def clean(self, value: Any) -> list[str]:
        typed = as_typed(value)
        words = error_of(self.item, typed)
        if words:
            raise ValidationError(words)
        return typed


def as_typed(value: Any) -> list[str]:
    """What a control gave, as it is kept."""
    values = value if isinstance(value, list) else [value]
    return [str(one) for one in values if one not in (None, "")]


class FileField(AnswerField):
    """A question for a file. What is posted was kept before, as a document; `kept` is
    the answer that there is now, and its clean value."""

    widget: Any

    def __init__(
        self, item: QuestionnaireItem, kept: Sequence[str], files: Files
    ) -> None:
        super().__init__(item)
        self.kept, self.files = list(kept), files

    def clean(self, value: Any) -> list[str]:
        words = error_of(self.item, self.kept)
        words = words or file_error(self.item, self.kept, self.files)
        if words:
            raise ValidationError(words)
        return self.kept


class PageForm(forms.Form):
    """The questions of `page`; `items` are all of the form's, `answers` what was given
    so far, `files` the documents among that. Of a question that these answers don't
    show nothing is demanded. `refused` says by control why a file was not kept; without
    `is_judged` nothing else is found wrong. A preview shows every part."""

    use_required_attribute = False

    def __init__(
        self,
        *args: Any,
        page: Page,
        items: Sequence[QuestionnaireItem],
        answers: Answers,
        files: Files | None = None,
        refused: Mapping[str, str] | None = None,
        is_judged: bool = True,
        is_preview: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.page, self.items, self.answers = page, items, answers
        self.found, self.refused = files or {}, refused or {}
        self.is_judged, self.is_preview = is_judged, is_preview
        for item in page.items:
            if is_question(item):
                name = name_of(item)
                self.fields[name] = self._field(item)
                self.initial[name] = _initial(item, answers)

    def _field(self, item: QuestionnaireItem) -> AnswerField:
        if item.kind == Kind.FILE:
            return FileField(item, self._kept(item), self.found)
        return AnswerField(item)

    def _kept(self, item: QuestionnaireItem) -> Sequence[str]:
        return self.answers.get(str(item.link_id), ())

    def _has_file(self, item: QuestionnaireItem) -> bool:
        return item.kind == Kind.FILE and bool(self._kept(item))

    @property
    def has_files(self) -> bool:
        """Whether a file is asked for, so that the page is sent as files are."""
        return any(isinstance(field, FileField) for field in self.fields.values())

    def in_errors(self, field: forms.BoundField) -> str:
        """The question of an error above the page: "Write an answer" may be said of
        several. A consent's error says by itself what it is about."""
        asked = field.field
        if not isinstance(asked, AnswerField) or asked.item.kind == Kind.CONSENT:
            return ""
        return Truncator(asked.item.text).chars(80)

    def typed(self) -> dict[str, list[str]]:
        """Everything that was typed, right or wrong, by `link_id`."""
        return {
            str(field.item.link_id): as_typed(
                field.widget.value_from_datadict(self.data, self.files, name)
            )
            for name, field in self.fields.items()
            if isinstance(field, AnswerField) and not isinstance(field, FileField)
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        shown = shown_items(self.items, {**self.answers, **self.typed()})
        keys = {item.link_id for item in shown}
        for item in self.page.items:
            if item.link_id not in keys or not self.is_judged:
                self.errors.pop(name_of(item), None)
        for name, words in self.refused.items():
            self.errors.pop(name, None)
            self.add_error(name, words)
        return cleaned

    def parts(self) -> list[dict[str, Any]]:
        """What stands on the page in order: each item, its field where it is a
        question, and on which control of the page it depends."""
        here = {item.link_id: item for item in self.page.items}
        before = shown_items(self.items, self.answers)
        keys = {item.link_id for item in before}
        found = []
        for item in self.page.items:
            other = here.get(item.shown_when) if item.shown_when else None
            # What depends on another page is there or it is not.
            if other is None and item.link_id not in keys and not self.is_preview:
                continue
            found.append(
                {
                    "item": item,
                    "field": self[name_of(item)] if is_question(item) else None,
                    "depends_on": name_of(other) if other else "",
                    "depends_text": other.text if other else "",
                    "is_consent": item.kind == Kind.CONSENT,
                    "document": file_in(item, self._kept(item), self.found),
                    "remove": remove_name(item) if self._has_file(item) else "",
                }
            )
        return found


def name_of(item: QuestionnaireItem) -> str:
    """The name of a question's control."""
    return item.control


def remove_name(item: QuestionnaireItem) -> str:
    """The name of the box that takes a file out again."""
    return f"{item.control}-remove"


def _initial(item: QuestionnaireItem, answers: Answers) -> Any:
    typed = list(answers.get(str(item.link_id), ()))
    if item.kind == Kind.FILE:
        return None
    if item.kind == Kind.SEVERAL_OF:
        return typed
    return typed[0] if typed else None


_SHORT: dict[str, Any] = {"maxlength": LONGEST[Kind.SHORT]}
_TYPED: dict[Kind, tuple[type[forms.Widget], dict[str, Any]]] = {
    Kind.LONG: (forms.Textarea, {"rows": 4, "maxlength": LONGEST[Kind.LONG]}),
    Kind.NUMBER: (forms.TextInput, {"inputmode": "decimal", "class": "mc-w10"}),
    Kind.DATE: (forms.DateInput, {"type": "date", "class": "mc-w10"}),
    Kind.CONSENT: (forms.TextInput, {"autocomplete": "name"}),
    Kind.FILE: (forms.FileInput, {"accept": ACCEPT}),
}


def _widget(item: QuestionnaireItem) -> forms.Widget:
    options = [(one, one) for one in options_of(item)]
    if item.kind == Kind.SEVERAL_OF:
        return forms.CheckboxSelectMultiple(choices=options)
    if item.kind == Kind.SCALE:
        return Scale(choices=options)
    if options:
        is_short = len(options) <= IN_A_BAR and all(len(one) < 12 for one, _ in options)
        cards: type[forms.RadioSelect] = Segmented if is_short else ChoiceCards
        widget = cards()
        widget.choices = options
        return widget
    make, attrs = _TYPED.get(Kind(item.kind), (forms.TextInput, _SHORT))
    return make(attrs=dict(attrs))


class Scale(Segmented):
    """A row of numbers that goes on in a second one where it is narrow."""


def _hint(item: QuestionnaireItem) -> str:
    if item.kind == Kind.FILE:
        return (
            "PDF, JPEG or PNG, up to 20 MB. A photo of a paper is fine. It is sent in"
            " one piece: if your connection breaks, choose it again. Your answers stay."
        )
    if item.kind == Kind.NUMBER and item.unit:
        return f"In {item.unit}"
    if item.kind == Kind.SCALE:
        options = options_of(item)
        words = [
            f"{number}: {text}"
            for number, text in (
                (options[0], item.lowest_words),
                (options[-1], item.highest_words),
            )
            if text
        ]
        return ", ".join(words)
    return ""
