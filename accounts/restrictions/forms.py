from django import forms

from accounts.patients.models import Patient
from accounts.restrictions.models import Restriction
from accounts.restrictions.services import SHORTEST_REASON

WHY = f"Say why, in a sentence of at least {SHORTEST_REASON} characters"
# As the clinic says it; the patient reads the labels of Ground.
CLINICS_WORDS = [
    (Restriction.Ground.ACCURACY, "They say that something in it is wrong"),
    (Restriction.Ground.UNLAWFUL, "It should not be held, and they don't want it gone"),
    (Restriction.Ground.CLAIMS, "They need it for a legal claim"),
    (Restriction.Ground.OBJECTION, "They have objected, and it is being looked into"),
]


def _reason(help_text: str) -> forms.CharField:
    return forms.CharField(
        label="Why",
        help_text=help_text,
        min_length=SHORTEST_REASON,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": WHY, "min_length": WHY},
    )


class AskForm(forms.Form):
    """On which ground one's record should not be used."""

    ground = forms.ChoiceField(
        label="Why",
        choices=Restriction.Ground.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose why"},
    )
    words = forms.CharField(
        label="In your own words",
        help_text="What we should know to decide. You may leave it empty.",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class PlaceForm(forms.Form):
    """Whose record is closed, for a patient who asked otherwise than in the portal."""

    number = forms.CharField(
        label="Patient's number",
        help_text="As in the record: P-7KQ2-M9XD",
        max_length=20,
        error_messages={"required": "Enter the patient's number"},
    )
    ground = forms.ChoiceField(
        label="Ground",
        choices=[("", "Choose one"), *CLINICS_WORDS],
        error_messages={"required": "Choose the ground"},
    )
    reason = _reason("The patient reads it.")

    def clean_number(self) -> Patient:
        """The patient with this number."""
        number = self.cleaned_data["number"].strip().upper()
        patient = Patient.objects.filter(number=number, merged_into=None).first()
        if patient is None:
            raise forms.ValidationError("We found nobody with this number")
        return patient


class DecideForm(forms.Form):
    """The clinic's answer to a request."""

    outcome = forms.ChoiceField(
        label="Decision",
        choices=[("yes", "Close the record"), ("no", "Don't close it")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one"},
    )
    reason = _reason("The patient reads it.")


class LiftForm(forms.Form):
    """Why the clinic lets the record be used again."""

    reason = _reason("The patient reads it a week before the record opens again.")
