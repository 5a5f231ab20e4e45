"""Phone numbers as editors type them."""

import re

import phonenumbers
from django.core.exceptions import ValidationError


def e164(number: str, region: str = "GB") -> str:
    """Return the number as +442079460120; ValidationError when there is none such.

    `region` (ISO 3166-1) is where a number without a country's code lies.
    """
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        raise ValidationError(
            "Enter a phone number with its country's code, such as +44 20 7946 0120"
        )
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def validate_phone(number: str) -> None:
    """Raise ValidationError unless it is a phone number."""
    e164(number)


def validate_short_number(number: str) -> None:
    """Raise ValidationError unless it is a short code (999) or a phone number."""
    if re.fullmatch(r"\d{2,6}", number):
        return
    try:
        e164(number)
    except ValidationError as error:
        raise ValidationError(
            "Enter a short number such as 999, or a phone number with its country's "
            "code, such as +44 20 7946 0120"
        ) from error
