from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet

from booking.availability.models import WorkingHours
from booking.availability.services import Hours
from clinic.locations.models import Location, Weekday

# Two spans a day: most breaks are one, and what lies between the spans is the break.
SPANS = (1, 2)


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


@dataclass(frozen=True)
class DayFields:
    """The four boxes of one weekday, as bound fields."""

    name: str
    spans: list[tuple[Any, Any]]


class WeekForm(forms.Form):
    """A doctor's week at one location, in its wall time."""

    location = forms.ModelChoiceField(
        label="Location", queryset=Location.objects.none(), to_field_name="slug"
    )
    from_date = _date("From", help_text="The day from which these hours hold.")
    until_date = _date(
        "Until", required=False, help_text="The first day without; empty: for good."
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        location: Any = self.fields["location"]
        location.queryset = Location.objects.filter(is_active=True).order_by("name")
        for day in Weekday:
            for span in SPANS:
                self.fields[_name(day, span, "from")] = _time(f"{day.label}, from")
                self.fields[_name(day, span, "to")] = _time(f"{day.label}, to")

    @property
    def days(self) -> list[DayFields]:
        """The boxes by weekday."""
        return [
            DayFields(
                str(day.label),
                [
                    (self[_name(day, span, "from")], self[_name(day, span, "to")])
                    for span in SPANS
                ],
            )
            for day in Weekday
        ]

    def clean_from_date(self) -> date:
        chosen: date = self.cleaned_data["from_date"]
        if chosen < self.today:
            raise forms.ValidationError(
                "Past hours stay as they were. Choose today or later"
            )
        return chosen

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for day in Weekday:
            ends: time | None = None
            for span in SPANS:
                first, last = _name(day, span, "from"), _name(day, span, "to")
                begins, until = cleaned.get(first), cleaned.get(last)
                if bool(begins) != bool(until):
                    missing = last if begins else first
                    if missing not in self.errors:
                        self.add_error(missing, f"{day.label}: enter both times")
                elif begins and until and until <= begins:
                    self.add_error(last, f"{day.label}: the end is before the start")
                elif begins and ends and begins < ends:
                    self.add_error(first, f"{day.label}: the times overlap")
                ends = until or ends
        return cleaned

    @property
    def week(self) -> list[Hours]:
        """What the service takes."""
        return [
            Hours(weekday=int(day), starts_time=begins, ends_time=until)
            for day in Weekday
            for span in SPANS
            if (begins := self.cleaned_data[_name(day, span, "from")])
            and (until := self.cleaned_data[_name(day, span, "to")])
        ]


def _name(day: Weekday, span: int, end: str) -> str:
    return f"{day.name.lower()}_{span}_{end}"


def spans_of(row: WorkingHours) -> list[tuple[time, time]]:
    """Working hours less their breaks. Uses prefetched breaks."""
    spans, begins = [], row.starts_time
    for pause in sorted(row.breaks.all(), key=lambda pause: pause.starts_time):
        if begins < pause.starts_time:
            spans.append((begins, pause.starts_time))
        begins = pause.ends_time
    if begins < row.ends_time:
        spans.append((begins, row.ends_time))
    return spans


def initial_week(rows: QuerySet[WorkingHours] | list[WorkingHours]) -> dict[str, time]:
    """The boxes as the given rows fill them; further spans of a day are left out."""
    initial: dict[str, time] = {}
    for day in Weekday:
        spans = [span for row in rows if row.weekday == day for span in spans_of(row)]
        for number, (begins, until) in zip(SPANS, sorted(spans), strict=False):
            initial[_name(day, number, "from")] = begins
            initial[_name(day, number, "to")] = until
    return initial


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
            self.fields[name].required = True
            self.fields[name].error_messages["required"] = "Enter a time"
        location: Any = self.fields["location"]
        location.queryset = Location.objects.filter(is_active=True).order_by("name")

    def clean(self) -> dict[str, Any]:
        location = self.cleaned_data.get("location")
        if location is not None:
            self.zone = ZoneInfo(location.time_zone)
        return super().clean()
