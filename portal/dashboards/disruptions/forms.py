from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet

from booking.availability.queries import zone_of
from booking.disruptions.permissions import places_limiting
from booking.disruptions.queries import place_of_now
from booking.disruptions.services.late import MOST_MINUTES
from clinic.doctors.models import Doctor
from clinic.locations.models import Location
from foundation.formats import join_words, local
from portal.dashboards.hours.forms import ExceptionForm
from portal.dashboards.my_day.queries import bounds
from portal.dashboards.queue.queries import own_doctor

LEAST_MINUTES = 5


def end_of_day(doctor: Doctor, place: Location | None, *, at: datetime) -> datetime:
    """When today is over by the clock of a location, or (None) of the doctor's own."""
    zone = place.time_zone if place is not None else zone_of(doctor)
    return bounds(local(at, zone).date(), zone)[1]


def _doctor(doctors: QuerySet[Doctor]) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        label="Whose day",
        queryset=doctors.order_by("last_name", "first_name"),
        to_field_name="slug",
        empty_label="Choose a doctor",
        error_messages={
            "required": "Choose a doctor",
            "invalid_choice": "Choose a doctor from the list",
        },
    )


def _where_help(user: Any) -> str:
    if own_doctor(user) is not None:
        return ""
    return "A desk of one location calls a doctor away from there alone."


class AwayForm(ExceptionForm):
    """A doctor is away, in the wall time of where they work."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    field_order = [
        "doctor", "location", "first_day", "from_time", "last_day", "to_time", "reason",
    ]  # fmt: skip

    def __init__(
        self, *args: Any, user: Any, doctors: QuerySet[Doctor], **kwargs: Any
    ) -> None:
        super().__init__(*args, zone="UTC", **kwargs)
        self.user = user
        self.fields["doctor"] = _doctor(doctors)
        self.fields["location"] = forms.ModelChoiceField(
            label="Where",
            queryset=Location.objects.filter(is_active=True).order_by("name"),
            to_field_name="slug",
            required=False,
            empty_label="Everywhere",
            help_text=_where_help(user),
            error_messages={"invalid_choice": "Choose a location from the list"},
        )
        self.fields["reason"] = forms.CharField(
            label="Why",
            help_text="Every patient reads this. Leave out health details, the"
            " doctor's too.",
            max_length=300,
            widget=forms.Textarea(attrs={"rows": 2}),
            initial="The doctor cannot be here. We are sorry.",
            error_messages={
                "required": "Give a reason, in words for the patients",
                "max_length": "Write at most 300 characters",
            },
        )
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        doctor = self.cleaned_data.get("doctor")
        location = self.cleaned_data.get("location")
        if location is not None:
            self.zone = ZoneInfo(location.time_zone)
        elif doctor is not None:
            self.zone = ZoneInfo(zone_of(doctor))
        allowed = places_limiting(self.user, doctor) if doctor is not None else None
        is_refused = allowed is not None and location not in allowed
        if is_refused and "location" not in self.errors:
            names = join_words([one.name for one in allowed or ()], "or")
            self.add_error("location", f"Choose {names}, whose desk you work at")
        return super().clean()


# Values of "Where" beside the locations: empty is where the doctor works.
EVERYWHERE = "everywhere"


class LateForm(forms.Form):
    """By how much a doctor runs late, and where."""

    minutes = forms.IntegerField(
        label="Minutes late",
        min_value=LEAST_MINUTES,
        max_value=MOST_MINUTES,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "step": "5"}),
        error_messages={
            "required": "Enter the minutes",
            "invalid": "Enter the minutes as a number",
            "min_value": f"Enter at least {LEAST_MINUTES} minutes",
            "max_value": f"Enter at most {MOST_MINUTES} minutes. Away for longer?"
            " Cancel the rest of the day",
        },
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    field_order = ["doctor", "location", "minutes"]

    def __init__(
        self,
        *args: Any,
        user: Any,
        doctors: QuerySet[Doctor],
        at: datetime,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.at = user, at
        self.fields["doctor"] = _doctor(doctors)
        self.places = {one.slug: one for one in Location.objects.filter(is_active=True)}
        named = sorted((one.name, slug) for slug, one in self.places.items())
        self.fields["location"] = forms.ChoiceField(
            label="Where",
            choices=[
                ("", "Where they work now, or next today"),
                *((slug, name) for name, slug in named),
                (EVERYWHERE, "Everywhere"),
            ],
            required=False,
            help_text="Only those who are still to come there are told.",
            error_messages={"invalid_choice": "Choose a location from the list"},
        )
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        """`location` is None for everywhere; `ends_at` the end of today there."""
        cleaned = super().clean() or self.cleaned_data
        doctor = cleaned.get("doctor")
        if doctor is None or "location" in self.errors:
            return cleaned
        asked = cleaned["location"]
        place = self.places.get(asked) or self._now(doctor, asked)
        if "location" in self.errors:
            return cleaned
        allowed = places_limiting(self.user, doctor)
        if allowed is not None and place not in allowed:
            names = join_words([one.name for one in allowed], "or")
            self.add_error("location", f"Choose {names}, whose desk you work at")
        cleaned["location"] = place
        cleaned["ends_at"] = end_of_day(doctor, place, at=self.at)
        return cleaned

    def _now(self, doctor: Doctor, asked: str) -> Location | None:
        if asked == EVERYWHERE:
            return None
        until = end_of_day(doctor, None, at=self.at)
        place = place_of_now(doctor, until=until, at=self.at)
        if place is None:
            self.add_error(
                "location",
                f"{doctor.full_name} works nowhere any more today. Choose a location,"
                " or everywhere",
            )
        return place
