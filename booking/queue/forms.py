"""What patients and the clinic type about the day."""

from typing import Any

from django import forms

from booking.queue.models import QueueRules
from booking.queue.queries import Rules

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


_MINUTES = ("opens_minutes", "missed_minutes", "back_minutes")


class _RulesForm(forms.ModelForm):
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


class QueueRulesForm(_RulesForm):
    """The clinic's rules of the day."""

    marks_missed = forms.BooleanField(
        label=_RulesForm.Meta.labels["marks_missed"], required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in _MINUTES:
            self.fields[name].required = True
            self.fields[name].error_messages["required"] = "Enter the minutes"


class PlaceRulesForm(_RulesForm):
    """What a location has of its own. What is left empty is the clinic's, `usual`,
    which stands in the boxes as a hint."""

    def __init__(self, *args: Any, usual: Rules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in _MINUTES:
            value = getattr(usual, name)
            field = self.fields[name]
            field.widget.attrs["placeholder"] = str(value)
            field.help_text = f"Empty: the clinic's, {value}. {field.help_text}"
        words = "yes" if usual.marks_missed else "no"
        self.fields["marks_missed"] = forms.TypedChoiceField(
            label=self.fields["marks_missed"].label,
            choices=[
                ("", f"As the clinic: {words}"),
                ("True", "Yes"),
                ("False", "No"),
            ],
            coerce=lambda value: value == "True",
            empty_value=None,
            required=False,
            error_messages={"invalid_choice": "Choose from the list"},
        )
        self.order_fields(self.Meta.fields)
