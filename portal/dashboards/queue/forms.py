"""What the desk types about the day."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from clinic.doctors.models import Doctor
from clinic.locations.models import Location
from clinic.resources.models import Room
from clinic.visit_types.models import VisitType
from portal.dashboards.front_desk.forms import DoctorChoice, FilterForm


class PlaceForm(forms.Form):
    """Whose queue is shown. Nothing wrong in it hides it."""

    location = forms.ModelChoiceField(
        label="Location",
        queryset=Location.objects.none(),
        required=False,
        empty_label=None,
        to_field_name="slug",
    )

    def __init__(
        self, *args: Any, locations: QuerySet[Location], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["location"]
        field.queryset = locations

    def chosen(self) -> Location | None:
        """The place asked for, else the first there is; None where there is none."""
        self.is_valid()
        field: Any = self.fields["location"]
        found: Location | None = self.cleaned_data.get("location")
        return found or field.queryset.first()


class RoomForm(forms.Form):
    """Which room instead, whether who has it gets this one, and why it is given where
    it does not fit."""

    room = forms.ModelChoiceField(
        queryset=Room.objects.none(),
        to_field_name="public_id",
        error_messages={
            "required": "Choose a room",
            "invalid_choice": "Choose one of these rooms",
        },
    )
    swap = forms.BooleanField(required=False)
    why = forms.CharField(
        label="Why, if the room does not fit",
        help_text="Only staff see it. Leave out health details.",
        max_length=300,
        required=False,
        error_messages={"max_length": "Write at most 300 characters"},
    )

    def __init__(self, *args: Any, location_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["room"]
        field.queryset = Room.objects.filter(location=location_id, is_active=True)


class WalkInFilterForm(FilterForm):
    """What somebody comes for, where, and with whom."""

    location = forms.ModelChoiceField(
        label="Location",
        queryset=Location.objects.none(),
        required=False,
        empty_label="All",
        to_field_name="slug",
    )
    visit_type = forms.ModelChoiceField(
        label="Visit",
        queryset=VisitType.objects.filter(is_active=True, mode=VisitType.Mode.IN_PERSON)
        .exclude(booking_policy=VisitType.BookingPolicy.REQUEST)
        .order_by("name"),
        required=False,
        empty_label="Any",
        to_field_name="slug",
    )
    doctor = DoctorChoice(
        label="Doctor",
        queryset=Doctor.objects.none(),
        required=False,
        empty_label="Whoever is free first",
        to_field_name="slug",
    )


class ScreenForm(forms.Form):
    """A display on the wall."""

    location = forms.ModelChoiceField(
        label="Location",
        queryset=Location.objects.none(),
        to_field_name="slug",
        empty_label=None,
        error_messages={"required": "Choose a location"},
    )
    name = forms.CharField(
        label="Where it hangs",
        help_text="For yourselves, for example Entrance hall.",
        max_length=60,
        error_messages={
            "required": "Say where the display hangs, for example Entrance hall",
            "max_length": "Write at most 60 characters",
        },
    )

    def __init__(
        self, *args: Any, locations: QuerySet[Location], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["location"]
        field.queryset = locations
