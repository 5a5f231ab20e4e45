"""Phone numbers as people type them, kept as E.164. Pure, but for the form field."""

from typing import Any

import phonenumbers
from django import forms

_FEWEST_DIGITS = 7


def to_e164(typed: str, region: str = "GB") -> str:
    """The number as E.164 ("+447700900123"); without a country code it is of `region`.

    Raises ValueError for what cannot be a number. Numbers that are set aside for drama
    and examples pass: they are possible, although nobody has them.
    """
    try:
        number = phonenumbers.parse(typed, region)
    except phonenumbers.NumberParseException as error:
        raise ValueError(f"Not a phone number: {typed!r}") from error
    too_short = len(str(number.national_number)) < _FEWEST_DIGITS
    if too_short or not phonenumbers.is_possible_number(number):
        raise ValueError(f"Not a phone number: {typed!r}")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def example(region: str) -> str:
    """A mobile number as people of `region` write it."""
    if region == "GB":
        # Ofcom keeps it for drama; the library's own could be somebody's.
        return "07700 900123"
    mobile = phonenumbers.PhoneNumberType.MOBILE
    number = phonenumbers.example_number_for_type(region, mobile)
    if number is None:
        return "+44 7700 900123"
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)


class PhoneField(forms.CharField):
    """A phone number in any usual spelling; its value is E.164 or ""."""

    widget = forms.TextInput(
        attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}
    )
    default_error_messages = {
        "invalid": "Enter a phone number we can text, for example {example}. "
        "A number of another country begins with + and that country's code"
    }

    def __init__(self, *, region: str = "GB", **kwargs: Any) -> None:
        self.region = region
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> str:
        typed = str(super().clean(value))
        if not typed:
            return ""
        try:
            return to_e164(typed, self.region)
        except ValueError as error:
            words = self.error_messages["invalid"].format(example=example(self.region))
            raise forms.ValidationError(words, code="invalid") from error
