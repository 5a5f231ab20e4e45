"""What cancelling costs, and the signed link to a visit."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core import signing

from booking.appointments.models import Party, Status
from booking.appointments.queries import (
    Terms,
    bound_after_move,
    cancellation_terms,
    manage_token,
    missed_terms,
    read_manage_token,
    terms_after_move,
)
from booking.appointments.queries.terms import fee_of
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


# --- Fees -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("price", "currency", "percent", "fixed", "fee"),
    [
        ("65.00", "GBP", 50, None, "32.50"),
        ("65.00", "GBP", 0, None, "0.00"),
        ("65.00", "GBP", 100, None, "65.00"),
        # Halves go up, as in every sum of the house.
        ("33.33", "EUR", 50, None, "16.67"),
        ("0.01", "GBP", 50, None, "0.01"),
        # Yen have no smaller unit: 999.5 is 1000.
        ("1999", "JPY", 50, None, "1000"),
        ("1999", "JPY", 33, None, "660"),
        # A sum takes the place of the share, and is never more than the price.
        ("65.00", "GBP", 50, "20.00", "20.00"),
        ("65.00", "GBP", 50, "0.00", "0.00"),
        ("15.00", "GBP", 50, "20.00", "15.00"),
        ("1999", "JPY", 50, "500.00", "500"),
        ("0.00", "GBP", 50, "20.00", "0.00"),
    ],
)
def test_a_fee_is_a_share_or_a_sum_and_never_more_than_the_price(
    price, currency, percent, fixed, fee
):
    found = fee_of(
        Decimal(price),
        currency,
        percent=percent,
        fixed=None if fixed is None else Decimal(fixed),
    )
    assert found == Decimal(fee)


@pytest.mark.parametrize(
    ("fields", "fee", "refund"),
    [
        ({}, "65.00", "0.00"),
        ({"missed_percent": 40}, "26.00", "39.00"),
        ({"missed_fee": Decimal("10.00")}, "10.00", "55.00"),
        ({"missed_percent": 0}, "0.00", "65.00"),
        ({"payment_policy": "AT_CLINIC", "missed_percent": 40}, "0.00", "0.00"),
    ],
)
def test_not_coming_costs_what_the_terms_say_of_what_was_paid(fields, fee, refund):
    terms = missed_terms(visit(**fields))
    assert (terms.fee, terms.refund) == (Decimal(fee), Decimal(refund))


# --- Moving ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moved_at", "to", "at", "fee"),
    [
        # In time: the new deadline counts.
        (TEN - timedelta(hours=25), TEN + timedelta(days=7), TEN, "0.00"),
        # Late: it stays late, however far away the new time is.
        (TEN - timedelta(hours=24), TEN + timedelta(days=7), TEN, "32.50"),
        # In time, to a time whose own deadline has passed.
        (TEN - timedelta(hours=25), TEN - timedelta(hours=2), None, "32.50"),
    ],
)
def test_what_cancelling_costs_after_a_move(moved_at, to, at, fee):
    row = visit()
    terms = terms_after_move(row, starts_at=to, zone="Europe/London", at=at or moved_at)
    row.free_until_at = bound_after_move(row, at=moved_at)
    row.starts_at = to
    after = cancellation_terms(row, at=at or moved_at)
    assert after.fee == Decimal(fee)
    if at is None or moved_at >= TEN - timedelta(hours=24):
        # What is shown before the move is what is true after it.
        assert terms == after


@pytest.mark.parametrize(
    ("zone", "starts_at", "deadline"),
    [
        # Moved over the change of the clocks: a day before it, by the clinic's clock.
        ("Europe/London", (2026, 3, 29, 12), (2026, 3, 28, 13)),
        ("Europe/London", (2026, 10, 25, 12), (2026, 10, 24, 11)),
        ("America/New_York", (2026, 3, 8, 18), (2026, 3, 7, 19)),
        ("Australia/Lord_Howe", (2026, 4, 5, 1), (2026, 4, 4, 0, 30)),
        ("Asia/Kathmandu", (2026, 3, 29, 12), (2026, 3, 28, 12)),
        ("America/Sao_Paulo", (2026, 3, 29, 12), (2026, 3, 28, 12)),
    ],
)
def test_the_deadline_of_the_new_time_is_by_the_clock_of_its_place(
    zone, starts_at, deadline
):
    terms = terms_after_move(
        visit(),
        starts_at=datetime(*starts_at, tzinfo=UTC),
        zone=zone,
        at=TEN - timedelta(days=10),
    )
    assert terms.free_until == datetime(*deadline, tzinfo=UTC)


# --- The link -------------------------------------------------------------------


def test_the_link_opens_its_visit_until_a_month_after_it():
    row = visit()
    token = manage_token(row)
    end = row.ends_at + timedelta(days=30)
    link = read_manage_token(token, at=end - timedelta(seconds=1))
    assert link.public_id == row.public_id
    assert read_manage_token(token, at=end) is None


def test_the_link_is_short_enough_for_a_text_message():
    assert len(manage_token(visit())) < 80


def test_a_forged_link_opens_nothing():
    mine, theirs = manage_token(visit()), manage_token(visit())
    swapped = theirs.split(":")[0] + ":" + mine.split(":")[1]
    other_use = signing.Signer(salt="else").sign(mine.split(":")[0])
    for token in ("", "x", "a:b", mine[:-1], swapped, other_use):
        assert read_manage_token(token, at=TEN) is None


def test_a_link_is_void_after_every_move_also_back_to_the_same_time():
    row = visit()
    first = manage_token(row)
    assert read_manage_token(first, at=TEN).is_of(row)
    row.moved_at = TEN
    second = manage_token(row)
    assert not read_manage_token(first, at=TEN).is_of(row)
    assert read_manage_token(second, at=TEN).is_of(row)
    row.moved_at = TEN + timedelta(microseconds=1)
    assert not read_manage_token(second, at=TEN).is_of(row)
    assert len(manage_token(row)) < 100
