"""Whatever people do in whatever order, nobody is in two places that were not given
twice on purpose, and no money is lost.

A run that fails names its seed, and `@example(seed=…)` repeats it.
"""

import random
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.models import Payment, Refund
from booking.appointments.models import LIVE
from booking.appointments.queries import sharing
from booking.models import Appointment, Move
from tests.factories.billing import RefundFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.chaos import NOW, Clinic, broken_promises
from tests.factories.chaos_caps import cap, too_many, walk_in
from tests.factories.chaos_lists import forget_outside, read_outside
from tests.factories.chaos_money import lost_money
from tests.factories.chaos_rooms import ROOM_VERBS, equip, served_twice
from tests.factories.clinic import VisitTypeFactory

OUTSIDE = [read_outside, forget_outside]


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32))
def test_no_sequence_of_acts_breaks_a_promise(db, seed):
    pick = random.Random(seed)  # noqa: S311
    with transaction.atomic():
        clinic = Clinic(besides=OUTSIDE)
        for _ in range(40):
            clinic.act(pick)
        assert broken_promises() == []
        assert lost_money(clinic, pick, NOW + timedelta(hours=1)) == []
        transaction.set_rollback(True)


@settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32))
def test_no_room_or_piece_is_in_two_places_whatever_staff_change(db, seed):
    pick = random.Random(seed)  # noqa: S311
    with transaction.atomic():
        clinic = Clinic(besides=ROOM_VERBS)
        equip(clinic)
        for _ in range(40):
            clinic.act(pick)
        assert broken_promises() == []
        assert served_twice(Appointment.objects.filter(status__in=LIVE)) == []
        transaction.set_rollback(True)


@settings(
    max_examples=2,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32))
def test_no_sequence_of_acts_gives_a_day_more_than_its_most(db, seed):
    pick = random.Random(seed)  # noqa: S311
    with transaction.atomic():
        clinic = Clinic(besides=[walk_in] * 3, is_forward=True)
        cap(clinic)
        for _ in range(4):
            for _ in range(10):
                clinic.act(pick)
            assert too_many(clinic, clinic.at) == []
        assert broken_promises() == []
        transaction.set_rollback(True)


def test_one_too_many_would_be_seen(db):
    clinic = Clinic()
    cap(clinic)
    offering = clinic.offerings[0]
    visits = [AppointmentFactory(offering=offering, starts_at=NOW)]
    for number in range(1, 3):
        assert too_many(clinic, NOW) == []
        later = NOW + number * timedelta(hours=1)
        visits.append(AppointmentFactory(offering=offering, starts_at=later, room=None))
    assert too_many(clinic, NOW) != []
    visits[0].overbooked_why = "Acute"
    visits[0].save()
    assert too_many(clinic, NOW) == []


def test_equipment_in_two_places_would_be_seen(db):
    one, two = AppointmentFactory.build_batch(2, equipment_ids=[7], pk=1)
    one.visit_type, two.visit_type = VisitTypeFactory.create_batch(2)
    assert served_twice([one, two]) != []
    two.equipment_ids = [8]
    assert served_twice([one, two]) == []


def test_the_acts_are_not_all_refused(db):
    """Else the test above would prove nothing."""
    pick = random.Random(4)  # noqa: S311
    clinic, done = Clinic(), set()
    for _ in range(400):
        done.add(clinic.act(pick))
        if _has_seen_all(done):
            return
    raise AssertionError(f"Of {ACTS} some never came about: {done}")


ACTS = {
    *("hold", "submit", "desk", "begin_paying", "pay", "settle", "cancel", "move"),
    *("wait", "wait_for_sooner", "sweep_waitlist", "answer_offer", "overbook"),
    *("block", "SlotTaken", "MoveRefused", "OfferGone"),
}


def _has_seen_all(done):
    return (
        done >= ACTS
        and Appointment.objects.filter(is_overbooked=True).exists()
        and Move.objects.filter(is_from_waitlist=True, status="DONE").exists()
        and Refund.objects.exists()
    )


def test_calendars_outside_are_read_and_forgotten_in_between(db):
    pick = random.Random(4)  # noqa: S311
    clinic, done = Clinic(besides=OUTSIDE), set()
    while not done >= {one.__name__ for one in OUTSIDE}:
        done.add(clinic.act(pick))
    assert broken_promises() == []


def test_a_broken_promise_would_be_seen(db):
    clinic = Clinic()
    pick = random.Random(1)  # noqa: S311
    while Appointment.objects.count() < 3:
        clinic.act(pick)
    Appointment.objects.order_by("pk").first().status_changes.update(
        from_status="MISSED"
    )
    assert broken_promises() != []


def test_lost_money_would_be_seen(db):
    clinic, at = Clinic(), NOW + timedelta(hours=1)
    pick = random.Random(1)  # noqa: S311
    while not Payment.objects.filter(status="SUCCEEDED").exists():
        clinic.act(pick)
    assert lost_money(clinic, pick, at) == []
    payment = Payment.objects.filter(status="SUCCEEDED").first()
    Appointment.objects.filter(pk=payment.appointment_id).update(
        status="CANCELLED", refund_due=0
    )
    RefundFactory(payment=payment, amount=1, status="SUCCEEDED")
    assert lost_money(clinic, pick, at) != []


def test_an_ordinary_visit_over_an_overbooked_one_would_be_seen(db):
    clinic = Clinic()
    pick = random.Random(1)  # noqa: S311
    rows = Appointment.objects.filter(is_overbooked=True, status__in=LIVE)
    while not rows.exists():
        clinic.act(pick)
    assert broken_promises() == []
    over = rows.get()
    beside = sharing(over).first()
    Appointment.objects.filter(pk=beside.pk).update(
        created_at=timezone.now() + timedelta(hours=1)
    )
    assert broken_promises() != []
