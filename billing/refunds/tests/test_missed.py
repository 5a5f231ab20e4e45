"""What the terms leave of a visit that nobody came to: once, a day later."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from billing.models import Refund
from billing.refunds.queries import missed_payments
from billing.refunds.services import settle_missed
from booking.appointments import services as appointments
from booking.appointments.queries import money_of
from tests.factories.billing import PaymentFactory
from tests.factories.booking import AppointmentFactory

pytestmark = pytest.mark.django_db

TEN = datetime(2026, 3, 16, 10, tzinfo=UTC)
DAY = timedelta(days=1)


def missed(**terms):
    """A payment for a visit that was marked as missed, by these terms."""
    visit = AppointmentFactory(starts_at=TEN, **terms)
    payment = PaymentFactory(paid=True, appointment=visit)
    appointments.mark_missed(actor=None, appointment=visit, at=TEN + DAY / 24)
    visit.refresh_from_db()
    return payment, visit


def settle(at):
    for payment in missed_payments(at=at):
        settle_missed(payment=payment, at=at)
    return [refund.amount for refund in Refund.objects.order_by("pk")]


@pytest.mark.parametrize(
    ("terms", "back"),
    [
        ({}, []),
        ({"missed_percent": 40}, [Decimal("39.00")]),
        ({"missed_fee": Decimal("10.00")}, [Decimal("55.00")]),
        ({"missed_percent": 0}, [Decimal("65.00")]),
    ],
)
def test_the_sum_that_the_terms_leave_goes_back_once(terms, back):
    _, visit = missed(**terms)
    assert [visit.refund_due] == (back or [Decimal("0.00")])
    shown = money_of(visit)
    assert shown.amount == (back[0] if back else visit.price)
    assert settle(TEN + DAY - timedelta(seconds=1)) == []
    assert settle(TEN + DAY) == back
    assert settle(TEN + 2 * DAY) == back


def test_who_came_late_after_all_gets_nothing_back():
    payment, visit = missed(missed_percent=40)
    appointments.mark_arrived(actor=None, appointment=visit, at=TEN + DAY / 12)
    visit.refresh_from_db()
    assert visit.refund_due is None
    assert settle(TEN + DAY) == []
    # Also where the job had found the payment just before.
    assert settle_missed(payment=payment, at=TEN + DAY) is None


def test_never_more_goes_back_than_is_left():
    payment, _ = missed(missed_percent=40)
    Refund.objects.create(
        payment=payment,
        amount=Decimal("50.00"),
        reason="Goodwill",
        dedupe_key="goodwill",
        status=Refund.Status.SUCCEEDED,
    )
    assert settle(TEN + DAY) == [Decimal("50.00"), Decimal("15.00")]


def test_what_was_missed_long_ago_is_still_given_back():
    missed(missed_percent=40)
    assert settle(TEN + 59 * DAY) == [Decimal("39.00")]
