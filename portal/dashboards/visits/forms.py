from collections.abc import Sequence
from typing import Any

from django import forms

from billing.follow_ups.queries import Offer
from portal.dashboards.visits.queries import Step


class ReasonForm(forms.Form):
    """Why something is done to a visit; the patient may read it."""

    reason = forms.CharField(
        label="Reason",
        help_text="The patient reads this, also by a link. Leave out health details.",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Give a reason, in words for the patient"},
    )


class MoveForm(forms.Form):
    """Put a visit into another state, and say why."""

    verb = forms.ChoiceField(
        label="New state",
        error_messages={
            "required": "Choose the new state",
            "invalid_choice": "That is not possible any more. Choose another one",
        },
    )
    why = forms.CharField(
        label="Why",
        help_text="Kept in the history. Only staff read it.",
        max_length=300,
        error_messages={"required": "Say why, for the history"},
    )

    def __init__(self, *args: Any, moves: Sequence[Step], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        verb: Any = self.fields["verb"]
        verb.choices = [("", "Choose"), *((move.verb, move.state) for move in moves)]


class GrantForm(forms.Form):
    """What the page said of granting a follow-up's price: nothing to type."""

    price = forms.DecimalField()
    back = forms.DecimalField()
    follows = forms.UUIDField(required=False)

    def agrees_to(self, offer: Offer) -> bool:
        """Whether that is still what granting means."""
        visit = offer.grant.follows
        said = (offer.grant.price, offer.back, visit.public_id if visit else None)
        return self.is_valid() and said == tuple(
            self.cleaned_data[name] for name in ("price", "back", "follows")
        )
