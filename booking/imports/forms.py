"""A calendar to import."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from booking.imports.queries import rules
from clinic.doctors.models import Doctor
from foundation.errors import Refused
from foundation.fetching import check_address

WEBCAL = ("webcal://", "webcals://")


class ImportForm(forms.Form):
    """What it is called here, and the secret address at which it is read."""

    name = forms.CharField(
        label="Name",
        help_text="Only you and the front desk see it, for example “University”.",
        max_length=60,
        error_messages={"required": "Give it a name, so that you know it again"},
    )
    address = forms.CharField(
        label="Address of the calendar",
        help_text="The secret address in iCal format. It begins with https:// or"
        " webcal:// and often ends in .ics.",
        max_length=2000,
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}
        ),
        error_messages={"required": "Paste the address of the calendar"},
    )

    def clean_address(self) -> str:
        """As https, of a host that may be called."""
        address: str = self.cleaned_data["address"].strip()
        for scheme in WEBCAL:
            if address.lower().startswith(scheme):
                address = f"https://{address[len(scheme) :]}"
        try:
            check_address(address, rules=rules())
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return address


class WhoseForm(forms.Form):
    """Whose calendars somebody at the desk wants to see."""

    doctor = forms.ModelChoiceField(
        label="Doctor",
        queryset=Doctor.objects.none(),
        to_field_name="slug",
        empty_label="Choose a doctor",
    )

    def __init__(self, *args: Any, doctors: QuerySet[Doctor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["doctor"]
        field.queryset = doctors.order_by("last_name", "first_name")
