"""Finding payments, and giving money back by hand."""

import uuid
from decimal import Decimal
from typing import Any

from django import forms

from foundation.formats import money
from foundation.money import ZERO_DECIMAL

STATES = [
    ("", "All"),
    ("paid", "Paid"),
    ("due", "Due"),
    ("refunded", "Refunded"),
]


class LedgerForm(forms.Form):
    """What to show of the payments. Anything unknown shows all."""

    q = forms.CharField(label="Find a payment", required=False, max_length=100)
    state = forms.ChoiceField(choices=STATES, required=False)


class RefundForm(forms.Form):
    """How much goes back, and why."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    amount = forms.DecimalField(
        label="Amount to refund",
        max_digits=9,
        decimal_places=2,
        min_value=Decimal("0.01"),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={
            "required": "Enter an amount, for example 32.50",
            "invalid": "Enter an amount with numbers, for example 32.50",
            "min_value": "Enter an amount above zero, for example 32.50",
            "max_digits": "Enter an amount with numbers, for example 32.50",
            "max_decimal_places": "Enter an amount with 2 decimals, for example 32.50",
        },
    )
    reason = forms.CharField(
        label="Reason",
        help_text="The patient reads it on the receipt. No health details.",
        max_length=200,
        error_messages={
            "required": "Enter a reason, for example: We had to cut the visit short"
        },
    )

    def __init__(self, *args: Any, left: Decimal, currency: str, **kwargs: Any) -> None:
        self.left, self.currency = left, currency
        kwargs.setdefault("initial", {"key": uuid.uuid4(), "amount": left})
        super().__init__(*args, **kwargs)
        words = money(left, currency, exact=True)
        self.fields["amount"].help_text = f"In {currency}, up to {words}"

    def clean_amount(self) -> Decimal:
        """At most what is left; whole units where the currency has no smaller ones."""
        amount: Decimal = self.cleaned_data["amount"]
        if self.currency in ZERO_DECIMAL and amount != amount.to_integral_value():
            raise forms.ValidationError("Enter a whole amount, for example 3250")
        if amount > self.left:
            words = money(self.left, self.currency, exact=True)
            raise forms.ValidationError(f"Enter at most {words}: more is not left")
        return amount
