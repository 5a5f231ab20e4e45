from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet

from clinic.locations.models import Location
from clinic.resources.models import Equipment, Room
from portal.dashboards.hours.forms import ExceptionForm

DAY, WEEK = "day", "week"


class ShownForm(forms.Form):
    """Where and when. Nothing wrong in it hides the page."""

    location = forms.ModelChoiceField(
        label="Location",
        queryset=Location.objects.none(),
        required=False,
        empty_label=None,
        to_field_name="slug",
    )
    day = forms.DateField(
        label="Day",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    span = forms.ChoiceField(
        label="Shown",
        choices=[(WEEK, "Its week"), (DAY, "The day")],
        required=False,
    )

    def __init__(
        self, *args: Any, locations: QuerySet[Location], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["location"]
        field.queryset = locations
        self.places = list(locations)
        self.is_valid()

    @property
    def place(self) -> Location | None:
        """The location asked for, else the first there is; None where there is none."""
        field: Any = self.fields["location"]
        found: Location | None = self.cleaned_data.get("location")
        return found or field.queryset.first()

    @property
    def is_day(self) -> bool:
        return self.cleaned_data.get("span") == DAY

    def day_or(self, today: date) -> date:
        """The day asked for; today where there is none, or none that can be read."""
        asked: date | None = self.cleaned_data.get("day")
        return asked or today

    def days(self, today: date) -> list[date]:
        """The day, or the week from Monday on in which it lies."""
        shown = self.day_or(today)
        if self.is_day:
            return [shown]
        monday = shown - timedelta(days=shown.weekday())
        return [monday + timedelta(days=number) for number in range(7)]


class OutageForm(ExceptionForm):
    """What is out of order, and from when to when, in the location's wall time."""

    resource = forms.ChoiceField(
        label="What is out of order",
        error_messages={
            "required": "Choose a room or a piece of equipment",
            "invalid_choice": "Choose from the list",
        },
    )

    field_order = [
        "resource", "first_day", "from_time", "last_day", "to_time", "reason",
    ]  # fmt: skip

    def __init__(self, *args: Any, location: Location, **kwargs: Any) -> None:
        super().__init__(*args, zone=location.time_zone, **kwargs)
        rooms = list(location.rooms.filter(is_active=True).order_by("name"))
        pieces = list(location.equipment.filter(is_active=True).order_by("name"))
        self.known: dict[str, Room | Equipment] = {
            **{str(one.public_id): one for one in rooms},
            **{str(one.public_id): one for one in pieces},
        }
        groups: list[tuple[str, list[Any]]] = [("Rooms", rooms), ("Equipment", pieces)]
        field: Any = self.fields["resource"]
        field.choices = [
            ("", "Choose a room or equipment"),
            *(
                (label, [(str(one.public_id), one.name) for one in found])
                for label, found in groups
                if found
            ),
        ]
        self.fields["reason"].help_text = "For example “Repair”. Only staff see it."

    @property
    def content(self) -> dict[str, Any]:
        """What the service takes."""
        data = self.cleaned_data
        return {
            "resource": self.known[data["resource"]],
            "starts_at": data["starts_at"],
            "ends_at": data["ends_at"],
            "reason": data["reason"],
        }
