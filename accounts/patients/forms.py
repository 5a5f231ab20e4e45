"""What people say about themselves."""

from django import forms
from django.conf import settings

from accounts.patients.models import Patient
from foundation.languages import language_choices
from foundation.phones import PhoneField
from foundation.pictures import BadPicture, portrait
from foundation.widgets import BirthDateField
from foundation.zones import zone_choices


def _name(label: str, autocomplete: str, missing: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": autocomplete}),
        error_messages={"required": missing},
    )


class NameForm(forms.Form):
    """Enough for those who work here."""

    first_name = _name("First name", "given-name", "Enter your first name")
    last_name = _name("Last name", "family-name", "Enter your last name")


class ProfileForm(NameForm):
    """A patient's identity and contacts. Its clean data fit `complete_profile`."""

    birth_date = BirthDateField()
    sex = forms.ChoiceField(
        label="Sex in your medical record",
        help_text="Doctors use it to judge test results and doses.",
        choices=[
            (Patient.Sex.UNKNOWN, "I'd rather not say"),
            (Patient.Sex.FEMALE, "Female"),
            (Patient.Sex.MALE, "Male"),
            (Patient.Sex.OTHER, "Other"),
        ],
        initial=Patient.Sex.UNKNOWN,
    )
    phone = PhoneField(
        region=settings.PHONE_REGION,
        label="Mobile phone number",
        help_text="We text reminders to it, and call if a visit changes.",
        required=False,
    )
    address = forms.CharField(
        label="Address",
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
    )
    language = forms.ChoiceField(
        label="Language you like to speak with us",
        help_text="Your doctor sees this. Our pages and messages are in English.",
        choices=language_choices,
        initial="en",
    )

    def clean_address(self) -> str:
        """Without empty lines, and with one kind of line end."""
        lines = str(self.cleaned_data["address"]).splitlines()
        return "\n".join(line.strip() for line in lines if line.strip())


class PictureForm(forms.Form):
    """A portrait; its clean data is a JPEG, made anew."""

    picture = forms.FileField(
        label="Choose a picture",
        help_text="JPEG or PNG, at most 10 MB. We keep the middle of it, as a square.",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png"}),
        error_messages={
            "required": "Choose a picture first",
            "empty": "Choose a JPEG or PNG picture",
        },
    )

    def clean_picture(self) -> bytes:
        file = self.cleaned_data["picture"]
        try:
            return portrait(file, file.size)
        except BadPicture as error:
            raise forms.ValidationError(str(error)) from error


AS_CLINIC = "clinic"


class SettingsForm(forms.Form):
    """How times are shown. Its clean time zone is an IANA name, or "" for the
    clinic's."""

    time_zone = forms.TypedChoiceField(
        label="Your time zone",
        choices=lambda: [(AS_CLINIC, "The clinic's"), *zone_choices()],
        coerce=lambda value: "" if value == AS_CLINIC else value,
        help_text="Times of visits in person are always the clinic's own.",
        error_messages={
            "required": "Choose a time zone from the list",
            "invalid_choice": "Choose a time zone from the list",
        },
    )
