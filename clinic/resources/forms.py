from django import forms


class RoomForm(forms.Form):
    """What a room is called."""

    name = forms.CharField(
        label="Name",
        help_text="As on its door: for example “Room 3” or “Nurses' room”.",
        max_length=60,
        error_messages={
            "required": "Enter a name, for example Room 3",
            "max_length": "Use 60 characters at most",
        },
    )
