import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts.models import User
from clinic.locations.models import Location, Weekday
from clinic.rota.models import ONE_DAY, Shift

ONCE, WEEKLY = "once", "weekly"
# Which box a refusal of the services belongs beside.
BESIDE = {
    "NoRoleHere": "location",
    "NotHere": "first_day",
    "Past": "first_day",
    "AwayThen": "first_day",
    "AwayAlready": "first_day",
    "NeverComes": "weekdays",
    "AtTwoPlaces": "from_time",
    "EndsBeforeStart": "to_time",
}


def _date(label: str, **kwargs: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": "Enter a date",
            "invalid": "Enter a date, for example 2027-03-31",
        },
        **kwargs,
    )


def _time(label: str, **kwargs: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        widget=forms.TimeInput(attrs={"type": "time", "step": "300"}, format="%H:%M"),
        error_messages={
            "required": f"Enter a time in “{label}”",
            "invalid": "Enter a time, for example 09:00",
        },
        **kwargs,
    )


def _person(people: QuerySet[User]) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        label="Who",
        queryset=people,
        to_field_name="public_id",
        empty_label="Choose a person",
        help_text="Doctors are not in the list: they have working hours.",
        error_messages={
            "required": "Choose a person",
            "invalid_choice": "Choose a person from the list",
        },
    )


class RefusedForm(forms.Form):
    """A form that puts what a service refuses beside the box that it is about."""

    def refuse(self, refusal: Exception) -> None:
        name = BESIDE.get(type(refusal).__name__, "")
        self.add_error(name if name in self.fields else None, str(refusal))


