from typing import Any

from django import forms
from django.db.models import Q

from clinic.locations.forms import WeekForm, by_weekday
from clinic.locations.models import Location
from clinic.locations.services import OpenSpan
from clinic.resources.models import Capability, Equipment, Room

_NAMES = {
    "required": "Enter a name",
    "max_length": "Use 60 characters at most",
}


class CapabilityForm(forms.Form):
    """Something that rooms or equipment offer."""

    name = forms.CharField(
        label="Name",
        help_text="For example “Treatment couch”, “Step-free” or “Ultrasound”.",
        max_length=60,
        error_messages={
            "required": "Enter a name, for example Treatment couch",
            "max_length": "Use 60 characters at most",
        },
    )


class _ResourceForm(WeekForm):
    """What it is called, what it offers, and its own hours."""

    name = forms.CharField(label="Name", max_length=60, error_messages=_NAMES)
    capabilities = forms.ModelMultipleChoiceField(
        label="What it offers",
        queryset=Capability.objects.order_by("name"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Choose from the list"},
    )

    def __init__(
        self, *args: Any, resource: Room | Equipment | None = None, **kwargs: Any
    ) -> None:
        if resource is not None:
            kwargs["week"] = by_weekday(resource.hours.all())
            kwargs["initial"] = {
                "name": resource.name,
                "capabilities": resource.capabilities.all(),
                **kwargs.get("initial", {}),
            }
        super().__init__(*args, **kwargs)

    @property
    def content(self) -> dict[str, Any]:
        """What the service takes."""
        data = self.cleaned_data
        return {
            "name": data["name"],
            "capabilities": list(data["capabilities"]),
            "hours": [OpenSpan(*span) for span in self.spans],
        }


class RoomForm(_ResourceForm):
    """A room of a location."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = self.fields["name"]
        name.help_text = "As on its door: for example “Room 3” or “Nurses' room”."
        name.error_messages["required"] = "Enter a name, for example Room 3"


class EquipmentForm(_ResourceForm):
    """A piece of equipment of a location."""

    room = forms.ModelChoiceField(
        label="Where it stands",
        help_text="What is fixed in a room serves visits in that room only.",
        queryset=Room.objects.none(),
        required=False,
        empty_label="It is moved about",
        to_field_name="public_id",
        error_messages={"invalid_choice": "Choose a room from the list"},
    )

    def __init__(
        self,
        *args: Any,
        location: Location,
        resource: Equipment | None = None,
        **kwargs: Any,
    ) -> None:
        if resource is not None and resource.room is not None:
            kwargs["initial"] = {"room": resource.room.public_id}
        super().__init__(*args, resource=resource, **kwargs)
        name = self.fields["name"]
        name.help_text = "For example “Ultrasound 2”."
        name.error_messages["required"] = "Enter a name, for example Ultrasound 2"
        # What stands in a room that was closed stays there until somebody moves it.
        here = resource.room_id if resource else None
        rooms: Any = self.fields["room"]
        rooms.queryset = location.rooms.filter(Q(is_active=True) | Q(pk=here)).order_by(
            "name"
        )

    @property
    def content(self) -> dict[str, Any]:
        """What the service takes."""
        return {**super().content, "room": self.cleaned_data["room"]}
