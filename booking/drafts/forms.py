"""What a visitor answers on the way to a booking."""

import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from django import forms
from django.core import signing
from django.http import QueryDict

from accounts.consents.models import ConsentText
from booking.drafts.models import Draft
from booking.drafts.queries import Boxes, Wanted, time_zones
from booking.openings.queries import Choice, Opening
from clinic.visit_types.models import VisitType
from foundation.formats import duration
from foundation.instants import YEARS, read_instant
from foundation.phones import PhoneField
from foundation.uuids import read_uuid
from foundation.widgets import BirthDateField, ChoiceCards

_SALT = "booking.draft"
REASON_LENGTH = 500


@dataclass(frozen=True)
class Asked:
    """What a link or a form already says about a booking: slugs and an instant."""

    doctor: str = ""
    service: str = ""
    location: str = ""
    specialty: str = ""
    language: str = ""
    visit: str = ""
    slot: datetime | None = None


def read_asked(given: QueryDict) -> Asked:
    """What a link says; never fails."""
    return Asked(
        doctor=given.get("doctor", "")[:60],
        service=given.get("service", "")[:60],
        location=given.get("location", "")[:60],
        specialty=given.get("specialty", "")[:60],
        language=given.get("language", "")[:10],
        visit=given.get("visit", "")[:20],
        slot=read_instant(given.get("slot", "")),
    )


def read_wanted(
    given: QueryDict, answers: Mapping[str, str], *, near: Opening | None = None
) -> Wanted:
    """Whom, where and when to look for times; what is not said is as before.

    Unless a day or month is said, the day of `near` is open.
    """
    month, day = _date(f"{given.get('month', '')}-01"), _date(given.get("day", ""))
    if near is not None and not (month or day):
        day = near.date
    return Wanted(
        doctor=given.get("doctor", answers.get("doctor", "")),
        location=given.get("location", answers.get("location", "")),
        month=month,
        day=day,
    )


def _date(typed: str) -> date | None:
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        return None
    return found if found.year in YEARS else None


def new_key(token: UUID) -> str:
    """What a form carries so that sending it twice begins one draft."""
    return signing.dumps(str(token), salt=_SALT)


class KeyField(forms.CharField):
    """A key of ours as the UUID in it; forged ones count as none."""

    widget = forms.HiddenInput

    def __init__(self) -> None:
        super().__init__(required=False)

    def clean(self, value: Any) -> UUID | None:
        try:
            return UUID(signing.loads(value or "", salt=_SALT))
        except (signing.BadSignature, ValueError):
            return None


