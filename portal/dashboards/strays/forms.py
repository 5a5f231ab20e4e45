from collections.abc import Iterator, Sequence
from typing import Any

from django import forms

from portal.dashboards.strays.queries import (
    ASK,
    CANCEL,
    HAND,
    KEEP,
    LATER,
    Decision,
    Stray,
)

# What can be said of many at once, in the words for many. To whom each goes is not.
OF_ALL = {
    LATER: "Decide later",
    KEEP: "Keep them at their times",
    ASK: "Ask each patient to choose another time",
    CANCEL: "Cancel them, the money goes back",
}
AS_ALL = ""


class DecideForm(forms.Form):
    """For each visit what becomes of it, and one reason for the patients. Where there
    are several, `others` is said once of all that have no choice of their own."""

    reason = forms.CharField(
        label="Why",
        help_text="For patients who are asked, moved or cancelled. They read it."
        " Leave out health details.",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        error_messages={"max_length": "Write at most 300 characters"},
    )

    def __init__(self, *args: Any, strays: Sequence[Stray], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.strays = strays
        able = [stray for stray in strays if stray.choices]
        said = {value for stray in able for value, _ in stray.choices}
        is_many = len(able) > 1
        if is_many:
            self.fields["others"] = forms.ChoiceField(
                label="What becomes of all that you say nothing else about below",
                choices=[pair for pair in OF_ALL.items() if pair[0] in said],
                initial=LATER,
                required=False,
                widget=forms.RadioSelect,
                error_messages={"invalid_choice": "Choose from the list"},
            )
        as_all = [(AS_ALL, "As said for all")] if is_many else []
        for stray in able:
            self.fields[_name(stray)] = forms.ChoiceField(
                label="What becomes of it",
                choices=[*as_all, *stray.choices],
                initial=AS_ALL if is_many else LATER,
                required=False,
                error_messages={
                    "invalid_choice": "That is not possible any more. Choose again"
                },
            )

    @property
    def rows(self) -> list[tuple[Stray, Any]]:
        """Each visit with its field, None where nothing can be done with it here."""
        return [
            (stray, self[_name(stray)] if _name(stray) in self.fields else None)
            for stray in self.strays
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for stray in self._shown():
            if self._value(stray) not in dict(stray.choices):
                self.add_error(
                    _name(stray),
                    "What you said for all is not possible here. Choose something else",
                )
        told = any(one.act not in (LATER, KEEP) for one in self.decisions())
        is_silent = not cleaned.get("reason", "").strip()
        if told and is_silent and "reason" not in self.errors:
            self.add_error("reason", "Give a reason, in words for the patients")
        return cleaned

    def decisions(self) -> Iterator[Decision]:
        """What was chosen, for each visit that stood on the page that was sent."""
        for stray in self._shown():
            act, _, key = self._value(stray).partition(":")
            others = {str(one.public_id): one for one in stray.substitutes}
            yield Decision(stray.visit, act, others.get(key) if act == HAND else None)

    def _shown(self) -> Iterator[Stray]:
        """Those that were asked about and answered without an error."""
        for stray in self.strays:
            name = _name(stray)
            if self.add_prefix(name) in self.data and name in self.cleaned_data:
                yield stray

    def _value(self, stray: Stray) -> str:
        own = self.cleaned_data.get(_name(stray))
        return own or self.cleaned_data.get("others") or LATER


def _name(stray: Stray) -> str:
    return f"visit_{stray.visit.public_id.hex}"
