"""What a report is about."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from accounts.models import Patient, User
from clinic.staff.queries import staff
from portal.dashboards.access_reports.queries import KINDS, SORTS, Question

DAYS = 30


class ReportForm(forms.Form):
    """The filters of a report. What can't be read is said beside its box, and the
    report then shows nothing rather than too much."""

    kind = forms.ChoiceField(label="Show", choices=list(KINDS.items()), required=False)
    patient = forms.CharField(
        label="Patient number",
        required=False,
        max_length=20,
    )
    person = forms.ModelChoiceField(
        label="Person",
        queryset=User.objects.none(),
        required=False,
        to_field_name="public_id",
        empty_label="Everybody",
        error_messages={"invalid_choice": "Choose somebody of the list"},
    )
    since = forms.DateField(
        label="From",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Enter a day, for example 2026-03-14"},
    )
    until = forms.DateField(
        label="To",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Enter a day, for example 2026-03-14"},
    )
    sort = forms.ChoiceField(label="Order", choices=list(SORTS.items()), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person: Any = self.fields["person"]
        person.queryset = staff()
        person.label_from_instance = _name

    def clean_patient(self) -> Patient | None:
        number = self.cleaned_data["patient"].strip()
        if not number:
            return None
        patient = Patient.objects.filter(number__iexact=number).first()
        if patient is None:
            raise forms.ValidationError(
                "No patient has this number. Look it up under Patients"
            )
        return patient

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and until < since:
            self.add_error("until", "This day is before the first one")
        return data

    def question(self, *, zone: str) -> Question:
        """The question of a valid form; days are those of the IANA zone."""
        data = self.cleaned_data
        since, until = data["since"], data["until"]
        return Question(
            kind=data["kind"],
            patient=data["patient"],
            person=data["person"],
            since=_midnight(since, zone) if since else None,
            until=_midnight(until + timedelta(days=1), zone) if until else None,
            oldest_first=data["sort"] == "oldest",
        )


def _midnight(day: Any, zone: str) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone))


def _name(person: User) -> str:
    return person.get_full_name() or person.email
