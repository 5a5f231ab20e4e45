from typing import Any

from django import forms

from clinic.doctors.models import Doctor
from clinic.specialties.models import Specialty
from clinic.visit_types.models import VisitType
from portal.dashboards.front_desk.forms import DoctorChoice


class ListFilterForm(forms.Form):
    """Who is shown. Nothing wrong in it hides the list."""

    doctor = DoctorChoice(
        label="Doctor",
        queryset=Doctor.objects.order_by("last_name", "first_name"),
        required=False,
        empty_label="All",
        to_field_name="slug",
    )
    specialty = forms.ModelChoiceField(
        label="Specialty",
        queryset=Specialty.objects.order_by("name"),
        required=False,
        empty_label="All",
        to_field_name="slug",
    )
    visit_type = forms.ModelChoiceField(
        label="Visit",
        queryset=VisitType.objects.order_by("name"),
        required=False,
        empty_label="All",
        to_field_name="slug",
    )

    @property
    def chosen(self) -> dict[str, Any]:
        """Keys of what was asked for; None where it was nothing or nonsense."""
        self.is_valid()
        names = ("doctor", "specialty", "visit_type")
        found = {name: self.cleaned_data.get(name) for name in names}
        return {f"{name}_id": row.pk if row else None for name, row in found.items()}
