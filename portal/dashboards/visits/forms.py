from django import forms


class ReasonForm(forms.Form):
    """Why something is done to a visit; the patient may read it."""

    reason = forms.CharField(
        label="Reason",
        help_text="The patient reads this.",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Give a reason, in words for the patient"},
    )
