from django import forms

from portal.erasures.models import GRANTS, Ground
from portal.erasures.services import SHORTEST_REASON

WHY = f"Say why, in a sentence of at least {SHORTEST_REASON} characters"


class AskForm(forms.Form):
    """A person's wish, and that they know what it means."""

    words = forms.CharField(
        label="Anything we should know",
        help_text="You need not give a reason.",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    understood = forms.BooleanField(
        label="I know that my account is closed and that this can't be undone",
        error_messages={"required": "Tick this so that we know you mean it"},
    )


class DecideForm(forms.Form):
    """Medical administration's answer: which words of the law, and in one's own."""

    ground = forms.ChoiceField(
        label="By which words of the law",
        choices=[
            ("", "Choose"),
            ("Approve", [(one.value, one.label) for one in Ground if one in GRANTS]),
            ("Refuse", [(one.value, one.label) for one in Ground if one not in GRANTS]),
        ],
        error_messages={"required": "Choose by which words of the law"},
    )
    reason = forms.CharField(
        label="In your own words",
        help_text="The person reads this.",
        min_length=SHORTEST_REASON,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": WHY, "min_length": WHY},
    )


class KeptForm(forms.Form):
    """Why a closed record has to be opened."""

    reason = forms.CharField(
        label="Why you need the closed record",
        help_text="It is logged with your name, and whoever opens it next reads it.",
        min_length=SHORTEST_REASON,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": WHY, "min_length": WHY},
    )
