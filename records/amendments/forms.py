from typing import Any

from django import forms

from records.amendments.models import Amendment, Part
from records.amendments.queries import Subject

GROUPS = {
    Part.VISIT: "Visits",
    Part.DOCUMENT: "Documents",
    Part.PRESCRIPTION: "Prescriptions",
}
MISSING_SUBJECT = "Choose what is not right"


def _words(label: str, help_text: str, missing: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": missing},
    )


class AskForm(forms.Form):
    """What of one's record is not right. `subjects` are what may be chosen."""

    subject = forms.ChoiceField(
        label="What is not right?",
        error_messages={
            "required": MISSING_SUBJECT,
            "invalid_choice": MISSING_SUBJECT,
        },
    )
    wrong = _words(
        "What does it say?",
        "In your own words, or as it is written.",
        "Say what is not right",
    )
    right = _words(
        "What should it say?",
        "Add how you know it, if you like: a letter, a date, who said it.",
        "Say what it should say instead",
    )

    def __init__(self, *args: Any, subjects: list[Subject], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subjects = {one.key: one for one in subjects}
        field: Any = self.fields["subject"]
        field.choices = _choices(subjects)

    def clean_subject(self) -> Subject:
        return self.subjects[self.cleaned_data["subject"]]


def _choices(subjects: list[Subject]) -> list[Any]:
    """In groups, with what is no row of its own before and after them."""
    first, *others = [one for one in subjects if one.thing is None]
    groups = [
        (label, [(one.key, one.label) for one in subjects if one.part == part])
        for part, label in GROUPS.items()
    ]
    return [
        ("", "Choose one"),
        (first.key, first.label),
        *(group for group in groups if group[1]),
        *((one.key, one.label) for one in others),
    ]


class AnswerForm(forms.Form):
    """The clinic's answer."""

    outcome = forms.ChoiceField(
        label="Answer",
        choices=[
            (Amendment.Status.ACCEPTED, "Accept: the patient is right"),
            (Amendment.Status.DENIED, "Do not accept: the record is right as it is"),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose an answer",
            "invalid_choice": "Choose an answer",
        },
    )
    reason = _words(
        "What you say to the patient",
        "What you have corrected, or why the record is right. The patient reads it, "
        "and it stays in the record.",
        "Say why, in words that help the patient to understand it",
    )


class DisagreeForm(forms.Form):
    """What the patient says to a denial."""

    words = _words(
        "What you want to add",
        "It stays in your record beside our answer, and everybody who reads the one "
        "reads the other.",
        "Write what you want to add",
    )
