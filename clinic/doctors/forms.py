from typing import Any

from django import forms
from django.db.models import Q

from accounts.models import User
from accounts.users.models import Role
from clinic.doctors.models import Doctor
from clinic.specialties.models import Specialty


class DoctorForm(forms.ModelForm):
    """The facts about a doctor; the page about them is the editors'."""

    languages = forms.CharField(
        label="Languages",
        help_text="Codes between commas, the best spoken first: en, pt, ar",
        error_messages={"required": "Enter at least one, for example en"},
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
        self.initial["languages"] = ", ".join(self.instance.languages)

    def clean_languages(self) -> list[str]:
        codes = [
            code.strip()
            for code in self.cleaned_data["languages"].split(",")
            if code.strip()
        ]
        wrong = [code for code in codes if not code.replace("-", "").isalpha()]
        if wrong:
            raise forms.ValidationError(
                f"“{wrong[0]}” is no language code. Use codes such as en or pt"
            )
        return codes

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        joined, left = cleaned.get("joined_date"), cleaned.get("left_date")
        if joined and left and left <= joined:
            self.add_error("left_date", "This is before the first day here")
        return cleaned
