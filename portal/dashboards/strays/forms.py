from collections.abc import Iterator, Sequence
from typing import Any

from django import forms

from portal.dashboards.strays.queries import HAND, KEEP, LATER, Decision, Stray


class DecideForm(forms.Form):
    """For each visit what becomes of it, and one reason for the patients."""

    reason = forms.CharField(
        label="Why",
        help_text="For patients who are asked, moved or cancelled. They read it."
        " Leave out health details.",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        error_messages={"max_length": "Write at most 300 characters"},
    )

    def __init__(
        self, *args: Any, strays: Sequence[Stray], first: str = LATER, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.strays = strays
        for stray in strays:
            if not stray.choices:
                continue
            self.fields[_name(stray)] = forms.ChoiceField(
                label="What becomes of it",
                choices=stray.choices,
                initial=first,
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
        told = any(one.act not in (LATER, KEEP) for one in self.decisions())
        is_silent = not cleaned.get("reason", "").strip()
        if told and is_silent and "reason" not in self.errors:
            self.add_error("reason", "Give a reason, in words for the patients")
        return cleaned

    def decisions(self) -> Iterator[Decision]:
        """What was chosen. What came without a choice is decided later."""
        for stray in self.strays:
            value = self.cleaned_data.get(_name(stray)) or LATER
            act, _, key = value.partition(":")
            others = {str(one.public_id): one for one in stray.substitutes}
            yield Decision(stray.visit, act, others.get(key) if act == HAND else None)


def _name(stray: Stray) -> str:
    return f"visit_{stray.visit.public_id.hex}"
