"""Money is a Decimal with the currency's places and an ISO 4217 code."""

from decimal import ROUND_HALF_UP, Decimal

# ISO 4217 currencies without a minor unit that Stripe charges in whole units.
# Source: Stripe, "Supported currencies", zero-decimal currencies.
ZERO_DECIMAL = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "JPY",
        "KMF",
        "KRW",
        "MGA",
        "PYG",
        "RWF",
        "UGX",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)


def round_money(amount: Decimal, currency: str = "GBP") -> Decimal:
    """`amount` to the currency's smallest unit, halves away from zero."""
    places = Decimal("1") if currency.upper() in ZERO_DECIMAL else Decimal("0.01")
    return amount.quantize(places, rounding=ROUND_HALF_UP)


def minor_units(amount: Decimal, currency: str) -> int:
    """`amount` as the whole number of smallest units that payment providers take.

    Raises ValueError when the amount has a fraction of the smallest unit.
    """
    factor = 1 if currency.upper() in ZERO_DECIMAL else 100
    units = amount * factor
    if units != units.to_integral_value():
        raise ValueError(f"{amount} {currency} is not a whole number of units.")
    return int(units)


def from_minor_units(units: int, currency: str) -> Decimal:
    """The amount that `units` smallest units of `currency` make."""
    factor = 1 if currency.upper() in ZERO_DECIMAL else 100
    return round_money(Decimal(units) / factor, currency)
