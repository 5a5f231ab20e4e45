from typing import Any

from django import forms
from django.db.models import QuerySet

from clinic.locations.models import Location
from clinic.resources.models import Room
from portal.dashboards.front_desk.forms import DayFilterForm

DAY, WEEK, MONTH, LIST = "day", "week", "month", "list"
VIEWS = {DAY: "Day", WEEK: "Week", MONTH: "Month", LIST: "List"}
ROOMS = "rooms"


class RoomChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}, {obj.location.name}"


class CalendarForm(DayFilterForm):
    """What of the calendar is shown. Nothing wrong in it hides the page."""

    view = forms.ChoiceField(
        choices=list(VIEWS.items()), required=False, widget=forms.HiddenInput
    )
    room = RoomChoice(
        label="Room",
        queryset=Room.objects.none(),
        required=False,
        empty_label="All",
        to_field_name="public_id",
    )
    by = forms.ChoiceField(
        label="Side by side",
        choices=[("", "Doctors"), (ROOMS, "Rooms")],
        required=False,
    )

    def __init__(
        self, *args: Any, locations: QuerySet[Location] | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, locations=locations, **kwargs)
        if locations is not None:
            room: Any = self.fields["room"]
            room.queryset = Room.objects.filter(
                location__in=locations, is_active=True
            ).select_related("location")
            room.queryset = room.queryset.order_by("location__name", "name")
