from typing import Any

from django import forms

from booking.reviews.models import Answer, Waited

STARS = [
    (5, "5 stars, very good"),
    (4, "4 stars, good"),
    (3, "3 stars, fair"),
    (2, "2 stars, poor"),
    (1, "1 star, very poor"),
]
LONGEST, LONGEST_REASON = 1000, 500


def _question(label: str, choices: Any, missing: str, **kwargs: Any) -> Any:
    return forms.ChoiceField(
        label=label,
        choices=choices,
        widget=forms.RadioSelect,
        error_messages={"required": missing, "invalid_choice": missing},
        **kwargs,
    )


class ReviewForm(forms.Form):
    """What a visit was like. Its clean data fit `write_review`."""

    waited = _question(
        "How long did you wait?", Waited.choices, "Say how long you waited"
    )
    listened = _question(
        "Did the doctor listen to you?", Answer.choices, "Say whether they listened"
    )
    again = _question(
        "Would you come again?", Answer.choices, "Say whether you would come again"
    )
    stars = forms.TypedChoiceField(
        label="The visit as a whole",
        choices=STARS,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose 1 to 5 stars",
            "invalid_choice": "Choose 1 to 5 stars",
        },
    )
    comment = forms.CharField(
        label="What should others know?",
        help_text="Everybody can read it. Leave out your name and what you came for.",
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"max_length": f"Write at most {LONGEST} characters"},
    )


class DecideForm(forms.Form):
    """Whether a review is shown, why not, and what the clinic says to it."""

    act = forms.ChoiceField(
        label="On the website",
        choices=[("show", "Show it as it is"), ("hide", "Do not show it")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whether it is shown"},
    )
    reason = forms.CharField(
        label="Why it is not shown",
        help_text="Its author reads it in an e-mail: leave out health details. Empty"
        " where it is shown.",
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"max_length": f"Write at most {LONGEST_REASON} characters"},
    )
    reply = forms.CharField(
        label="The clinic's reply",
        help_text="Everybody can read it. Say nothing of the person or their visit.",
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": f"Write at most {LONGEST} characters"},
    )
    seen_at = forms.DateTimeField(widget=forms.HiddenInput)
