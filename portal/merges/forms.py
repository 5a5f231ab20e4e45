from collections.abc import Sequence
from typing import Any

from django import forms

from portal.merges.queries.comparing import LABELS, Fact
from portal.merges.queries.undoing import Part
from portal.merges.services import SHORTEST_REASON

STAYS, GOES = "stays", "goes"
WHY = f"Say why, in a sentence of at least {SHORTEST_REASON} characters"


def _reason(label: str, hint: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=f"{hint} At least {SHORTEST_REASON} characters.",
        min_length=SHORTEST_REASON,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": WHY, "min_length": WHY},
    )


class MergeForm(forms.Form):
    """Of each fact that differs, which one is right; why; and that somebody checked."""

    reason = _reason(
        "Why they are one person",
        "How you know: what the patient showed or told you. Leave out health details.",
    )
    is_checked = forms.BooleanField(
        label="I have checked that both records are of one person",
        error_messages={"required": "Tick this when you have checked it"},
    )

    def __init__(
        self, *args: Any, facts: Sequence[Fact], numbers: tuple[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.facts = facts
        stays, goes = numbers
        for fact in facts:
            self.fields[fact.name] = forms.ChoiceField(
                label=LABELS[fact.name],
                choices=[
                    (STAYS, f"{fact.stays or 'Empty'} ({stays})"),
                    (GOES, f"{fact.goes or 'Empty'} ({goes})"),
                ],
                initial=STAYS if fact.stays else GOES,
                widget=forms.RadioSelect,
                error_messages={
                    "required": f"Choose which is right: {LABELS[fact.name].lower()}",
                    "invalid_choice": "Choose one of the two",
                },
            )

    @property
    def rows(self) -> list[Any]:
        """The fields of facts, in their order."""
        return [self[fact.name] for fact in self.facts]

    @property
    def taken(self) -> list[str]:
        """The facts that are right in the record that goes."""
        return [
            fact.name for fact in self.facts if self.cleaned_data.get(fact.name) == GOES
        ]


class UndoForm(forms.Form):
    """Which of what was changed since goes back too, and why it is undone."""

    also = forms.MultipleChoiceField(
        label="Changed since: what goes back as well",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": "Something has changed meanwhile. Look at the list again"
        },
    )
    reason = _reason("Why it is undone", "Leave out health details.")

    def __init__(self, *args: Any, parts: Sequence[Part], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        also: Any = self.fields["also"]
        also.choices = [(part.key, f"{part.words} ({part.why})") for part in parts]
