"""Form fields and controls in the house's mark-up.

`templates/forms/field.html` draws every bound field: label, hint, error, control. What
it needs to know about a control stands here, so that forms stay plain Django forms.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils import timezone

_EARLIEST_YEAR = 1900
_DJANGO_ROWS = "10"
_PARTS = ("day", "month", "year")


class BirthDateWidget(forms.MultiWidget):
    """Three number boxes: day, month, year. Never a picker for a date people know."""

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        boxes: dict[str, forms.Widget | type[forms.Widget]] = {
            part: forms.TextInput(
                attrs={
                    "inputmode": "numeric",
                    "autocomplete": f"bday-{part}",
                    "maxlength": "4" if part == "year" else "2",
                }
            )
            for part in _PARTS
        }
        super().__init__(boxes, dict(attrs or {}))

    def decompress(self, value: date | None) -> list[int | None]:
        return [value.day, value.month, value.year] if value else [None, None, None]


class BirthDateField(forms.MultiValueField):
    """A date of birth as a `date`, not after today; says which part is wrong.

    The error's code names the part ("day", "month", "year") or is "required",
    "invalid" or "future". `today` is asked at every validation.
    """

    widget = BirthDateWidget
    default_error_messages = {
        "required": "Enter a date of birth, for example 14 3 1986",
        "day": "Enter a day of birth from 1 to 31",
        "month": "Enter a month of birth from 1 to 12",
        "year": "Enter a year of birth with 4 numbers, for example 1986",
        "invalid": "Enter a real date of birth, for example 14 3 1986",
        "future": "Enter a date of birth that is in the past",
    }

    def __init__(
        self, *, today: Callable[[], date] = timezone.localdate, **kwargs: Any
    ) -> None:
        self.today = today
        kwargs.setdefault("label", "Date of birth")
        kwargs.setdefault("help_text", "For example, 14 3 1986")
        boxes = [forms.CharField(required=False) for _ in _PARTS]
        super().__init__(boxes, require_all_fields=False, **kwargs)

    def clean(self, value: Any) -> date | None:
        typed = [str(part or "").strip() for part in value or ["", "", ""]]
        if not any(typed):
            if self.required:
                raise self._error("required")
            return None
        day, month, year = self._numbers(typed)
        try:
            born = date(year, month, day)
        except ValueError as error:
            raise self._error("invalid") from error
        if born > self.today():
            raise self._error("future")
        self.run_validators(born)
        return born

    def compress(self, data_list: list[Any]) -> date | None:
        return self.clean(data_list)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(initial != self.clean(data))
        except ValidationError:
            return True

    def _numbers(self, typed: list[str]) -> tuple[int, int, int]:
        limits = {"day": (1, 31), "month": (1, 12), "year": (_EARLIEST_YEAR, 9999)}
        numbers = []
        wrong = []
        for part, text in zip(_PARTS, typed, strict=True):
            lowest, highest = limits[part]
            number = int(text) if text.isdecimal() and len(text) <= 4 else -1
            if not lowest <= number <= highest:
                wrong.append(self._error(part))
            numbers.append(number)
        if wrong:
            raise ValidationError(wrong)
        return numbers[0], numbers[1], numbers[2]

    def _error(self, code: str) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code)


class ChoiceCards(forms.RadioSelect):
    """Radio rows with a line of help and something at the side, such as a price.

    `details` and `sides` are keyed by the choice's value as a string.
    """

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        *,
        details: Mapping[str, str] | None = None,
        sides: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(attrs)
        self.details = dict(details or {})
        self.sides = dict(sides or {})

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(*args, **kwargs)
        option["detail"] = self.details.get(str(option["value"]), "")
        option["side"] = self.sides.get(str(option["value"]), "")
        return option


class Segmented(forms.RadioSelect):
    """Two or three short options drawn as one bar."""


_KINDS: tuple[tuple[type[forms.Widget], str], ...] = (
    (BirthDateWidget, "dob"),
    (ChoiceCards, "choice"),
    (Segmented, "seg"),
    (forms.CheckboxSelectMultiple, "checkboxes"),
    (forms.RadioSelect, "radios"),
    (forms.CheckboxInput, "checkbox"),
    (forms.HiddenInput, "hidden"),
    (forms.Select, "select"),
    (forms.FileInput, "file"),
    (forms.Textarea, "textarea"),
)
_GROUPS = {"choice", "seg", "checkboxes", "radios"}


def control_kind(field: BoundField) -> str:
    """Which drawing a bound field takes: "dob", "choice", …; "text" for the rest."""
    for widget, kind in _KINDS:
        if isinstance(field.field.widget, widget):
            return kind
    return "text"


def control_attrs(field: BoundField) -> dict[str, str | bool]:
    """The HTML attributes that the look adds to a single control."""
    kind = control_kind(field)
    look = {"select": "form-select", "checkbox": "form-check-input"}.get(
        kind, "form-control"
    )
    classes = [look, str(field.field.widget.attrs.get("class", ""))]
    if field.errors:
        classes.append("is-invalid")
    attrs: dict[str, str | bool] = {"class": " ".join(filter(None, classes))}
    if kind == "textarea" and field.field.widget.attrs.get("rows") == _DJANGO_ROWS:
        attrs["rows"] = "4"
    return attrs


def wrong_parts(field: BoundField) -> set[str]:
    """The parts of a date of birth that its errors are about; all if they name none."""
    codes = {error.code for error in field.errors.as_data()}
    named = {part for part in _PARTS if part in codes}
    return named or (set(_PARTS) if codes else set())


@dataclass(frozen=True)
class BirthDatePart:
    """One box of a date of birth, ready for the template."""

    label: str
    name: str
    id: str
    value: str
    attrs: dict[str, str]
    is_wrong: bool


def birth_date_parts(field: BoundField) -> list[BirthDatePart]:
    """The three boxes of a bound `BirthDateField`, with what was typed."""
    context = field.field.widget.get_context(field.html_name, field.value(), {})
    wrong = wrong_parts(field)
    return [
        BirthDatePart(
            label=part.capitalize(),
            name=box["name"],
            id=f"{field.auto_id}_{part}",
            value="" if box["value"] is None else str(box["value"]),
            attrs=box["attrs"],
            is_wrong=part in wrong,
        )
        for part, box in zip(_PARTS, context["widget"]["subwidgets"], strict=True)
    ]


def error_target(field: BoundField) -> str:
    """The id an error summary links to: the first control that is wrong."""
    kind = control_kind(field)
    if kind == "dob":
        wrong = wrong_parts(field)
        first = next((part for part in _PARTS if part in wrong), "day")
        return f"{field.auto_id}_{first}"
    return f"{field.auto_id}_0" if kind in _GROUPS else field.auto_id


def error_links(form: forms.BaseForm) -> list[tuple[str, str]]:
    """(id to jump to, message) of every error, form-wide ones first with id "". Where
    the messages alone don't say what they are about, a form says it: its `in_errors`
    takes a bound field and gives words that go after them."""
    links = [("", str(message)) for message in form.non_field_errors()]
    name = getattr(form, "in_errors", lambda field: "")
    for field in form:
        target, about = error_target(field), name(field)
        links += [
            (target, f"{message}: {about}" if about else str(message))
            for message in field.errors
        ]
    return links
