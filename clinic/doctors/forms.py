from typing import Any

from django import forms
from django.db.models import Q

from accounts.models import User
from accounts.users.models import Role
from clinic.doctors.models import Doctor
from clinic.specialties.models import Specialty
from foundation.languages import language_code, language_name


class DoctorForm(forms.ModelForm):
    """The facts about a doctor; the page about them is the editors'."""

    languages = forms.CharField(
        label="Languages",
        help_text="Between commas, the best spoken first: English, Portuguese",
        error_messages={"required": "Enter at least one, for example English"},
    )

    class Meta:
        model = Doctor
        fields = [
            "title",
            "first_name",
            "last_name",
            "specialties",
            "languages",
            "gender",
            "registration_number",
            "user",
            "is_listed",
            "takes_new_patients",
            "joined_date",
            "left_date",
        ]
        labels = {
            "user": "Signs in as",
            "is_listed": "Shown on the site",
            "takes_new_patients": "Takes new patients",
            "joined_date": "First day here",
            "left_date": "First day no longer here",
        }
        help_texts = {
            "left_date": "From then on nothing can be booked.",
            "user": "Doctors and nurses who were invited under People and roles.",
        }
        error_messages = {
            "first_name": {"required": "Enter their first name"},
            "last_name": {"required": "Enter their last name"},
            "specialties": {"required": "Choose at least one specialty"},
            "joined_date": {"invalid": "Enter a date, for example 2027-03-31"},
            "left_date": {"invalid": "Enter a date, for example 2027-03-31"},
        }
        widgets = {
            "specialties": forms.CheckboxSelectMultiple,
            "joined_date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "left_date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["user"]
        # Nurses are booked by name too; nobody is two doctors.
        people.queryset = (
            User.objects.filter(
                Q(doctor=None) | Q(doctor=self.instance.pk),
                role_assignments__role__in=(Role.DOCTOR, Role.NURSE),
                is_active=True,
            )
            .distinct()
            .order_by("last_name", "first_name")
        )
        people.empty_label = "Nobody yet"
        kinds: Any = self.fields["specialties"]
        held = self.instance.specialties.all() if self.instance.pk else []
        kinds.queryset = Specialty.objects.filter(
            Q(is_active=True) | Q(pk__in=[one.pk for one in held])
        ).order_by("plain_name", "pk")
        self.initial["languages"] = ", ".join(map(_said, self.instance.languages))

    def clean_languages(self) -> list[str]:
        """The BCP 47 codes of what was typed: names, or codes."""
        words = [word.strip() for word in self.cleaned_data["languages"].split(",")]
        # A code that was set otherwise, such as by an import, is kept.
        kept = set(self.instance.languages)
        found = {
            word: word if word in kept else language_code(word)
            for word in words
            if word
        }
        unknown = [word for word, code in found.items() if code is None]
        if unknown:
            raise forms.ValidationError(
                f"We don't know a language “{unknown[0]}”. Use its English name, for "
                "example Portuguese"
            )
        if not found:
            raise forms.ValidationError("Enter at least one, for example English")
        return list(dict.fromkeys(code for code in found.values() if code))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        joined, left = cleaned.get("joined_date"), cleaned.get("left_date")
        if joined and left and left <= joined:
            self.add_error("left_date", "This is before the first day here")
        return cleaned


def _said(code: str) -> str:
    """The language's name where it leads back to the code, else the code."""
    name = language_name(code)
    return name if language_code(name) == code else code
