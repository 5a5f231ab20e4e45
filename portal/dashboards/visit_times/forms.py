from typing import Any

from django import forms

from clinic.doctors.models import Doctor
from clinic.resources.models import Room


def _reason() -> forms.CharField:
    return forms.CharField(
        label="Why",
        help_text="The patient reads this. Leave out health details.",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={
            "required": "Give a reason, in words for the patient",
            "max_length": "Write at most 300 characters",
        },
    )


class TimeForm(forms.Form):
    """Another time for a visit, and why."""

    starts_at = forms.DateTimeField(
        widget=forms.HiddenInput,
        error_messages={"required": "Choose a time", "invalid": "Choose a time"},
    )
    key = forms.UUIDField(widget=forms.HiddenInput)
    reason = _reason()


class WishForm(forms.Form):
    """A place of the calendar: a time, perhaps another doctor or room, and the visit's
    sequence (`seen`) as the calendar showed it."""

    starts_at = forms.DateTimeField(widget=forms.HiddenInput)
    doctor = forms.ModelChoiceField(
        queryset=Doctor.objects.all(),
        to_field_name="slug",
        required=False,
        widget=forms.HiddenInput,
    )
    room = forms.ModelChoiceField(
        queryset=Room.objects.all(),
        to_field_name="public_id",
        required=False,
        widget=forms.HiddenInput,
    )
    seen = forms.IntegerField(
        min_value=0, required=False, widget=forms.HiddenInput, localize=False
    )


class PlaceForm(WishForm):
    """The same with the reason, once a form. Another room needs none: the patient is
    not told of it."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    reason = _reason()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self["room"].value():
            del self.fields["reason"]
