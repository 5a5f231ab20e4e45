from decimal import Decimal

import pytest

from booking.appointments.models import Appointment
from booking.appointments.queries import money_of

PRICE = Decimal("65.00")


@pytest.mark.parametrize(
    ("policy", "price", "status", "state"),
    [
        ("FREE", Decimal(0), "CONFIRMED", "FREE"),
        ("AT_CLINIC", PRICE, "CONFIRMED", "AT_CLINIC"),
        ("AT_CLINIC", PRICE, "CANCELLED", "NOT_CHARGED"),
        ("AT_CLINIC", PRICE, "DECLINED", "NOT_CHARGED"),
        ("BEFORE", PRICE, "HELD", "DUE"),
        ("BEFORE", PRICE, "REQUESTED", "LATER"),
        ("BEFORE", PRICE, "CONFIRMED", "PAID"),
        ("BEFORE", PRICE, "COMPLETED", "PAID"),
        ("BEFORE", PRICE, "MISSED", "PAID"),
        ("BEFORE", PRICE, "EXPIRED", "NOT_CHARGED"),
        ("BEFORE", PRICE, "DECLINED", "NOT_CHARGED"),
        ("BEFORE", PRICE, "CANCELLED", "NOT_CHARGED"),
    ],
)
def test_policy_and_status_tell_where_the_money_stands(policy, price, status, state):
    visit = Appointment(payment_policy=policy, price=price, status=status)
    assert money_of(visit).state == state


@pytest.mark.parametrize(
    ("back", "state", "amount"),
    [
        (PRICE, "REFUNDED", PRICE),
        (Decimal("32.50"), "PARTLY_REFUNDED", Decimal("32.50")),
        (Decimal(0), "KEPT", PRICE),
        (None, "KEPT", PRICE),
    ],
)
def test_a_paid_visit_that_was_cancelled_says_what_goes_back(
    clock, back, state, amount
):
    visit = Appointment(
        payment_policy="BEFORE",
        price=PRICE,
        status="CANCELLED",
        confirmed_at=clock.at,
        refund_due=back,
    )
    assert money_of(visit) == (state, amount)