class _ShiftForm(RefusedForm):
    """From when to when, until which day, and a note."""

    last_day = _date("Last day", required=False, help_text="Empty: for good.")
    from_time = _time("From")
    to_time = _time("To")
    note = forms.CharField(
        label="Note",
        help_text="Such as “phones”. Everybody who works there sees it.",
        max_length=60,
        required=False,
        error_messages={"max_length": "Use 60 characters at most"},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        begins, until = cleaned.get("from_time"), cleaned.get("to_time")
        if begins and until and until <= begins:
            self.add_error(
                "to_time",
                "The end is before the start. Past midnight, plan the next day too",
            )
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", "The last day is before the first")
        return cleaned

    @property
    def times(self) -> dict[str, Any]:
        """What the services take of it."""
        data = self.cleaned_data
        last = data.get("last_day")
        return {
            "starts_time": data["from_time"],
            "ends_time": data["to_time"],
            "valid_until": last + ONE_DAY if last else None,
            "note": data["note"],
        }


class PlanForm(_ShiftForm):
    """Somebody works somewhere, on one day or every week."""

    location = forms.ModelChoiceField(
        label="Where",
        queryset=Location.objects.none(),
        to_field_name="slug",
        empty_label=None,
        error_messages={"invalid_choice": "Choose a location from the list"},
    )
    first_day = _date("First day")
    repeats = forms.ChoiceField(
        label="How often",
        choices=[(ONCE, "On this day only"), (WEEKLY, "Every week from then on")],
        initial=ONCE,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how often"},
    )
    weekdays = forms.TypedMultipleChoiceField(
        label="Weekdays",
        help_text="Where it repeats. None ticked: that of the first day.",
        choices=Weekday.choices,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Choose weekdays from the list"},
    )

    field_order = [
        "user", "location", "first_day", "repeats", "weekdays", "last_day",
        "from_time", "to_time", "note",
    ]  # fmt: skip

    def __init__(
        self,
        *args: Any,
        people: QuerySet[User],
        locations: QuerySet[Location],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"] = _person(people)
        places: Any = self.fields["location"]
        places.queryset = locations
        self.fields["last_day"].help_text = "Where it repeats. Empty: for good."
        self.order_fields(self.field_order)

    @property
    def content(self) -> dict[str, Any]:
        """What the service takes."""
        data = self.cleaned_data
        first: date = data["first_day"]
        said = self.times | {
            "user": data["user"],
            "location": data["location"],
            "valid_from": first,
            "weekdays": data["weekdays"] or [first.weekday()],
        }
        if data["repeats"] == ONCE:
            said |= {"weekdays": [first.weekday()], "valid_until": first + ONE_DAY}
        return said

    @property
    def planned(self) -> list[Shift]:
        """What it would save."""
        content = self.content
        weekdays = content.pop("weekdays")
        return [Shift(weekday=weekday, **content) for weekday in weekdays]


class ChangeForm(_ShiftForm):
    """Other times from a day on; of a shift for one day, on that day."""

    first_day = _date("From which day", help_text="Before it, all stays as it was.")

    field_order = ["first_day", "from_time", "to_time", "last_day", "note"]

    def __init__(self, *args: Any, shift: Shift, day: date, **kwargs: Any) -> None:
        last = shift.valid_until - ONE_DAY if shift.valid_until else None
        kwargs["initial"] = {
            "first_day": day,
            "last_day": last,
            "from_time": shift.starts_time,
            "to_time": shift.ends_time,
            "note": shift.note,
        }
        super().__init__(*args, **kwargs)
        self.shift = shift
        if shift.is_single:
            del self.fields["first_day"], self.fields["last_day"]

    @property
    def content(self) -> dict[str, Any]:
        """What the service takes."""
        first = self.cleaned_data.get("first_day") or self.shift.valid_from
        return self.times | {"from_date": first}

    @property
    def planned(self) -> list[Shift]:
        """What it would save."""
        shift, times = self.shift, self.times
        if shift.is_single:
            times["valid_until"] = shift.valid_until
        return [
            Shift(
                user=shift.user,
                location=shift.location,
                weekday=shift.weekday,
                valid_from=self.content["from_date"],
                **times,
            )
        ]


class DaysOffForm(RefusedForm):
    """Whole days on which somebody is away, or a part of one."""

    first_day = _date("First day away")
    last_day = _date("Last day away", required=False, help_text="Empty: the same day.")
    from_time = _time("From", required=False, help_text="Empty: the whole day.")
    to_time = _time("To", required=False, help_text="By the clock of where they work.")

    field_order = ["user", "first_day", "last_day", "from_time", "to_time"]

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"] = _person(people)
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", "The last day is before the first")
        if first and last and last - first > timedelta(days=366):
            self.add_error("last_day", "Enter a year at most")
        self._check_times(cleaned, first, last or first)
        return cleaned

    def _check_times(
        self, cleaned: dict[str, Any], first: date | None, last: date | None
    ) -> None:
        begins, until = cleaned.get("from_time"), cleaned.get("to_time")
        missing = "to_time" if begins else "from_time"
        if bool(begins) != bool(until):
            if missing not in self.errors:
                self.add_error(missing, "Enter both times, or neither")
        elif begins and until and until <= begins:
            self.add_error("to_time", "The end is before the start")
        elif begins and first and last and last > first:
            self.add_error(
                "last_day", "Times are for one day. Leave this empty, or the times"
            )

    @property
    def content(self) -> dict[str, Any]:
        """What the service takes."""
        data = self.cleaned_data
        return {
            "user": data["user"],
            "starts_date": data["first_day"],
            "ends_date": (data["last_day"] or data["first_day"]) + ONE_DAY,
            "starts_time": data["from_time"],
            "ends_time": data["to_time"],
        }

    @property
    def days(self) -> Sequence[date]:
        """The days, one by one."""
        content = self.content
        length = (content["ends_date"] - content["starts_date"]).days
        return [content["starts_date"] + timedelta(days=day) for day in range(length)]


def key_of(said: Iterable[str]) -> str:
    """What the button sends along that says "all the same": it holds for what was read,
    and for nothing else that is wrong with it meanwhile."""
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]
