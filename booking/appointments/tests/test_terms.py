"""What cancelling costs, and the signed link to a visit."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core import signing

from booking.appointments.models import Party, Status
from booking.appointments.queries import (
    Terms,
    cancellation_terms,
    manage_token,
    read_manage_token,
)
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import LocationFactory

pytestmark = pytest.mark.django_db

TEN = datetime(2026, 3, 16, 10, tzinfo=UTC)


def visit(zone="Europe/London", **fields):
    fields = {"starts_at": TEN, "price": Decimal("65.00")} | fields
    return AppointmentFactory(location=LocationFactory(time_zone=zone), **fields)


def test_it_is_free_until_the_deadline_and_costs_a_share_from_then_on():
    row, deadline = visit(), TEN - timedelta(days=1)
    free = Terms(deadline, Decimal("65.00"), Decimal(0))
    late = Terms(deadline, Decimal("32.50"), Decimal("32.50"))
    just_before = deadline - timedelta(microseconds=1)
    assert cancellation_terms(row, at=just_before) == free
    assert cancellation_terms(row, at=deadline) == late
    assert cancellation_terms(row, at=deadline, by=Party.CLINIC) == free


def test_fee_and_refund_always_add_up_to_the_price():
    row = visit(price=Decimal("33.33"), late_cancellation_percent=33)
    terms = cancellation_terms(row, at=TEN)
    assert (terms.fee, terms.refund) == (Decimal("11.00"), Decimal("22.33"))


def test_a_whole_share_gives_nothing_back():
    row = visit(late_cancellation_percent=100)
    assert cancellation_terms(row, at=TEN).refund == 0


@pytest.mark.parametrize("policy", ["AT_CLINIC", "FREE"])
def test_where_nothing_is_paid_before_nothing_goes_back(policy):
    terms = cancellation_terms(visit(payment_policy=policy), at=TEN)
    assert (terms.refund, terms.fee) == (0, 0)


@pytest.mark.parametrize("status", [Status.HELD, Status.REQUESTED])
def test_as_long_as_it_is_not_paid_nothing_goes_back(status):
    row = visit(status=status, hold_expires_at=TEN)
    terms = cancellation_terms(row, at=TEN)
    assert (terms.refund, terms.fee) == (0, 0)


@pytest.mark.parametrize(
    ("zone", "starts_at", "hours", "deadline"),
    [
        # Monday 30 March 9:00 BST; a day before it the clocks changed.
        ("Europe/London", (2026, 3, 30, 8), 24, (2026, 3, 29, 8)),
        ("Europe/London", (2026, 3, 29, 12), 24, (2026, 3, 28, 13)),
        ("Europe/London", (2026, 3, 29, 12), 26, (2026, 3, 28, 11)),
        # 1:30 on the day before did not exist: 2:30 BST is the kinder reading.
        ("Europe/London", (2026, 3, 30, 0, 30), 24, (2026, 3, 29, 1, 30)),
        # 1:30 came twice: the later one.
        ("Europe/London", (2026, 10, 26, 1, 30), 24, (2026, 10, 25, 1, 30)),
        ("America/New_York", (2026, 3, 8, 18), 24, (2026, 3, 7, 19)),
        ("Asia/Dubai", (2026, 3, 30, 8), 48, (2026, 3, 28, 8)),
        ("Europe/London", (2026, 3, 16, 10), 0, (2026, 3, 16, 10)),
    ],
)
def test_days_of_the_deadline_are_counted_by_the_clinics_clock(
    zone, starts_at, hours, deadline
):
    row = visit(
        zone,
        starts_at=datetime(*starts_at, tzinfo=UTC),
        free_cancellation_hours=hours,
    )
    assert cancellation_terms(row, at=TEN).free_until == datetime(*deadline, tzinfo=UTC)


# --- The link -------------------------------------------------------------------


def test_the_link_opens_its_visit_until_a_month_after_it():
    row = visit()
    token = manage_token(row)
    end = row.ends_at + timedelta(days=30)
    assert read_manage_token(token, at=end - timedelta(seconds=1)) == row.public_id
    assert read_manage_token(token, at=end) is None


def test_the_link_is_short_enough_for_a_text_message():
    assert len(manage_token(visit())) < 80


def test_a_forged_link_opens_nothing():
    mine, theirs = manage_token(visit()), manage_token(visit())
    swapped = theirs.split(":")[0] + ":" + mine.split(":")[1]
    other_use = signing.Signer(salt="else").sign(mine.split(":")[0])
    for token in ("", "x", "a:b", mine[:-1], swapped, other_use):
        assert read_manage_token(token, at=TEN) is None
