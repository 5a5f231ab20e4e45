from typing import Any

from django import forms

from accounts.models import Patient

WRONG = "Enter your e-mail address, like name@example.com"


class AskForm(forms.Form):
    """To which address the link goes."""

    email = forms.EmailField(
        label="The e-mail address you booked with",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": WRONG, "invalid": WRONG},
    )


class WhoForm(forms.Form):
    """Which of the people who share an address is oneself."""

    patient = forms.ChoiceField(
        label="Which of them are you?",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose who you are",
            "invalid_choice": "Choose who you are",
        },
    )

    def __init__(self, *args: Any, records: list[Patient], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.records = {str(one.public_id): one for one in records}
        field: Any = self.fields["patient"]
        field.choices = [(key, one.full_name) for key, one in self.records.items()]

    def clean_patient(self) -> Patient:
        """The record that was chosen."""
        return self.records[self.cleaned_data["patient"]]
