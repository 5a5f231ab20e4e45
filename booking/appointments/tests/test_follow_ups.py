"""A follow-up of a finished visit costs less: which one, how often, until when."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from audit.models import Entry
from booking.appointments import services
from booking.appointments.models import Party
from booking.appointments.queries import free_slots
from booking.appointments.queries.follow_ups import until_of
from booking.appointments.services.moving import give_time
from booking.appointments.services.state import locked
from booking.conftest import NOW
from booking.models import Appointment
from clinic.models import VisitType
from clinic.visit_types.queries import follow_up_price
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import SpecialtyFactory

SEEN = datetime(2026, 3, 9, 10, tzinfo=UTC)
# Mondays: one within the fortnight after, one beyond.
SOON = datetime(2026, 3, 16, 10, tzinfo=UTC)
LATE = datetime(2026, 3, 30, 9, tzinfo=UTC)


@pytest.fixture
def offering(practice, calloway):
    """£65 with Dr Calloway, nothing within a fortnight of a visit with her."""
    return practice.offer(calloway, "at_clinic", follow_up_days=14)


@pytest.fixture
def seen(offering, ann):
    return finished(offering, ann.patient)


def finished(offering, patient, **fields):
    return AppointmentFactory(
        offering=offering,
        patient=patient,
        **{"starts_at": SEEN, "status": "COMPLETED", **fields},
    )


def book(offering, patient, starts_at=SOON, **more):
    return services.book_for_patient(
        actor=None,
        patient=patient,
        offering=offering,
        starts_at=starts_at,
        reason="",
        at=NOW,
        idempotency_key=uuid.uuid4(),
        **more,
    )


def submit(offering, patient, starts_at=SOON, **more):
    hold = services.hold_slot(
        actor=None,
        offering=offering,
        starts_at=starts_at,
        via="SITE",
        at=NOW,
        idempotency_key=uuid.uuid4(),
    )
    return services.submit_booking(
        actor=None,
        appointment=hold,
        patient=patient,
        reason="",
        at=NOW,
        idempotency_key=uuid.uuid4(),
        **more,
    )


@pytest.mark.parametrize("way", [book, submit])
def test_a_follow_up_costs_nothing_and_says_what_it_follows(way, offering, seen, ann):
    made = way(offering, ann.patient)
    assert (made.price, made.full_price, made.follows) == (0, 65, seen)
    assert made.is_follow_up
    made.refresh_from_db()
    assert made.price == 0


@pytest.mark.parametrize("way", [book, submit])
def test_a_share_is_in_the_smallest_unit_and_paid_as_ever(way, offering, seen, ann):
    VisitType.objects.update(follow_up_percent=33, payment_policy="BEFORE")
    offering.refresh_from_db()
    made = way(offering, ann.patient)
    assert (made.price, made.status) == (Decimal("21.45"), "HELD")


@pytest.mark.parametrize("way", [book, submit])
def test_what_is_paid_first_and_costs_nothing_is_booked_at_once(
    way, offering, seen, ann
):
    VisitType.objects.update(payment_policy="BEFORE")
    offering.refresh_from_db()
    made = way(offering, ann.patient)
    assert (made.status, made.hold_expires_at) == ("CONFIRMED", None)
    assert made.confirmed_at == NOW


def test_who_was_not_seen_pays_the_price(offering, seen, zoe, ann, practice):
    assert book(offering, zoe.patient).price == 65
    other = practice.offer(practice.doctor("Roy"), kind=offering.visit_type)
    assert book(other, ann.patient).price == 65


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "CONFIRMED"},
        {"status": "MISSED"},
        {"status": "CANCELLED"},
        {"is_follow_up": True},
        {"starts_at": SEEN - timedelta(days=8)},
    ],
)
def test_what_did_not_take_place_is_a_follow_up_itself_or_long_ago_gives_none(
    offering, ann, fields
):
    finished(offering, ann.patient, **fields)
    assert book(offering, ann.patient).price == 65


def test_the_last_day_counts_whole_by_the_clock_of_the_place(
    offering, seen, practice, calloway
):
    practice.location.time_zone = "America/New_York"
    practice.location.save()
    seen.refresh_from_db()
    until = until_of(seen, offering.visit_type)
    # The clocks have changed there since.
    assert until == datetime(2026, 3, 24, 4, tzinfo=UTC)


@pytest.mark.parametrize(("days", "price"), [(14, 0), (15, 65)])
def test_a_day_later_it_costs_the_price(offering, ann, days, price):
    last = SEEN + timedelta(days=21)
    found = free_slots(
        [offering], after=last.replace(hour=8), until=last + timedelta(hours=9), at=NOW
    )[offering.pk]
    finished(offering, ann.patient, starts_at=SEEN + timedelta(days=21 - days))
    made = services.book_for_patient(
        actor=None,
        patient=ann.patient,
        offering=offering,
        starts_at=found[-1].starts_at,
        reason="",
        at=last - timedelta(days=1),
        idempotency_key=uuid.uuid4(),
    )
    assert made.price == price


def test_each_visit_is_followed_once_and_cancelling_gives_it_back(offering, seen, ann):
    first = book(offering, ann.patient)
    second = book(offering, ann.patient, SOON + timedelta(hours=1))
    assert (first.price, second.price) == (0, 65)
    services.cancel_appointment(
        actor=None, appointment=first, reason="", by=Party.PATIENT, at=NOW
    )
    assert book(offering, ann.patient, SOON + timedelta(hours=2)).price == 0


def test_a_hold_that_lapsed_gives_it_back(offering, seen, ann):
    VisitType.objects.update(follow_up_percent=50, payment_policy="BEFORE")
    offering.refresh_from_db()
    held = submit(offering, ann.patient)
    assert held.follows == seen
    Appointment.objects.filter(pk=held.pk).update(hold_expires_at=NOW)
    again = submit(offering, ann.patient, SOON + timedelta(hours=1))
    assert again.follows == seen
    held.refresh_from_db()
    assert held.status == "EXPIRED"
    with pytest.raises(services.SlotTaken, match="no"):
        services.confirm_paid(appointment_id=held.pk, at=NOW)


def test_the_database_lets_a_visit_be_followed_once(offering, seen, ann):
    AppointmentFactory(offering=offering, starts_at=SOON, follows=seen)
    with pytest.raises(IntegrityError, match="one_follow_up"), transaction.atomic():
        AppointmentFactory(
            offering=offering, starts_at=SOON + timedelta(days=1), follows=seen
        )
    AppointmentFactory(
        offering=offering,
        starts_at=SOON + timedelta(days=1),
        follows=seen,
        status="CANCELLED",
    )


def test_of_a_specialty_any_of_its_doctors_will_do(offering, seen, ann, practice):
    VisitType.objects.update(follow_up_of="SPECIALTY")
    offering.refresh_from_db()
    same = practice.offer(practice.doctor("Roy"), kind=offering.visit_type)
    assert book(same, ann.patient).price == 0


def test_of_another_specialty_none_will(offering, seen, ann, practice):
    VisitType.objects.update(follow_up_of="SPECIALTY")
    offering.refresh_from_db()
    other = practice.doctor("Roy", specialty=SpecialtyFactory())
    there = practice.offer(other, kind=offering.visit_type)
    assert book(there, ann.patient).price == 65


def test_what_somebody_agreed_to_is_what_it_costs(offering, seen, ann, zoe):
    with pytest.raises(services.PriceChanged):
        submit(offering, ann.patient, price_seen=Decimal(65))
    assert Appointment.objects.filter(patient=ann.patient, status="HELD").count() == 0
    later = SOON + timedelta(hours=1)
    assert submit(offering, ann.patient, later, price_seen=Decimal(0)).price == 0
    assert submit(offering, zoe.patient, later + timedelta(hours=1)).price == 65


def test_another_patient_on_the_same_hold_pays_the_price(offering, seen, ann, zoe):
    VisitType.objects.update(follow_up_percent=50, payment_policy="BEFORE")
    offering.refresh_from_db()
    held = submit(offering, ann.patient)
    assert held.price == Decimal("32.50")
    again = services.submit_booking(
        actor=None,
        appointment=held,
        patient=zoe.patient,
        reason="",
        at=NOW,
        idempotency_key=uuid.uuid4(),
    )
    assert (again.price, again.follows, again.is_follow_up) == (65, None, False)


def test_the_desk_grants_one_and_that_is_written_down(offering, ann, desk):
    made = services.book_for_patient(
        actor=desk,
        patient=ann.patient,
        offering=offering,
        starts_at=LATE,
        reason="",
        at=NOW,
        idempotency_key=uuid.uuid4(),
        as_follow_up=True,
    )
    assert (made.price, made.follows, made.is_follow_up) == (0, None, True)
    entry = Entry.objects.get(verb="appointment.follow_up_granted")
    assert entry.actor == desk


def move(visit, offering, starts_at, by=Party.PATIENT):
    return give_time(
        locked(visit), actor=None, offering=offering, starts_at=starts_at, by=by, at=NOW
    )


def test_moved_beyond_its_last_day_it_costs_the_price_at_the_clinic(
    offering, seen, ann
):
    VisitType.objects.update(payment_policy="BEFORE")
    offering.refresh_from_db()
    made = book(offering, ann.patient)
    moved = move(made, offering, LATE)
    assert (moved.price, moved.payment_policy) == (65, "AT_CLINIC")
    assert (moved.follows, moved.is_follow_up) == (None, False)
    assert book(offering, ann.patient, SOON + timedelta(hours=3)).price == 0


@pytest.mark.parametrize(
    ("starts_at", "by"),
    [(SOON + timedelta(days=1), Party.PATIENT), (LATE, Party.CLINIC)],
)
def test_moved_within_it_or_by_the_clinic_it_stays_a_follow_up(
    offering, seen, ann, starts_at, by
):
    made = book(offering, ann.patient)
    moved = move(made, offering, starts_at, by)
    assert (moved.price, moved.follows) == (0, seen)


def test_what_was_paid_in_part_stays_within_its_days(offering, seen, ann):
    VisitType.objects.update(follow_up_percent=50, payment_policy="BEFORE")
    offering.refresh_from_db()
    made = book(offering, ann.patient)
    services.confirm_paid(appointment_id=made.pk, at=NOW)
    with pytest.raises(services.MoveRefused, match=r"£32\.50 more"):
        move(made, offering, LATE)


@given(
    price=st.decimals(0, 5000, places=2),
    percent=st.integers(0, 100),
    currency=st.sampled_from(["GBP", "JPY"]),
)
def test_it_never_costs_more_than_the_visit_or_less_than_nothing(
    price, percent, currency
):
    price = price.quantize(Decimal(1)) if currency == "JPY" else price
    kind = VisitType(follow_up_percent=percent, currency=currency)
    found = follow_up_price(kind, price)
    assert 0 <= found <= price
    assert abs(found - price * percent / 100) <= Decimal("0.5")
    assert found == found.quantize(Decimal(1 if currency == "JPY" else "0.01"))
