"""What medical administration types in while it builds a form."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms

from clinic.visit_types.models import VisitType
from records.questionnaires.models import (
    CLOSED,
    Kind,
    Questionnaire,
    QuestionnaireItem,
)
from records.questionnaires.queries import earlier_questions, options_of

WIDEST_SCALE = 20
_MOST_CHOICES = 20
# Which of the boxes say something for which kind; the others are left alone.
_FIELDS: dict[str, tuple[str, ...]] = {
    Kind.ONE_OF: ("choices", "tells_answers"),
    Kind.SEVERAL_OF: ("choices", "tells_answers"),
    Kind.YES_NO: ("tells_answers",),
    Kind.NUMBER: ("unit", "lowest", "highest", "tells_below", "tells_above"),
    Kind.SCALE: (
        *("lowest", "highest", "lowest_words", "highest_words"),
        *("tells_below", "tells_above"),
    ),
}
_NUMBER = {"invalid": "Enter a number", "max_decimal_places": "Two places at most"}


class SettingsForm(forms.ModelForm):
    """What a form is called, before which visits it is asked, and how long it holds."""

    valid_days = forms.IntegerField(
        label="Answers count for, in days",
        help_text="0: each visit is asked anew. After that time patients say whether "
        "their answers are right still.",
        min_value=0,
        max_value=3650,
        initial=0,
        error_messages={
            "required": "Enter a number of days; 0 asks at each visit",
            "invalid": "Enter a whole number of days",
        },
    )

    class Meta:
        model = Questionnaire
        fields = ["title", "introduction", "visit_types", "valid_days"]
        labels = {
            "title": "What patients see it called",
            "introduction": "What it is for",
            "visit_types": "Asked before these visits",
        }
        help_texts = {"introduction": "One or two sentences above the first question."}
        error_messages = {"title": {"required": "Give the form a name"}}
        widgets = {
            "introduction": forms.Textarea(attrs={"rows": 3}),
            "visit_types": forms.CheckboxSelectMultiple,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds: Any = self.fields["visit_types"]
        kinds.queryset = VisitType.objects.filter(is_active=True).order_by("name")


def _number(label: str) -> Any:
    return forms.DecimalField(
        label=label,
        max_digits=9,
        decimal_places=2,
        required=False,
        error_messages=_NUMBER,
    )


class ItemForm(forms.Form):
    """One part of a form. Lists have one entry a line."""

    kind = forms.ChoiceField(label="What it is", choices=Kind.choices)
    text = forms.CharField(
        label="The question, the text or the name of the page",
        help_text="Of a consent: the whole sentence that is agreed to.",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write what patients read"},
    )
    help_text = forms.CharField(label="Help", max_length=300, required=False)
    is_required = forms.BooleanField(label="It must be answered", required=False)
    choices = forms.CharField(
        label="Answers to choose from",
        help_text="One a line, for one or any of several answers.",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    unit = forms.CharField(
        label="Unit", help_text="For example kg.", max_length=20, required=False
    )
    lowest = _number("Lowest")
    highest = _number("Highest")
    lowest_words = forms.CharField(
        label="What the lowest means", max_length=60, required=False
    )
    highest_words = forms.CharField(
        label="What the highest means", max_length=60, required=False
    )
    shown_by = forms.ChoiceField(
        label="Only shown after the answer",
        required=False,
        error_messages={"invalid_choice": "Choose an answer to an earlier question"},
    )
    tells_answers = forms.CharField(
        label="Answers that the doctor is told of first",
        help_text="One a line, each as it stands above.",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    tells_below = _number("Tell the doctor when it is less than")
    tells_above = _number("Tell the doctor when it is more than")

    def __init__(
        self,
        *args: Any,
        questionnaire: Questionnaire,
        item: QuestionnaireItem | None = None,
        **kwargs: Any,
    ) -> None:
        if item is not None:
            kwargs.setdefault("initial", _initial(item))
        super().__init__(*args, **kwargs)
        shown: Any = self.fields["shown_by"]
        shown.choices = [
            ("", "It is always shown"),
            *(
                (
                    other.text[:80],
                    [(f"{other.link_id}:{one}", one) for one in options_of(other)],
                )
                for other in earlier_questions(questionnaire, item)
            ),
        ]

    def clean_choices(self) -> list[str]:
        return _lines(self.cleaned_data["choices"])

    def clean_tells_answers(self) -> list[str]:
        return _lines(self.cleaned_data["tells_answers"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind = cleaned.get("kind", "")
        for name in {name for names in _FIELDS.values() for name in names}:
            if name not in _FIELDS.get(kind, ()) and name not in self.errors:
                field = self.fields[name]
                is_number = isinstance(field, forms.DecimalField)
                is_list = name in ("choices", "tells_answers")
                cleaned[name] = None if is_number else ([] if is_list else "")
        if kind in (Kind.PAGE, Kind.INFORMATION):
            cleaned["is_required"] = False
        if kind == Kind.PAGE and cleaned.get("shown_by"):
            self.add_error("shown_by", "A page is always shown; hide its questions")
        if kind in (Kind.ONE_OF, Kind.SEVERAL_OF):
            self._check_choices(cleaned)
        if kind == Kind.SCALE:
            self._check_scale(cleaned)
        self._check_bounds(cleaned)
        self._check_told(kind, cleaned)
        return cleaned

    def _check_choices(self, cleaned: dict[str, Any]) -> None:
        choices = cleaned.get("choices", [])
        if len(choices) < 2:
            self.add_error("choices", "Write two answers at least, one a line")
        elif len(choices) > _MOST_CHOICES:
            self.add_error("choices", f"Write {_MOST_CHOICES} answers at most")
        elif len(set(choices)) < len(choices):
            self.add_error("choices", "Each answer stands here once")
        elif any(len(one) > 120 for one in choices):
            self.add_error("choices", "Write 120 characters at most in a line")

    def _check_scale(self, cleaned: dict[str, Any]) -> None:
        low, high = cleaned.get("lowest"), cleaned.get("highest")
        if low is None or high is None:
            for name in ("lowest", "highest"):
                if cleaned.get(name) is None and name not in self.errors:
                    self.add_error(name, "Enter where the scale begins and ends")
        elif low != int(low) or high != int(high):
            self.add_error("lowest", "A scale has whole numbers")
        elif not 1 <= high - low <= WIDEST_SCALE:
            self.add_error("highest", f"Enter 1 to {WIDEST_SCALE} more than the lowest")

    def _check_bounds(self, cleaned: dict[str, Any]) -> None:
        low, high = cleaned.get("lowest"), cleaned.get("highest")
        if low is not None and high is not None and low > high:
            self.add_error("highest", "The highest is not below the lowest")

    def _check_told(self, kind: str, cleaned: dict[str, Any]) -> None:
        if kind not in CLOSED or kind == Kind.SCALE:
            return
        probe = QuestionnaireItem(kind=kind, choices=cleaned.get("choices", []))
        unknown = [
            one
            for one in cleaned.get("tells_answers", [])
            if one not in options_of(probe)
        ]
        if unknown:
            self.add_error("tells_answers", f"“{unknown[0]}” is none of the answers")

    def values(self) -> dict[str, Any]:
        """The item's fields, for the services."""
        found = {
            name: value
            for name, value in self.cleaned_data.items()
            if name != "shown_by"
        }
        link, _, answer = self.cleaned_data["shown_by"].partition(":")
        found["shown_when"] = UUID(link) if link else None
        found["shown_answer"] = answer
        return found


class PublishForm(forms.Form):
    """Whether earlier answers count for the new version too."""

    meaning = forms.ChoiceField(
        label="Answers to the version before",
        choices=[
            ("keep", "Still count: the wording changed, not what is asked"),
            ("again", "Count no more: everybody is asked again"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whether earlier answers still count"},
    )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _initial(item: QuestionnaireItem) -> dict[str, Any]:
    names = ("kind", "text", "help_text", "is_required", "unit", "lowest_words")
    found = {name: getattr(item, name) for name in (*names, "highest_words")}
    for name in ("lowest", "highest", "tells_below", "tells_above"):
        number: Decimal | None = getattr(item, name)
        found[name] = "" if number is None else f"{number.normalize():f}"
    found["choices"] = "\n".join(item.choices)
    found["tells_answers"] = "\n".join(item.tells_answers)
    if item.shown_when:
        found["shown_by"] = f"{item.shown_when}:{item.shown_answer}"
    return found
