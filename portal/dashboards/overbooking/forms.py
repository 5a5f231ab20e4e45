import datetime as dt
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet

from clinic.locations.models import Location
from clinic.resources.models import Room
from clinic.visit_types.models import Offering


class OfferingChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.doctor.short_name}, {obj.visit_type.name}, {obj.location.name}"


class DayForm(forms.Form):
    """What is to be booked over another visit, and on which day."""

    offering = OfferingChoice(
        label="Doctor and visit",
        queryset=Offering.objects.none(),
        to_field_name="public_id",
        empty_label="Choose",
        error_messages={
            "required": "Choose a doctor and a visit",
            "invalid_choice": "Choose a doctor and a visit from the list",
        },
    )
    date = forms.DateField(
        label="Day",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Enter a date", "invalid": "Enter a date"},
    )

    def __init__(
        self, *args: Any, offerings: QuerySet[Offering], today: dt.date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        choice: Any = self.fields["offering"]
        choice.queryset = offerings.select_related(
            "doctor", "visit_type", "location", "room"
        ).order_by("doctor__last_name", "visit_type__name", "location__name", "pk")

    def clean_date(self) -> dt.date:
        chosen: dt.date = self.cleaned_data["date"]
        # Where the clinic's day has begun already, there or here.
        if (self.today - chosen).days > 1:
            raise forms.ValidationError("Choose today or a day after it")
        return chosen


class OverbookForm(forms.Form):
    """When on that day, in which room, and why."""

    time = forms.TimeField(
        label="Time",
        widget=forms.TimeInput(attrs={"type": "time", "step": "300"}, format="%H:%M"),
        error_messages={
            "required": "Enter a time, for example 09:00",
            "invalid": "Enter a time, for example 09:00",
        },
    )
    room = forms.ModelChoiceField(
        label="Room",
        help_text="A room holds one visit at a time.",
        queryset=Room.objects.none(),
        to_field_name="public_id",
        required=False,
        empty_label="None, or any that suits where one is needed",
        error_messages={"invalid_choice": "Choose a room from the list"},
    )
    why = forms.CharField(
        label="Why it is overbooked",
        help_text="Staff read it at both visits. Leave out health details.",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={
            "required": "Give a reason, for whoever works that day",
            "max_length": "Write at most 300 characters",
        },
    )
    reason = forms.CharField(
        label="Reason for the visit",
        help_text="In the patient's words. The doctor reads it.",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"max_length": "Write at most 1000 characters"},
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, day: dt.date, location: Location, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.day, self.zone = day, ZoneInfo(location.time_zone)
        room: Any = self.fields["room"]
        room.queryset = location.rooms.filter(is_active=True).order_by("name")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "time" in cleaned:
            wall = datetime.combine(self.day, cleaned["time"], self.zone)
            # An hour that the clocks leave out comes back as another one.
            there = wall.astimezone(ZoneInfo("UTC"))
            if there.astimezone(self.zone).time() != cleaned["time"]:
                self.add_error("time", "The clocks leave this time out on that day")
            cleaned["starts_at"] = there
        return cleaned
