"""What patients and the clinic type about the day."""

from typing import Any

from django import forms

from booking.queue.models import QueueRules

LONGEST_ADDRESS = 300


class HereForm(forms.Form):
    """What is still missing, asked of who checks in. Nothing of it keeps them out."""

    address = forms.CharField(
        label="Your address",
        help_text="We have none yet. You can also tell the front desk.",
        required=False,
        max_length=LONGEST_ADDRESS,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
        error_messages={"max_length": f"Write at most {LONGEST_ADDRESS} characters"},
    )

    def __init__(self, *args: Any, asks_address: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_address:
            del self.fields["address"]


class QueueRulesForm(forms.ModelForm):
    """The clinic's rules of the day."""

    class Meta:
        model = QueueRules
        fields = ("opens_minutes", "missed_minutes", "marks_missed", "back_minutes")
        labels = {
            "opens_minutes": "Patients can check in this long before, in minutes",
            "missed_minutes": "A visit counts as missed this long after its start,"
            " in minutes",
            "marks_missed": "Mark visits as missed by themselves then",
            "back_minutes": "“Done” is taken back without a reason for, in minutes",
        }
        help_texts = {
            "opens_minutes": "From 5 to 240. By their link, or the code at the door.",
            "missed_minutes": "From 10 to 240. Visits in person that nobody checked in"
            " to. Whoever comes later is checked in at the desk.",
            "back_minutes": "From 1 to 120. Later, on the same day, it takes a reason.",
        }