class ReasonForm(forms.Form):
    """What the visit is for: one of the given choices, and words if wanted."""

    key = KeyField()
    service = forms.ChoiceField(
        label="What kind of visit do you need?",
        help_text="Pick the closest match. This sets how long you get and who you see.",
        widget=ChoiceCards,
        error_messages={"required": "Choose what the visit is for"},
    )
    reason = forms.CharField(
        label="Anything the doctor should know?",
        help_text="A sentence is enough. Only the clinical team will read it.",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=REASON_LENGTH,
        required=False,
        error_messages={
            "max_length": f"Write at most {REASON_LENGTH} characters. "
            "The doctor will ask for the rest"
        },
    )

    def __init__(self, *args: Any, choices: list[Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [choice.visit_type for choice in choices]
        field = cast(forms.ChoiceField, self.fields["service"])
        field.widget = ChoiceCards(
            details={kind.slug: _detail(kind) for kind in kinds},
            sides={choice.visit_type.slug: _side(choice) for choice in choices},
        )
        field.choices = [(kind.slug, kind.name) for kind in kinds]


def _detail(kind: VisitType) -> str:
    words = [VisitType.Mode(kind.mode).label, kind.summary]
    if kind.new_patients_only:
        words.append("for your first visit here")
    return ". ".join(filter(None, words))


def _side(choice: Choice) -> str:
    """ "30 min, £95": how long and what it costs."""
    kind = choice.visit_type
    if not choice.is_bookable:
        return "By phone only"
    return f"{duration(kind.duration_minutes, short=True)}, {choice.price_words}"


class WordsForm(forms.Form):
    """What the doctor should know, for a time that was chosen already."""

    key = KeyField()
    reason = ReasonForm.base_fields["reason"]


class TimeForm(forms.Form):
    """One time of one offering: "<offering's public id> <start in UTC>"."""

    NONE = "Pick one of the times below, then continue"
    slot = forms.CharField(error_messages={"required": NONE})

    def clean_slot(self) -> tuple[UUID, datetime]:
        """What `read_slot` reads."""
        slot = read_slot(self.cleaned_data["slot"])
        if slot is None:
            raise forms.ValidationError(self.NONE)
        return slot


def read_slot(typed: str) -> tuple[UUID, datetime] | None:
    """The offering's public id and the start, as TimeForm's `slot` names them. What is
    neither is no time: None. The form itself is only needed to say so, and many press
    on times at once."""
    offering_id, _, instant = typed.strip().partition(" ")
    public_id, starts_at = read_uuid(offering_id), read_instant(instant)
    if public_id is None or starts_at is None:
        return None
    return public_id, starts_at


class DetailsForm(forms.Form):
    """Who is coming, and how we reach them."""

    first_name = forms.CharField(
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
        error_messages={"required": "Enter your first name"},
    )
    last_name = forms.CharField(
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
        error_messages={"required": "Enter your last name"},
    )
    birth_date = BirthDateField()
    phone = PhoneField(
        label="Mobile phone number",
        help_text="We text your confirmation and reminders.",
        error_messages={"required": "Enter a phone number we can text"},
    )
    email = forms.EmailField(
        label="E-mail address",
        help_text="We send your confirmation here.",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": "Enter an e-mail address, like name@example.com",
            "invalid": "Enter an e-mail address, like name@example.com",
        },
    )

    def __init__(self, *args: Any, region: str = "GB", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(PhoneField, self.fields["phone"]).region = region


def typed_answers(posted: Mapping[str, str]) -> dict[str, str]:
    """What was typed into the details, right or wrong, by the name of each box."""
    names = ("first_name", "last_name", "phone", "email")
    boxes = ("birth_date_day", "birth_date_month", "birth_date_year")
    return {name: posted.get(name, "")[:300] for name in (*names, *boxes)}


def details_from(draft: Draft) -> DetailsForm:
    """The details as they were typed, to be judged."""
    return DetailsForm(draft.answers, region=_region(draft))


def has_details(draft: Draft) -> bool:
    """Whether the details were given, and are right."""
    # Who has typed nothing yet is spared the judgement: most who choose a time.
    return bool(draft.answers.get("email")) and details_from(draft).is_valid()


def details_again(draft: Draft, user: Any) -> DetailsForm:
    """The details as they were typed, to be shown without judging; where nothing was
    typed, what the user's account says."""
    answers = draft.answers
    names = ("first_name", "last_name", "email", "phone")
    typed = {name: answers.get(name, getattr(user, name, "")) for name in names}
    boxes = [answers.get(f"birth_date_{part}", "") for part in ("day", "month", "year")]
    return DetailsForm(initial={**typed, "birth_date": boxes}, region=_region(draft))


def _region(draft: Draft) -> str:
    """Numbers without a country code are of the country of the visit."""
    held = draft.appointment
    return held.location.country if held else "GB"


class CheckForm(forms.Form):
    """The visitor has looked at everything and agrees. A tick counts for the version
    that was on the page; for words that have changed meanwhile it is asked anew."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    price = forms.DecimalField(required=False, widget=forms.HiddenInput)
    agree = forms.BooleanField(
        error_messages={"required": "Tick the box to show that you agree"}
    )
    news = forms.BooleanField(required=False)

    def __init__(
        self, data: Any = None, *, boxes: Boxes | None = None, **kwargs: Any
    ) -> None:
        self.boxes = boxes or Boxes()
        typed = self.boxes.still_ticked(data) if data is not None else None
        super().__init__(typed, **kwargs)
        if data is not None and not self.boxes.is_same_terms(data):
            self.fields["agree"].error_messages["required"] = (
                "These words have changed meanwhile. Read them, then tick the box"
            )

    def agreed(self) -> list[ConsentText]:
        """The texts that a valid form says yes to."""
        return self.boxes.agreed(is_news_ticked=self.cleaned_data["news"])


class ZoneForm(forms.Form):
    """The visitor's time zone, as an IANA name."""

    time_zone = forms.CharField(
        label="Your time zone",
        max_length=64,
        widget=forms.Select,
        error_messages={"required": "Choose a place in your time zone"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        select = cast(forms.Select, self.fields["time_zone"].widget)
        select.choices = [("", "Choose a place"), *time_zones()]

    def clean_time_zone(self) -> str:
        """Any IANA name: browsers also say old ones that the list leaves out."""
        name: str = self.cleaned_data["time_zone"]
        if name not in zoneinfo.available_timezones():
            raise forms.ValidationError("Choose a place in your time zone")
        return name
