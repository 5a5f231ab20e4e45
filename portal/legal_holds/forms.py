from datetime import date
from typing import Any

from django import forms

from accounts.models import Patient
from portal.legal_holds.services import SHORTEST_REASON

WHY = f"Say why, in a sentence of at least {SHORTEST_REASON} characters"


class HoldForm(forms.Form):
    """Of whom nothing may be destroyed, why, and how long."""

    number = forms.CharField(
        label="Patient's number",
        help_text="As in the record: P-7KQ2-M9XD",
        max_length=20,
        error_messages={"required": "Enter the patient's number"},
    )
    reason = forms.CharField(
        label="Why",
        help_text="For medical administration alone.",
        min_length=SHORTEST_REASON,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": WHY, "min_length": WHY},
    )
    until = forms.DateField(
        label="Last day",
        help_text="Leave it empty: until somebody lifts it.",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "Enter a day, such as 2027-03-31"},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_number(self) -> Patient:
        """The patient with this number."""
        number = self.cleaned_data["number"].strip().upper()
        patient = Patient.objects.filter(number=number, merged_into=None).first()
        if patient is None:
            raise forms.ValidationError("We found nobody with this number")
        return patient

    def clean_until(self) -> date | None:
        """A day that is not over."""
        until: date | None = self.cleaned_data["until"]
        if until is not None and until < self.today:
            raise forms.ValidationError("Choose today or a later day")
        return until
