from django import forms


class TimeForm(forms.Form):
    """Another time for a visit, and why."""

    starts_at = forms.DateTimeField(
        widget=forms.HiddenInput,
        error_messages={"required": "Choose a time", "invalid": "Choose a time"},
    )
    key = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Why",
        help_text="The patient reads this. Leave out health details.",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={
            "required": "Give a reason, in words for the patient",
            "max_length": "Write at most 300 characters",
        },
    )
