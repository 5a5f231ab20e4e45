"""What patients type about their visits."""

from django import forms

from foundation.widgets import BirthDateField

REASON_LENGTH = 300


class FindForm(forms.Form):
    """A booking by what only its patient has at hand."""

    reference = forms.CharField(
        label="Booking reference",
        help_text="It is in your confirmation and looks like K7Q-2MX.",
        max_length=20,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
        error_messages={"required": "Enter your booking reference, like K7Q-2MX"},
    )
    birth_date = BirthDateField(label="Date of birth of the patient")

    def clean_reference(self) -> str:
        """As it is stored, however it was typed: "k7q 2mx" is K7Q-2MX."""
        typed = self.cleaned_data["reference"].upper()
        code = "".join(sign for sign in typed if sign.isalnum())
        return f"{code[:3]}-{code[3:]}"


class CancelForm(forms.Form):
    """Why, if the patient wants to say."""

    reason = forms.CharField(
        label="Why are you cancelling?",
        help_text="It helps us to plan. Leave out anything about your health.",
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        error_messages={"max_length": f"Write at most {REASON_LENGTH} characters"},
    )
