from typing import Any

from django import forms

from accounts.emergency_access.models import EmergencyAccess
from accounts.emergency_access.services import SHORTEST_REASON
from foundation.widgets import BirthDateField

WHY = "Say why you need this record now, in a sentence of your own"


class AskForm(forms.Form):
    """Whom, and why. Somebody is found only by the whole name or number."""

    who = forms.CharField(
        label="Patient's full name or number",
        help_text="The whole name as in the record, or the number: P-7KQ2-M9XD",
        max_length=310,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter the patient's full name or number"},
    )
    birth_date = BirthDateField()
    reason = forms.CharField(
        label="Why you need it now",
        help_text=(
            "The medical administration reads it, and the patient may. At least "
            f"{SHORTEST_REASON} characters."
        ),
        min_length=SHORTEST_REASON,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": WHY, "min_length": WHY},
    )


class ReviewForm(forms.Form):
    """What the medical administration thinks of an access."""

    outcome = forms.ChoiceField(
        label="Result",
        choices=[
            ("", "Choose a result"),
            (EmergencyAccess.Review.REVIEWED, "It was right"),
            (EmergencyAccess.Review.QUERIED, "It needs a talk"),
        ],
        error_messages={"required": "Choose a result"},
    )
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        queried = cleaned.get("outcome") == EmergencyAccess.Review.QUERIED
        if queried and not cleaned.get("note"):
            self.add_error("note", "Write what has to be talked about")
        return cleaned
