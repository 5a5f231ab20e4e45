"""What patients answer when they move a visit."""

from django import forms

from booking.appointments.forms import REASON_LENGTH
from booking.drafts.forms import TimeForm


class MoveForm(TimeForm):
    """The new time, once a form, and why, if the patient wants to say."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Why are you moving it?",
        help_text="It helps us to plan. Leave out anything about your health.",
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        error_messages={"max_length": f"Write at most {REASON_LENGTH} characters"},
    )
