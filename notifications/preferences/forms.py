"""Which channels reminders may take."""

from django import forms

from notifications.preferences.models import Channel

HELP = {
    Channel.EMAIL: "Reminders before your visits, with a link to change or cancel.",
    Channel.SMS: "A short text before your visits, never at night.",
    Channel.IN_APP: "A note under the bell when you sign in.",
}


class ChannelsForm(forms.Form):
    """One tick a channel."""

    channels = forms.MultipleChoiceField(
        label="Send reminders by",
        choices=Channel.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=(
            "We always e-mail you about changes to your visits, such as a cancellation."
        ),
    )
