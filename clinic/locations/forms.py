from datetime import timedelta
from typing import Any

from django import forms

from clinic.locations.models import Location


class ClosureForm(forms.Form):
    """Days on which nobody is seen."""

    location = forms.ModelChoiceField(
        label="Where",
        queryset=Location.objects.filter(is_active=True).order_by("name"),
        required=False,
        empty_label="The whole clinic",
    )
    first_day = forms.DateField(
        label="First day closed",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Enter the first day", "invalid": "Enter a date"},
    )
    last_day = forms.DateField(
        label="Last day closed",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Enter the last day", "invalid": "Enter a date"},
    )
    reason = forms.CharField(
        label="Why",
        help_text="For example “Easter Monday”.",
        max_length=120,
        error_messages={"required": "Say why, for example “Easter Monday”"},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", "The last day is before the first")
        return cleaned

    @property
    def content(self) -> dict[str, Any]:
        """What the service takes: the end is the first day open again."""
        data = self.cleaned_data
        return {
            "location": data["location"],
            "starts_date": data["first_day"],
            "ends_date": data["last_day"] + timedelta(days=1),
            "reason": data["reason"],
        }
