from django import forms


class FeedForm(forms.Form):
    """What stands in the calendar besides the times."""

    shows_names = forms.BooleanField(required=False)
