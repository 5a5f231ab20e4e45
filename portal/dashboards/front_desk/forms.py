from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone

from booking.appointments.models import Status
from clinic.doctors.models import Doctor
from clinic.locations.models import Location
from clinic.visit_types.models import Offering, VisitType
from foundation.phones import PhoneField
from foundation.widgets import BirthDateField
from portal.dashboards.front_desk.queries import SHOWN


class DoctorChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.last_name}, {obj.title} {obj.first_name}"


def open_doctors() -> QuerySet[Doctor]:
    """Who works here today, by name."""
    today = timezone.localdate()
    return Doctor.objects.filter(Q(left_date=None) | Q(left_date__gt=today)).order_by(
        "last_name", "first_name"
    )


class FilterForm(forms.Form):
    """What is looked for, with a `doctor` among it, and a `location` of `locations`
    where they are given. Nothing wrong in it hides the list."""

    def __init__(
        self, *args: Any, locations: QuerySet[Location] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        doctor: Any = self.fields["doctor"]
        doctor.queryset = open_doctors()
        if locations is not None:
            location: Any = self.fields["location"]
            location.queryset = locations

    def chosen(self, name: str) -> Any:
        """What was asked for, or None where it was nothing or nonsense."""
        self.is_valid()
        return self.cleaned_data.get(name) or None


class DayFilterForm(FilterForm):
    """A day, where, and with whom; anything else besides."""

    date = forms.DateField(
        label="Day",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    location = forms.ModelChoiceField(
        label="Location",
        queryset=Location.objects.none(),
        required=False,
        empty_label="All",
        to_field_name="slug",
    )
    doctor = DoctorChoice(
        label="Doctor",
        queryset=Doctor.objects.none(),
        required=False,
        empty_label="All",
        to_field_name="slug",
    )


class DeskFilterForm(DayFilterForm):
    """Which visits the desk looks at."""

    status = forms.ChoiceField(
        label="State",
        required=False,
        choices=[("", "All"), *((status, Status(status).label) for status in SHOWN)],
    )
    q = forms.CharField(label="Name or reference", required=False, max_length=80)


class OfferingFilterForm(FilterForm):
    """What to book, and with whom."""

    visit_type = forms.ModelChoiceField(
        label="Visit",
        queryset=VisitType.objects.filter(is_active=True).order_by("name"),
        required=False,
        empty_label="Any",
        to_field_name="slug",
    )
    doctor = DoctorChoice(
        label="Doctor",
        queryset=Doctor.objects.none(),
        required=False,
        empty_label="Whoever is free first",
        to_field_name="slug",
    )


class BookForm(forms.Form):
    """The last step: this patient, this time."""

    offering = forms.ModelChoiceField(
        queryset=Offering.objects.filter(is_active=True).select_related(
            "visit_type", "doctor", "location"
        ),
        to_field_name="public_id",
        widget=forms.HiddenInput,
    )
    starts_at = forms.DateTimeField(
        widget=forms.HiddenInput,
        error_messages={"required": "Choose a time", "invalid": "Choose a time"},
    )
    key = forms.UUIDField(widget=forms.HiddenInput)
    as_follow_up = forms.BooleanField(
        label="Charge it as a follow-up",
        help_text="Also where it is none by the rules.",
        required=False,
    )
    reason = forms.CharField(
        label="Reason for the visit",
        help_text="In the patient's words. The doctor reads it.",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class RegisterForm(forms.Form):
    """A new patient, at the desk."""

    first_name = forms.CharField(
        label="First name",
        max_length=150,
        error_messages={"required": "Enter the first name"},
    )
    last_name = forms.CharField(
        label="Last name",
        max_length=150,
        error_messages={"required": "Enter the last name"},
    )
    birth_date = BirthDateField(label="Date of birth")
    phone = PhoneField(label="Mobile phone", required=False)
    email = forms.EmailField(
        label="E-mail address",
        required=False,
        error_messages={
            "invalid": "Enter a full address, for example name@example.org"
        },
    )
    is_another = forms.BooleanField(label="It is another person", required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not (cleaned.get("phone") or cleaned.get("email")) and not self.errors:
            self.add_error("phone", "Enter a phone number or an e-mail address")
        return cleaned

    @property
    def person(self) -> dict[str, Any]:
        """What the service takes."""
        names = ("first_name", "last_name", "birth_date", "phone", "email")
        return {name: self.cleaned_data[name] for name in names}
