"""Which channels reminders may take."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from notifications.preferences.models import Channel

HELP = {
    Channel.EMAIL: "E-mail, with a link to change or cancel the visit",
    Channel.SMS: "Text message, never at night",
    Channel.IN_APP: "A note under the bell, seen when you sign in",
}


class _AnyNumber(forms.MultipleChoiceField):
    """None is an answer too, so its label need not say that it is optional."""

    def validate(self, value: Any) -> None:
        """Raises ValidationError for a channel that is none."""
        unknown = [one for one in value if not self.valid_value(one)]
        if unknown:
            raise ValidationError("Choose from the channels below", code="invalid")


class ChannelsForm(forms.Form):
    """One tick a channel."""

    channels = _AnyNumber(
        label="Send reminders by",
        choices=list(HELP.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text=(
            "We always e-mail you about changes to your visits, such as a cancellation."
        ),
    )
