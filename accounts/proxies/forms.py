"""What people fill in about acting for others."""

from datetime import date
from typing import Any

from django import forms

from accounts.proxies.models import Proxy, Scope
from foundation.widgets import BirthDateField

CHOOSE = [("", "Choose one")]


def _relation(label: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=[*CHOOSE, *Proxy.Relation.choices],
        error_messages={"required": "Choose how you know each other"},
    )


class ScopesField(forms.MultipleChoiceField):
    """What somebody may do for another; e-mails alone are about nothing."""

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        if value == [Scope.COPIES]:
            raise forms.ValidationError("Tick what the e-mails are about, too")


def _scopes(label: str) -> forms.MultipleChoiceField:
    return ScopesField(
        label=label,
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick at least one"},
    )


class UntilField(forms.DateField):
    """A last day, in the future; nothing where it has no end. The form's `today` is the
    clinic's."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label="Last day",
            help_text="Leave it empty if it has no end. You can end it at any time.",
            required=False,
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            error_messages={"invalid": "Enter a date, for example 2027-03-31"},
            **kwargs,
        )


class _EndsForm(forms.Form):
    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_until(self) -> date | None:
        day: date | None = self.cleaned_data["until"]
        if day is not None and day < self.today:
            raise forms.ValidationError("Enter a day that is not over yet")
        if day is not None and day.year > self.today.year + 100:
            raise forms.ValidationError("Enter a day within the next 100 years")
        return day


class InviteForm(_EndsForm):
    """A patient invites somebody to act for them."""

    email = forms.EmailField(
        label="Their e-mail address",
        help_text="We send the invitation there. They answer by signing in with it.",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": "Enter an e-mail address, like name@example.com",
            "invalid": "Enter an e-mail address, like name@example.com",
        },
    )
    relation = _relation("Who are they to you?")
    scopes = _scopes("What may they do for you?")
    until = UntilField()


class AskForm(forms.Form):
    """Somebody asks to act for a patient."""

    number = forms.CharField(
        label="Their patient number",
        help_text="It stands on letters and on the first page of their portal: "
        "P-7KQ2-M9XD",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter their patient number, like P-7KQ2-M9XD"},
    )
    birth_date = BirthDateField(label="Their date of birth")
    relation = _relation("Who are you to them?")
    scopes = _scopes("What do you need to do for them?")
    reason = forms.CharField(
        label="Why you ask",
        help_text="They read it, or the front desk when they can't decide themselves.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": "Say in a sentence why you ask",
            "max_length": "Write at most 500 characters",
        },
    )


class ScopesForm(forms.Form):
    """What somebody may do for another, to be changed."""

    scopes = _scopes("What may be done?")


class ConfirmForm(_EndsForm):
    """The clinic agrees in the patient's place."""

    ground = forms.ChoiceField(
        label="Why the clinic agrees for the patient",
        choices=[
            *CHOOSE,
            (Proxy.Ground.MINOR, "They are too young to decide"),
            (Proxy.Ground.UNABLE, "They can't decide themselves"),
        ],
        error_messages={"required": "Choose why"},
    )
    document_seen = forms.CharField(
        label="Document you have seen",
        help_text="For example, birth certificate, or court order of 3 May 2026",
        max_length=200,
        error_messages={"required": "Note which document you have seen"},
    )
    until = UntilField()


class NamesForm(forms.Form):
    """Who somebody is who has just made an account."""

    first_name = forms.CharField(
        label="Your first name",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
        error_messages={"required": "Enter your first name"},
    )
    last_name = forms.CharField(
        label="Your last name",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
        error_messages={"required": "Enter your last name"},
    )


class AgeForm(forms.Form):
    """The age from which young people decide themselves."""

    age = forms.IntegerField(
        label="Age in years",
        min_value=1,
        max_value=25,
        error_messages={
            "required": "Enter an age from 1 to 25",
            "invalid": "Enter an age from 1 to 25",
            "min_value": "Enter an age from 1 to 25",
            "max_value": "Enter an age from 1 to 25",
        },
    )
