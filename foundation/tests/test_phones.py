import pytest
from django.core.exceptions import ValidationError

from foundation.phones import PhoneField, to_e164


@pytest.mark.parametrize(
    ("typed", "region", "number"),
    [
        ("07700 900123", "GB", "+447700900123"),
        ("+44 7700 900123", "US", "+447700900123"),
        ("0044 7700-900-123", "GB", "+447700900123"),
        ("(0)20 7946 0120", "GB", "+442079460120"),
        ("06 39 98 00 01", "FR", "+33639980001"),
        ("\u0660\u0667\u0667\u0660\u0660 900123", "GB", "+447700900123"),
    ],
)
def test_numbers_are_kept_as_e164(typed, region, number):
    assert to_e164(typed, region) == number
    assert PhoneField(region=region).clean(typed) == number


@pytest.mark.parametrize("typed", ["12", "call me", "0770", "+999 123", "1" * 30])
def test_what_is_no_number_says_what_to_type(typed):
    with pytest.raises(ValueError, match="Not a phone number"):
        to_e164(typed)
    with pytest.raises(ValidationError, match="for example 07700 900123"):
        PhoneField().clean(typed)


def test_a_number_of_another_country_is_told_how_numbers_are_written_there():
    with pytest.raises(ValidationError) as refused:
        PhoneField(region="FR").clean("07700 900123")

    assert "for example 06 12 34 56 78. A number of another" in refused.value.message
    assert PhoneField(region="FR").clean("+44 7700 900123") == "+447700900123"


def test_an_empty_number_is_empty_where_it_may_be():
    assert PhoneField(required=False).clean("  ") == ""
