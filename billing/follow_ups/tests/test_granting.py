"""A booked visit gets the price of a follow-up: what was said is what goes back."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from audit.models import Entry
from billing.follow_ups.queries import offer_of
from billing.follow_ups.services import NotGranted, WaitsForPayment, grant
from billing.follow_ups.tasks import send_granted
from billing.models import Refund
from billing.refunds.services import settle_cancellation
from booking.appointments.models import Party
from booking.appointments.queries import grant_once_paid
from booking.appointments.services import PriceChanged, cancel_appointment
from foundation.errors import Refused
from notifications.models import Delivery
from tests.factories.billing import PaymentFactory, RefundFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import VisitTypeFactory
from tests.jobs import queued_jobs, run_jobs

pytestmark = pytest.mark.django_db

SEEN = datetime(2026, 3, 9, 10, tzinfo=UTC)
AT = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
SOON = datetime(2026, 3, 16, 10, tzinfo=UTC)


@pytest.fixture
def kind():
    """£65, paid when booked; a fifth of it within a fortnight."""
    return VisitTypeFactory(follow_up_days=14, follow_up_percent=20)


@pytest.fixture
def visit(kind, ann, dr_lee):
    return booked(kind, ann, dr_lee)


@pytest.fixture
def seen(kind, ann, dr_lee):
    return booked(kind, ann, dr_lee, starts_at=SEEN, status="COMPLETED")


def booked(kind, ann, dr_lee, **fields):
    return AppointmentFactory(
        **{
            "patient": ann.patient,
            "doctor": dr_lee.doctor,
            "visit_type": kind,
            "price": Decimal(65),
            "payment_policy": "BEFORE",
            "starts_at": SOON,
            **fields,
        }
    )


def give(visit, actor=None, seen=None):
    offer = seen or offer_of(visit, at=AT)
    return grant(actor=actor, appointment=visit, seen=offer, at=AT)


def sums():
    return [refund.amount for refund in Refund.objects.order_by("pk")]


def test_what_was_said_goes_back_and_the_finished_visit_is_used_up(visit, seen, desk):
    PaymentFactory(paid=True, appointment=visit)
    offer = offer_of(visit, at=AT)
    assert (offer.grant.full, offer.grant.price, offer.back) == (65, 13, 52)
    granted = give(visit, desk, offer)
    granted.refresh_from_db()
    assert (granted.price, granted.full_price, granted.follows) == (13, 65, seen)
    assert sums() == [offer.back]
    entry = Entry.objects.get(verb="appointment.follow_up_granted")
    assert (entry.actor, entry.patient_id) == (desk, visit.patient_id)
    assert "billing.refunds.tasks.send_refund" in [path for path, _ in queued_jobs()]
    assert offer_of(granted, at=AT) is None


def test_where_no_visit_can_be_followed_the_desk_grants_it_all_the_same(visit):
    PaymentFactory(paid=True, appointment=visit)
    granted = give(visit)
    assert (granted.price, granted.follows, granted.is_follow_up) == (13, None, True)
    assert sums() == [Decimal(52)]


def test_what_is_paid_at_the_clinic_is_asked_for_no_more(kind, ann, dr_lee):
    visit = booked(kind, ann, dr_lee, payment_policy="AT_CLINIC")
    assert offer_of(visit, at=AT).back == 0
    assert give(visit).price == 13
    assert sums() == []


def told():
    rows = Delivery.objects.exclude(event="proxy_copy").order_by("event", "channel")
    return [(row.event, row.channel) for row in rows]


def test_who_gets_nothing_back_is_told_once_what_it_costs_now(kind, ann, dr_lee):
    visit = booked(kind, ann, dr_lee, payment_policy="AT_CLINIC")
    give(visit)
    run_jobs()
    send_granted(appointment_id=visit.pk)
    assert told() == [("visit_costs_less", "EMAIL"), ("visit_costs_less", "IN_APP")]
    mail = Delivery.objects.get(channel="EMAIL")
    assert mail.patient == ann.patient
    assert "£13.00 instead of £65.00" in mail.body_text
    assert "You pay £13.00 at the clinic." in mail.body_text
    # What kind of visit it is stands in no mail.
    assert kind.name not in mail.subject + mail.body_text + mail.body_html


def test_who_gets_money_back_is_told_of_that_alone(visit):
    PaymentFactory(paid=True, appointment=visit)
    give(visit)
    paths = [path for path, _ in queued_jobs()]
    assert "billing.follow_ups.tasks.send_granted" not in paths
    send_granted(appointment_id=0)
    assert told() == []


def test_a_price_that_was_never_granted_is_told_to_nobody(visit):
    send_granted(appointment_id=visit.pk)
    assert told() == []


def test_what_waits_for_its_payment_is_refused_with_what_to_do(kind, ann, dr_lee):
    visit = booked(kind, ann, dr_lee, status="HELD", hold_expires_at=SOON)
    later = grant_once_paid(visit, at=AT)
    assert (later.full, later.price) == (65, 13)
    with pytest.raises(WaitsForPayment, match="once that is here"):
        grant(actor=None, appointment=visit, seen=None, at=AT)
    visit.refresh_from_db()
    assert (visit.price, visit.is_follow_up) == (65, False)
    # Once the hold has lapsed there is nothing to wait for.
    assert grant_once_paid(visit, at=SOON) is None
    with pytest.raises(NotGranted) as refused:
        grant(actor=None, appointment=visit, seen=None, at=SOON)
    assert not isinstance(refused.value, WaitsForPayment)


def test_each_finished_visit_is_followed_once(visit, seen, kind, ann, dr_lee):
    other = booked(kind, ann, dr_lee, starts_at=SOON + timedelta(hours=2))
    said = offer_of(other, at=AT)
    assert said.grant.follows == seen
    give(visit)
    with pytest.raises(PriceChanged):
        give(other, seen=said)
    other.refresh_from_db()
    assert (other.price, other.is_follow_up) == (65, False)
    assert offer_of(other, at=AT).grant.follows is None


def test_a_visit_is_granted_once_and_gives_back_once(visit):
    PaymentFactory(paid=True, appointment=visit)
    said = offer_of(visit, at=AT)
    give(visit, seen=said)
    with pytest.raises(NotGranted):
        give(visit, seen=said)
    assert sums() == [Decimal(52)]


def test_another_sum_than_was_said_is_refused_and_nothing_has_happened(visit):
    payment = PaymentFactory(paid=True, appointment=visit)
    said = offer_of(visit, at=AT)
    RefundFactory(payment=payment, amount=Decimal(20), status="SUCCEEDED")
    with pytest.raises(PriceChanged):
        give(visit, seen=said)
    visit.refresh_from_db()
    assert (visit.price, sums()) == (65, [Decimal(20)])


def test_never_more_goes_back_than_is_left(visit):
    payment = PaymentFactory(paid=True, appointment=visit)
    RefundFactory(payment=payment, amount=Decimal(20), status="SUCCEEDED")
    assert offer_of(visit, at=AT).back == 45
    give(visit)
    assert sums() == [Decimal(20), Decimal(45)]


def test_another_price_than_was_said_is_refused(visit, kind):
    PaymentFactory(paid=True, appointment=visit)
    said = offer_of(visit, at=AT)
    kind.follow_up_percent = 50
    kind.save()
    with pytest.raises(Refused):
        give(visit, seen=said)
    assert sums() == []


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "HELD", "hold_expires_at": SOON},
        {"status": "CANCELLED"},
        {"status": "COMPLETED"},
        {"status": "MISSED"},
        {"price": Decimal(0)},
        {"is_follow_up": True},
    ],
)
def test_what_is_not_booked_is_one_or_costs_nothing_gets_none(
    kind, ann, dr_lee, fields
):
    assert offer_of(booked(kind, ann, dr_lee, **fields), at=AT) is None


def test_a_kind_without_follow_ups_has_no_such_price(ann, dr_lee):
    visit = booked(VisitTypeFactory(), ann, dr_lee)
    assert offer_of(visit, at=AT) is None
    with pytest.raises(NotGranted):
        grant(actor=None, appointment=visit, seen=None, at=AT)


def test_cancelled_afterwards_the_rest_goes_back_and_no_more(visit, seen):
    PaymentFactory(paid=True, appointment=visit)
    granted = give(visit)
    cancelled = cancel_appointment(
        actor=None, appointment=granted, reason="", by=Party.CLINIC, at=AT
    )
    settle_cancellation(appointment=cancelled, at=AT)
    assert sums() == [Decimal(52), Decimal(13)]
