from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any, cast

import phonenumbers
from django import forms

from clinic.locations.models import Location, Weekday
from clinic.locations.services import OpenSpan
from foundation.phones import PhoneField
from foundation.zones import zone_choices

# A span of a weekday: from and to, in wall time.
Span = tuple[time, time]
Week = Mapping[int, Sequence[Span]]
# Two a day: most breaks are one, and what lies between the spans is the break.
USUAL_SPANS, MOST_SPANS = 2, 12


@dataclass(frozen=True)
class DayFields:
    """The boxes of one weekday, as bound fields."""

    name: str
    spans: list[tuple[Any, Any]]


def _box(label: str) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=False,
        widget=forms.TimeInput(attrs={"type": "time", "step": "300"}, format="%H:%M"),
        error_messages={"invalid": "Enter a time, for example 09:00"},
    )


def _name(day: Weekday, span: int, end: str) -> str:
    return f"{day.name.lower()}_{span}_{end}"


class WeekForm(forms.Form):
    """The spans of a week in wall time, each with a box for from and for to.

    `week` (spans by weekday) fills the boxes. There are two spans a day, or as many as
    its fullest day has, so that saving loses none.
    """

    def __init__(
        self,
        *args: Any,
        week: Mapping[int, Sequence[Span]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        saved = week or {}
        most = max((len(spans) for spans in saved.values()), default=0)
        most = max(most, USUAL_SPANS)
        # What was shown comes back, also where it was saved otherwise meanwhile.
        while (
            most < MOST_SPANS and _name(Weekday.MONDAY, most + 1, "from") in self.data
        ):
            most += 1
        self.numbers = range(1, most + 1)
        self.initial = {**self._boxes(saved), **self.initial}
        for day in Weekday:
            for number in self.numbers:
                self.fields[_name(day, number, "from")] = _box(f"{day.label}, from")
                self.fields[_name(day, number, "to")] = _box(f"{day.label}, to")

    def _boxes(self, week: Week) -> dict[str, time]:
        boxes = {}
        for day in Weekday:
            spans = sorted(week.get(day, []))
            for number, (begins, until) in zip(self.numbers, spans, strict=False):
                boxes[_name(day, number, "from")] = begins
                boxes[_name(day, number, "to")] = until
        return boxes

    @property
    def days(self) -> list[DayFields]:
        """The boxes by weekday."""
        return [
            DayFields(
                str(day.label),
                [
                    (self[_name(day, number, "from")], self[_name(day, number, "to")])
                    for number in self.numbers
                ],
            )
            for day in Weekday
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for day in Weekday:
            ends: time | None = None
            for number in self.numbers:
                first, last = _name(day, number, "from"), _name(day, number, "to")
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
    def spans(self) -> list[tuple[int, time, time]]:
        """The clean week as (weekday, from, to), Monday (0) first."""
        data = self.cleaned_data
        return [
            (int(day), begins, until)
            for day in Weekday
            for number in self.numbers
            if (begins := data[_name(day, number, "from")])
            and (until := data[_name(day, number, "to")])
        ]


def by_weekday(rows: Iterable[Any]) -> dict[int, list[Span]]:
    """Opening hours as `WeekForm` takes them."""
    week: dict[int, list[Span]] = {}
    for row in rows:
        week.setdefault(row.weekday, []).append((row.opens_at, row.closes_at))
    return week


class LocationForm(WeekForm, forms.ModelForm):
    """The facts about a location, with when its doors are open."""

    phone = PhoneField(
        label="Phone",
        help_text="On its page, and with visits here. Empty: the clinic's.",
        required=False,
        error_messages={
            "invalid": "Enter a phone number, for example 020 7946 0120 or "
            "+353 21 234 5678"
        },
    )

    class Meta:
        model = Location
        fields = [
            "name",
            "address",
            "city",
            "postcode",
            "country",
            "latitude",
            "longitude",
            "time_zone",
            "phone",
            "email",
            "access",
            "transport",
        ]
        labels = {
            "address": "Street and number",
            "email": "E-mail address",
            "access": "Getting in",
            "transport": "Getting here",
        }
        help_texts = {
            "country": "Two letters, for example GB. Phone numbers are read by it.",
            "time_zone": "Opening hours and doctors' hours here are in it. Visits that "
            "are booked keep their moment when you change it.",
            "latitude": "For the map, for example 51.507400. Both may be empty.",
            "longitude": "For example -0.127800.",
            "access": "Step-free ways, lifts, toilets. One line each.",
            "transport": "Stations, buses, parking. One line each.",
        }
        error_messages = {
            "name": {"required": "Enter a name, for example Canal Street"},
            "address": {"required": "Enter the street and number"},
            "city": {"required": "Enter the town or city"},
            "country": {"required": "Enter the country, for example GB"},
            "time_zone": {"required": "Choose a time zone from the list"},
            "email": {
                "invalid": "Enter a full e-mail address, for example name@example.org"
            },
        }
        widgets = {
            "address": forms.Textarea(attrs={"rows": 2}),
            "access": forms.Textarea(attrs={"rows": 3}),
            "transport": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"] = forms.ChoiceField(
            label="Time zone",
            help_text=self.fields["time_zone"].help_text,
            choices=self._zones(),
            error_messages={
                "required": "Choose a time zone from the list",
                "invalid_choice": "Choose a time zone from the list",
            },
        )
        country = self.data.get("country") or self.initial.get("country")
        region = str(country).upper()
        if region in phonenumbers.SUPPORTED_REGIONS:
            cast(PhoneField, self.fields["phone"]).region = region
        for name, most in (("latitude", 90), ("longitude", 180)):
            self.fields[name] = forms.DecimalField(
                label=name.capitalize(),
                help_text=self.fields[name].help_text,
                required=False,
                min_value=-most,
                max_value=most,
                max_digits=9,
                decimal_places=6,
                error_messages={
                    "invalid": "Enter a number of degrees, for example 51.507400",
                    "max_decimal_places": "Six digits after the point are enough",
                },
            )

    def _zones(self) -> list[Any]:
        """The zones to choose from, and the one of now where it has another name."""
        now = str(self.initial.get("time_zone") or "")
        known = {name for _, group in zone_choices() for name, _ in group}
        kept = [(now, now)] if now and now not in known else []
        return [("", "Choose a time zone"), *kept, *zone_choices()]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Location.objects.exclude(pk=self.instance.pk)
        if others.filter(name__iexact=name).exists():
            raise forms.ValidationError("There is a location of this name already")
        return name

    def clean_country(self) -> str:
        code = str(self.cleaned_data["country"]).upper()
        if code not in phonenumbers.SUPPORTED_REGIONS:
            raise forms.ValidationError("Enter a country's two letters, for example GB")
        return code

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        degrees = {name: cleaned.get(name) for name in ("latitude", "longitude")}
        missing = [name for name, value in degrees.items() if value is None]
        if len(missing) == 1 and missing[0] not in self.errors:
            self.add_error(missing[0], "Enter both degrees, or neither")
        return cleaned

    @property
    def content(self) -> dict[str, Any]:
        """What the service takes."""
        facts = {name: self.cleaned_data[name] for name in self.Meta.fields}
        return {**facts, "hours": [OpenSpan(*span) for span in self.spans]}


class ClosureForm(forms.Form):
    """Days on which nobody is seen."""

    location = forms.ModelChoiceField(
        label="Where",
        queryset=Location.objects.filter(is_active=True).order_by("name"),
        required=False,
        empty_label="The whole clinic",
    )
    first_day = forms.DateField(
        label="First day closed",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Enter the first day", "invalid": "Enter a date"},
    )
    last_day = forms.DateField(
        label="Last day closed",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Enter the last day", "invalid": "Enter a date"},
    )
    reason = forms.CharField(
        label="Why",
        help_text="For example “Easter Monday”.",
        max_length=120,
        error_messages={"required": "Say why, for example “Easter Monday”"},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", "The last day is before the first")
        return cleaned

    @property
    def content(self) -> dict[str, Any]:
        """What the service takes: the end is the first day open again."""
        data = self.cleaned_data
        return {
            "location": data["location"],
            "starts_date": data["first_day"],
            "ends_date": data["last_day"] + timedelta(days=1),
            "reason": data["reason"],
        }
