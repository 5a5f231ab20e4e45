"""What is known of a breach, and when somebody was told."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from accounts.models import User
from clinic.staff.queries import staff
from portal.breaches.models import Breach
from portal.breaches.queries import session_named, thing_named

MOMENT = "%Y-%m-%dT%H:%M"
WRONG_MOMENT = "Enter a day and a time, for example 2026-03-14T09:30"
MOST_THINGS = 200


def _moment(label: str, help_text: str = "") -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        help_text=help_text,
        input_formats=[MOMENT, "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
        error_messages={"required": WRONG_MOMENT, "invalid": WRONG_MOMENT},
    )


def _words(label: str, help_text: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class BreachForm(forms.Form):
    """Moments are typed, and shown again, in the IANA zone `zone`. Its clean data are
    the fields of `save_breach`."""

    title = forms.CharField(
        label="What you call it",
        max_length=120,
        help_text="A few words without names, for example: Lost laptop of the desk",
        error_messages={"required": "Give it a name"},
    )
    noticed_at = _moment("When you noticed it", "The 72 hours run from here.")
    since = _moment("It began")
    until = _moment("It ended")
    actor = forms.ModelChoiceField(
        label="Whose account",
        queryset=User.objects.none(),
        required=False,
        to_field_name="public_id",
        empty_label="Nobody's in particular",
        error_messages={"invalid_choice": "Choose somebody of the list"},
    )
    session = forms.CharField(
        label="One session",
        required=False,
        max_length=64,
        help_text="The code of any request of it, from the column Request of the log.",
    )
    address = forms.GenericIPAddressField(
        label="From one network address",
        required=False,
        error_messages={"invalid": "Enter an address such as 203.0.113.9"},
    )
    objects_text = forms.CharField(
        label="Things that are gone",
        required=False,
        max_length=40_000,
        help_text=(
            "Patient numbers, or the ids from the addresses of documents and visits, "
            "one a line. They count whoever looked at them."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    is_everything = forms.BooleanField(
        label="Everything that was opened in that time, whoever did it", required=False
    )
    risk = forms.ChoiceField(
        label="Risk for people", choices=Breach.Risk, initial=Breach.Risk.SOME
    )
    nature = _words("What happened", "For the authority. No names of patients.")
    consequences = _words(
        "What may follow from it", "Stands in the letter too: no health data."
    )
    measures = _words(
        "What was done about it", "Stands in the letter too: no health data."
    )
    contact = _words(
        "Whom the authority may ask",
        "Name and contacts of the data protection officer or another contact.",
    )
    delay_reason = _words("If it is later than 72 hours: why", "GDPR 33(1).")

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(zone)
        actor: Any = self.fields["actor"]
        actor.queryset = staff()
        actor.label_from_instance = lambda one: one.get_full_name() or one.email

    def clean_session(self) -> str:
        code = self.cleaned_data["session"].strip()
        found = session_named(code)
        if code and not found:
            raise forms.ValidationError("No entry of the log has this code")
        return found

    def clean_objects_text(self) -> str:
        lines = [line.strip() for line in self.cleaned_data["objects_text"].split("\n")]
        lines = [line for line in lines if line]
        if len(lines) > MOST_THINGS:
            raise forms.ValidationError(
                f"Enter {MOST_THINGS} at most, and write down a second breach for more"
            )
        unknown = [line for line in lines if thing_named(line) is None]
        if unknown:
            raise forms.ValidationError(
                f"Nothing of a patient is called so: {', '.join(unknown[:5])[:200]}"
            )
        return "\n".join(lines)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("noticed_at", "since", "until"):
            if data.get(name):
                data[name] = in_zone(data[name], self.zone)
        since, until = data.get("since"), data.get("until")
        if since and until and until <= since:
            self.add_error("until", "This is not after its beginning")
        by = ("actor", "session", "address", "is_everything", "objects_text")
        if not any(data.get(name) for name in by) and not set(by) & set(self.errors):
            self.add_error(
                "actor",
                "Say whom or what to look for: an account, a session, an address, "
                "things, or everything of that time",
            )
        data["session_ref"] = data.pop("session", "")
        data["address"] = data.get("address") or None
        return data


class ToldForm(forms.Form):
    """When the authority, or the people, were told."""

    whom = forms.ChoiceField(choices=[("authority", ""), ("people", "")])
    told_at = _moment("When")

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(zone)

    def clean_told_at(self) -> datetime:
        return in_zone(self.cleaned_data["told_at"], self.zone)


def in_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    """What was typed, as the clock of `zone` shows it."""
    return moment.replace(tzinfo=zone)


def initial_of(breach: Breach, zone: str) -> dict[str, Any]:
    """What stands in the form of a breach that is written down already."""
    names = set(BreachForm.base_fields) - {"session", "actor"}
    known = {name: getattr(breach, name) for name in names}
    for name in ("noticed_at", "since", "until"):
        known[name] = known[name].astimezone(ZoneInfo(zone)).strftime(MOMENT)
    known["session"] = breach.session_ref
    known["actor"] = breach.actor.public_id if breach.actor else None
    return known
