"""Asking for a machine's key."""

from typing import Any

from django import forms

from accounts.applications.models import TokenScope
from accounts.machine_keys.models import LONGEST_DAYS
from accounts.machine_keys.queries import person_with


class KeyForm(forms.Form):
    name = forms.CharField(
        label="What the machine is",
        help_text="For example Screen in the waiting room.",
        max_length=80,
        error_messages={"required": "Enter what the machine is"},
    )
    email = forms.EmailField(
        label="In whose name it acts",
        help_text="The e-mail address with which they sign in. They alone get the key.",
        error_messages={
            "required": "Enter their e-mail address",
            "invalid": "Enter a full e-mail address, for example name@example.org",
        },
    )
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=TokenScope.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one"},
    )
    days = forms.IntegerField(
        label="For how many days",
        help_text=f"At most {LONGEST_DAYS}.",
        min_value=1,
        max_value=LONGEST_DAYS,
        initial=90,
        error_messages={"required": "Enter a number of days"},
    )

    def clean(self) -> dict[str, Any]:
        """Puts `user` in the place of the address."""
        cleaned = super().clean() or {}
        email = cleaned.pop("email", None)
        if email is not None:
            cleaned["user"] = person_with(email)
            if cleaned["user"] is None:
                self.add_error("email", "Nobody who works here signs in with this")
        return cleaned
