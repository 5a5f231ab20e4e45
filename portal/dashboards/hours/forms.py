from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from booking.availability.services import Hours
from clinic.locations.forms import WeekForm
from clinic.locations.models import Location


def _time(label: str) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=False,
        widget=forms.TimeInput(attrs={"type": "time", "step": "300"}, format="%H:%M"),
        error_messages={"invalid": "Enter a time, for example 09:00"},
    )


def _date(label: str, **kwargs: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Enter a date", "invalid": "Enter a date"},
        **kwargs,
    )


EVERY_WEEK, EVERY_SECOND = 1, 2


class HoursForm(WeekForm):
    """A doctor's week at one location, in its wall time."""

    location = forms.ModelChoiceField(
        label="Location", queryset=Location.objects.none(), to_field_name="slug"
    )
    from_date = _date("From", help_text="The day from which these hours hold.")
    until_date = _date(
        "Until", required=False, help_text="The first day without; empty: for good."
    )

    rhythm = forms.TypedChoiceField(
        label="How often",
        choices=[
            (EVERY_WEEK, "Every week"),
            (EVERY_SECOND, "Every second week, from that of the first day on"),
        ],
        coerce=int,
        empty_value=None,
        initial=EVERY_WEEK,
        required=False,
        error_messages={"invalid_choice": "Choose how often"},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        location: Any = self.fields["location"]
        location.queryset = Location.objects.filter(is_active=True).order_by("name")

    def clean_from_date(self) -> date:
        chosen: date = self.cleaned_data["from_date"]
        if chosen < self.today:
            raise forms.ValidationError(
                "Past hours stay as they were. Choose today or later"
            )
        return chosen

    @property
    def hours(self) -> list[Hours]:
        """What the service takes."""
        return [
            Hours(weekday=day, starts_time=begins, ends_time=until)
            for day, begins, until in self.spans
        ]


class ExceptionForm(forms.Form):
    """Time off, or extra hours, in wall time."""

    first_day = _date("First day")
    from_time = _time("From")
    last_day = _date("Last day", required=False, help_text="Empty: the same day.")
    to_time = _time("To")
    reason = forms.CharField(
        label="Note", help_text="Only staff see it.", max_length=120, required=False
    )

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(zone)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        first = cleaned["first_day"]
        last = cleaned.get("last_day") or first
        begins, until = cleaned.get("from_time"), cleaned.get("to_time")
        cleaned["starts_at"] = self._instant(first, begins or time())
        # Without a time the whole last day is meant.
        cleaned["ends_at"] = (
            self._instant(last, until)
            if until
            else self._instant(last + timedelta(days=1), time())
        )
        if cleaned["ends_at"] <= cleaned["starts_at"]:
            self.add_error(
                "to_time" if until else "last_day", "The end is before the start"
            )
        return cleaned

    def _instant(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, tzinfo=self.zone)


class ExtraForm(ExceptionForm):
    """Extra hours at a location."""

    location = forms.ModelChoiceField(
        label="Location", queryset=Location.objects.none(), to_field_name="slug"
    )

    field_order = ["location", "first_day", "from_time", "to_time", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Extra hours are one day's: from and to are needed, a last day is not.
        del self.fields["last_day"]
        for name in ("from_time", "to_time"):
            box = self.fields[name]
            box.required = True
            box.error_messages["required"] = f"Enter a time in “{box.label}”"
        location: Any = self.fields["location"]
        location.queryset = Location.objects.filter(is_active=True).order_by("name")

    def clean(self) -> dict[str, Any]:
        location = self.cleaned_data.get("location")
        if location is not None:
            self.zone = ZoneInfo(location.time_zone)
        return super().clean()
