from typing import Any

from django import forms

from clinic.booking_rules.queries import Usual
from clinic.locations.models import (
    MOST_DAYS,
    MOST_NOTICE,
    Location,
    ReminderLead,
)
from foundation.numbers import whole

LONGEST_NOTES = 500
USUAL, OWN = "", "own"


def _number(label: str, what: str, least: int, most: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=most,
        required=False,
        error_messages=whole(what),
    )


class BookingRulesForm(forms.Form):
    """What a location has of its own; `usual` is what holds where a box is empty, and
    stands beside it."""

    notice_minutes = _number("Shortest notice, in minutes", "notice", 0, MOST_NOTICE)
    horizon_days = _number("How far ahead, in days", "days ahead", 1, MOST_DAYS)
    reminders = forms.ChoiceField(
        label="Reminders of visits here",
        required=False,
        error_messages={"invalid_choice": "Choose from the list"},
    )
    reminder_leads = forms.MultipleChoiceField(
        label="Those of its own",
        help_text="None chosen: none goes out.",
        choices=ReminderLead.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Choose from the list"},
    )
    arrival_notes = forms.CharField(
        label="For who is coming",
        help_text="One line each, in the confirmation, the reminders and on the page of"
        " the visit. For example “Ring the bell at the green door”.",
        max_length=LONGEST_NOTES,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": f"Write at most {LONGEST_NOTES} characters"},
    )
    wall_text = forms.CharField(
        label="On the displays",
        help_text="Under the numbers that are called. Never about anybody. Empty: only"
        " the numbers.",
        max_length=120,
        required=False,
        error_messages={"max_length": "Write at most 120 characters"},
    )
    has_waitlist = forms.BooleanField(
        label="People can wait for times here",
        help_text="Without it, what comes free here is everybody's at once. Who waits"
        " already stays on the list; offers that were made hold.",
        required=False,
    )

    def __init__(
        self, *args: Any, location: Location, usual: Usual, **kwargs: Any
    ) -> None:
        own = location.reminder_leads
        kwargs["initial"] = {
            "notice_minutes": location.notice_minutes,
            "horizon_days": location.horizon_days,
            "reminders": USUAL if own is None else OWN,
            "reminder_leads": own or [],
            "arrival_notes": location.arrival_notes,
            "wall_text": location.wall_text,
            "has_waitlist": location.has_waitlist,
        }
        super().__init__(*args, **kwargs)
        self.fields["notice_minutes"].help_text = (
            f"Empty: as each visit type says, now {usual.notice}. A visit type that"
            " needs more keeps its own."
        )
        self.fields["horizon_days"].help_text = (
            f"Empty: as each visit type says, now {usual.horizon}. A visit type that"
            " looks less far ahead keeps its own."
        )
        reminders: Any = self.fields["reminders"]
        reminders.choices = [
            (USUAL, f"As each visit type says: {usual.reminders}"),
            (OWN, "Those of its own"),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        is_usual = cleaned.get("reminders") == USUAL
        if is_usual and cleaned.get("reminder_leads"):
            # Kept on the page: nobody loses what they ticked.
            self.add_error(
                "reminders", "Choose “Those of its own”, or untick all of them below"
            )
        return cleaned

    @property
    def content(self) -> dict[str, Any]:
        """What the service takes."""
        data = dict(self.cleaned_data)
        if data.pop("reminders") == USUAL:
            data["reminder_leads"] = None
        return data
