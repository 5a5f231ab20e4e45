from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone

from clinic.doctors.models import Doctor
from clinic.locations.models import Location, ReminderLead
from clinic.resources.models import Capability, Room
from clinic.specialties.models import Specialty
from clinic.visit_types.models import VisitType
from foundation.numbers import whole


class VisitTypeForm(forms.ModelForm):
    """A visit type with its length, price and rules."""

    duration_minutes = forms.IntegerField(
        label="Length, in minutes",
        min_value=5,
        max_value=480,
        initial=30,
        error_messages=whole("length"),
    )
    late_cancellation_percent = forms.IntegerField(
        label="Kept when cancelled later, in percent",
        min_value=0,
        max_value=100,
        initial=50,
        error_messages=whole("late cancellation"),
    )
    missed_percent = forms.IntegerField(
        label="Kept when nobody comes, in percent",
        min_value=0,
        max_value=100,
        initial=100,
        error_messages=whole("missed visit"),
    )
    follow_up_days = forms.IntegerField(
        label="A follow-up within, in days",
        help_text="Of a finished visit. Empty: it is never a follow-up.",
        min_value=1,
        max_value=365,
        required=False,
        error_messages={
            "invalid": "Enter a whole number, without letters",
            "min_value": "Enter 1 or more, or leave it empty",
            "max_value": "Enter 365 or less, or leave it empty",
        },
    )
    follow_up_percent = forms.IntegerField(
        label="A follow-up costs, in percent of the price",
        help_text="0: nothing.",
        min_value=0,
        max_value=100,
        initial=0,
        error_messages=whole("follow-up"),
    )
    most_moves = forms.IntegerField(
        label="Moves by the patient, at most",
        help_text="How often patients may move one visit online. 0: only you do.",
        min_value=0,
        max_value=20,
        initial=3,
        error_messages=whole("moves"),
    )
    reminder_leads = forms.MultipleChoiceField(
        label="Reminders",
        choices=ReminderLead.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        initial=ReminderLead.values,
    )

    class Meta:
        model = VisitType
        fields = [
            "name",
            "summary",
            "specialties",
            "mode",
            "duration_minutes",
            "buffer_before_minutes",
            "buffer_after_minutes",
            "price",
            "currency",
            "booking_policy",
            "payment_policy",
            "payment_deadline_hours",
            "minimum_notice_minutes",
            "horizon_days",
            "free_cancellation_hours",
            "late_cancellation_percent",
            "late_cancellation_fee",
            "missed_percent",
            "missed_fee",
            "follow_up_days",
            "follow_up_of",
            "follow_up_percent",
            "most_moves",
            "reminder_leads",
            "new_patients_only",
            "needs_room",
            "room_needs",
            "equipment_needs",
            "is_active",
        ]
        labels = {
            "needs_room": "Needs a room",
            "room_needs": "The room must offer",
            "equipment_needs": "Equipment, one piece for each",
            "summary": "What it is for, in a few words",
            "buffer_before_minutes": "Kept free before, in minutes",
            "buffer_after_minutes": "Kept free after, in minutes",
            "booking_policy": "How it is booked",
            "payment_policy": "When it is paid",
            "payment_deadline_hours": "Time to pay after approval, in hours",
            "minimum_notice_minutes": "Shortest notice, in minutes",
            "horizon_days": "How far ahead, in days",
            "free_cancellation_hours": "Free to cancel until, in hours before",
            "late_cancellation_fee": "Or a fixed sum",
            "missed_fee": "Or a fixed sum",
            "follow_up_of": "Of which visit",
            "new_patients_only": "For new patients only",
            "is_active": "Offered",
        }
        help_texts = {
            "name": "",
            "currency": "",
            "summary": "For example “One problem”",
            "needs_room": "Any suitable room that is free, unless the doctor has one of"
            " their own below.",
            "room_needs": "",
            "equipment_needs": "",
            "late_cancellation_fee": "Leave it empty to keep the share.",
            "missed_fee": "Leave it empty to keep the share.",
        }
        widgets = {
            "specialties": forms.CheckboxSelectMultiple,
            "room_needs": forms.CheckboxSelectMultiple,
            "equipment_needs": forms.CheckboxSelectMultiple,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds: Any = self.fields["specialties"]
        held = self.instance.specialties.all() if self.instance.pk else []
        kinds.queryset = Specialty.objects.filter(
            Q(is_active=True) | Q(pk__in=[one.pk for one in held])
        ).order_by("plain_name", "pk")
        for name in ("room_needs", "equipment_needs"):
            field: Any = self.fields[name]
            field.queryset = Capability.objects.order_by("name")

    def clean_currency(self) -> str:
        currency: str = self.cleaned_data["currency"].strip().upper()
        if len(currency) != 3 or not currency.isalpha():
            raise forms.ValidationError("Enter three letters, for example GBP")
        return currency

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        policy, price = cleaned.get("payment_policy"), cleaned.get("price")
        if policy == VisitType.PaymentPolicy.FREE and price:
            self.add_error(
                "price", "A free visit costs 0. Change this, or when it is paid"
            )
        if policy == VisitType.PaymentPolicy.BEFORE and price == 0:
            self.add_error("price", "Enter a price, or choose “Free” below")
        self._check_room(cleaned)
        for name in ("late_cancellation_fee", "missed_fee"):
            fee = cleaned.get(name)
            if fee is not None and fee < 0:
                self.add_error(name, "Enter 0 or more")
            elif fee is not None and price is not None and fee > price:
                self.add_error(name, "Enter at most the price")
        return cleaned

    def _check_room(self, cleaned: dict[str, Any]) -> None:
        is_here = cleaned.get("mode") == VisitType.Mode.IN_PERSON
        for name in ("needs_room", "equipment_needs"):
            if cleaned.get(name) and not is_here and "mode" not in self.errors:
                self.add_error(name, "Only a visit in person takes a room or equipment")
        if cleaned.get("room_needs") and not cleaned.get("needs_room"):
            self.add_error("needs_room", "Tick this, as the room must offer something")


class OfferingForm(forms.Form):
    """Who offers it, and where."""

    doctor = forms.ModelChoiceField(
        label="Doctor",
        queryset=Doctor.objects.none(),
        empty_label="Choose a doctor",
        error_messages={"required": "Choose who offers it"},
    )
    location = forms.ModelChoiceField(
        label="Where",
        queryset=Location.objects.filter(is_active=True).order_by("name"),
        empty_label="Choose a location",
        error_messages={"required": "Choose where, for video from where"},
    )
    room = forms.ModelChoiceField(
        label="Room",
        queryset=Room.objects.filter(is_active=True)
        .select_related("location")
        .order_by("location__name", "name"),
        required=False,
        empty_label="No room, or any that suits",
    )
    only_this_room = forms.BooleanField(
        label="In this room only",
        help_text="Else another suitable one where this one is taken.",
        required=False,
        initial=True,
    )
    price = forms.DecimalField(
        label="Price, where it differs",
        min_value=0,
        max_digits=9,
        decimal_places=2,
        required=False,
    )
    most_a_day = forms.IntegerField(
        label="At most, per day",
        help_text="How many of these visits they see there on one day. Empty: as many"
        " as fit.",
        min_value=1,
        max_value=200,
        required=False,
        error_messages={
            "invalid": "Enter a whole number, without letters",
            "min_value": "Enter 1 or more, or leave it empty",
            "max_value": "Enter 200 or less, or leave it empty",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        self.fields["doctor"].queryset = Doctor.objects.filter(  # type: ignore[attr-defined]
            Q(left_date=None) | Q(left_date__gt=today)
        ).order_by("last_name", "first_name")
