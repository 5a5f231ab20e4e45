"""What people say when they join the waiting list."""

from typing import Any

from django import forms
from django.utils import timezone

from booking.waitlist.models import Part, WaitlistEntry, WaitlistRules, Weekday
from booking.waitlist.queries import Open
from booking.waitlist.services import Wishes

NOTICES = (
    (2, "2 hours before is enough"),
    (6, "At least 6 hours"),
    (24, "At least a day"),
    (48, "At least 2 days"),
    (168, "At least a week"),
)
_DATE = {"invalid": "Enter a date, for example 16/3/2026"}


def _date(label: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages=_DATE,
    )


class JoinForm(forms.Form):
    """Whom one waits for, where, and when it suits. What is left empty is any."""

    whom = forms.ChoiceField(
        label="Who would you like to see?",
        error_messages={
            "required": "Choose a doctor, or any doctor",
            "invalid_choice": "Choose a doctor from the list, or any doctor",
        },
    )
    location = forms.ChoiceField(
        label="Where?",
        required=False,
        error_messages={"invalid_choice": "Choose a place from the list, or any"},
    )
    parts = forms.MultipleChoiceField(
        label="Which part of the day suits?",
        help_text="Leave all empty if it does not matter.",
        choices=Part.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Choose from the parts of the day"},
    )
    weekdays = forms.TypedMultipleChoiceField(
        label="Which days suit?",
        help_text="Leave all empty if it does not matter.",
        choices=Weekday.choices,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Choose from the days of the week"},
    )
    earliest_date = _date("First day that suits")
    latest_date = _date("Last day that suits")
    notice_hours = forms.TypedChoiceField(
        label="How soon before can we still offer you a time?",
        choices=NOTICES,
        coerce=int,
        initial=2,
        error_messages={
            "required": "Choose how soon before",
            "invalid_choice": "Choose how soon before",
        },
    )

    def __init__(self, *args: Any, open_: Open, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.open = open_
        doctors = [(f"doctor:{one.slug}", one.full_name) for one in open_.doctors]
        anybody = [
            (f"specialty:{one.slug}", f"Any doctor, {one.plain_name}")
            for one in open_.specialties
        ]
        places = [(one.slug, one.name) for one in open_.locations]
        whom: Any = self.fields["whom"]
        whom.choices = [*anybody, *doctors]
        location: Any = self.fields["location"]
        location.choices = [("", "Any place"), *places]

    def clean(self) -> dict[str, Any]:
        """Dates that are still to come, in their order."""
        data = self.cleaned_data
        first, last = data.get("earliest_date"), data.get("latest_date")
        if last and last < timezone.localdate():
            self.add_error("latest_date", "Choose a last day that is still to come")
        elif first and last and last < first:
            self.add_error("latest_date", "The last day must not be before the first")
        return data

    @property
    def target(self) -> dict[str, Any]:
        """`doctor` or `specialty`, for the service."""
        kind, _, slug = self.cleaned_data["whom"].partition(":")
        rows: Any = self.open.doctors if kind == "doctor" else self.open.specialties
        return {kind: next(one for one in rows if one.slug == slug)}

    @property
    def wishes(self) -> Wishes:
        """The rest, for the service."""
        data = self.cleaned_data
        place = next(
            (one for one in self.open.locations if one.slug == data["location"]), None
        )
        names = ("weekdays", "parts", "earliest_date", "latest_date", "notice_hours")
        return Wishes(location=place, **{name: data[name] for name in names})


def initial_from(asked: Any) -> dict[str, Any]:
    """What an address says of whom and where: `doctor`, `specialty`, `location`."""
    whom = ""
    if asked.get("doctor"):
        whom = f"doctor:{asked['doctor']}"
    elif asked.get("specialty"):
        whom = f"specialty:{asked['specialty']}"
    return {"whom": whom, "location": asked.get("location", "")}


def initial_of(entry: WaitlistEntry) -> dict[str, Any]:
    """What an entry says, to be changed."""
    doctor, specialty = entry.doctor, entry.specialty
    whom = f"doctor:{doctor.slug}" if doctor else ""
    if specialty:
        whom = f"specialty:{specialty.slug}"
    names = ("weekdays", "parts", "earliest_date", "latest_date", "notice_hours")
    return {
        "whom": whom,
        "location": entry.location.slug if entry.location else "",
        **{name: getattr(entry, name) for name in names},
    }


class RulesForm(forms.ModelForm):
    """The clinic's rules."""

    class Meta:
        model = WaitlistRules
        fields = ["offer_minutes", "offers_at_once"]
        labels = {
            "offer_minutes": "Minutes to answer an offer",
            "offers_at_once": "People asked at the same time",
        }
        help_texts = {
            "offer_minutes": (
                "10 to 1440. For a visit that is near it is less: a quarter of what is "
                "left, and 10 minutes at least."
            ),
            "offers_at_once": "1 to 20. With more than 1, whoever is first has it.",
        }
        error_messages = {
            name: {
                "required": "Enter a whole number",
                "invalid": "Enter a whole number, without letters",
                "min_value": "Enter %(limit_value)s or more",
                "max_value": "Enter %(limit_value)s or less",
            }
            for name in ("offer_minutes", "offers_at_once")
        }
