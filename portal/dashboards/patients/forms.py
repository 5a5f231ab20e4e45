from typing import Any

from django import forms

from accounts.models import Patient
from accounts.patients.forms import ProfileForm


class PatientForm(ProfileForm):
    """A patient's identity and contacts, put right by the desk.

    Its clean data fit `correct_patient`.
    """

    email = forms.EmailField(
        label="E-mail address",
        help_text="Messages go here. Ask the patient to spell it: whoever reads this "
        "mailbox can open a booking that has no account yet.",
        required=False,
        max_length=254,
        error_messages={
            "invalid": "Enter a full address, for example name@example.org"
        },
    )
    field_order = (
        "first_name",
        "last_name",
        "birth_date",
        "sex",
        "phone",
        "email",
        "address",
        "language",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        for name, part in (("first_name", "first"), ("last_name", "last")):
            fields[name].error_messages["required"] = f"Enter the {part} name"
        fields["sex"].label = "Sex in the medical record"
        fields["sex"].choices = Patient.Sex.choices
        fields["phone"].help_text = "Reminders are sent to it."
        fields["language"].label = "Language for talking with us"
        fields["language"].help_text = "The doctor sees this."
        for name in ("first_name", "last_name", "address"):
            # The browser would offer the details of whoever sits at the desk.
            fields[name].widget.attrs["autocomplete"] = "off"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not (cleaned.get("phone") or cleaned.get("email")) and not self.errors:
            self.add_error("phone", "Enter a phone number or an e-mail address")
        return cleaned
