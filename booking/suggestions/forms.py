"""What times suit somebody."""

from typing import Any

from django import forms

from booking.suggestions.models import TimeWishes
from booking.waitlist.models import Part, Weekday
from clinic.doctors.models import Doctor
from clinic.locations.models import Location
from foundation.languages import language_name


class WishesForm(forms.Form):
    """All of it may stay empty: then nothing matters. `wishes` are those kept."""

    parts = forms.MultipleChoiceField(
        label="Parts of the day",
        choices=Part.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    weekdays = forms.TypedMultipleChoiceField(
        label="Days of the week",
        choices=Weekday.choices,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    location = forms.ModelChoiceField(
        label="Place",
        queryset=Location.objects.none(),
        required=False,
        empty_label="Any place",
        to_field_name="public_id",
        error_messages={"invalid_choice": "Choose one of the places"},
    )
    language = forms.ChoiceField(
        label="A doctor who speaks",
        required=False,
        error_messages={"invalid_choice": "Choose one of the languages"},
    )
    wants_suggestions = forms.BooleanField(
        label="Suggest times to me",
        help_text="They stand above all the times and hide none.",
        required=False,
    )

    def __init__(self, *args: Any, wishes: TimeWishes, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "parts": wishes.parts,
            "weekdays": wishes.weekdays,
            "location": wishes.location,
            "language": wishes.language,
            "wants_suggestions": wishes.wants_suggestions,
        }
        super().__init__(*args, **kwargs)
        place: Any = self.fields["location"]
        place.queryset = Location.objects.filter(is_active=True).order_by("name")
        spoken: Any = self.fields["language"]
        spoken.choices = [("", "Any language"), *_languages()]


def _languages() -> list[tuple[str, str]]:
    """What the clinic's doctors speak, by name."""
    doctors = Doctor.objects.only("languages")
    codes = {code for doctor in doctors for code in doctor.languages}
    named = [(code, language_name(code)) for code in codes]
    return sorted(named, key=lambda pair: pair[1])
