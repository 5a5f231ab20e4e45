"""Whatever people do in whatever order, nobody is in two places."""

import random
from collections import Counter

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking.models import Appointment
from tests.factories.chaos import Clinic, broken_promises


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32))
def test_no_sequence_of_acts_breaks_a_promise(db, seed):
    pick = random.Random(seed)  # noqa: S311
    with transaction.atomic():
        clinic = Clinic()
        for _ in range(60):
            clinic.act(pick)
        assert broken_promises() == []
        transaction.set_rollback(True)


def test_the_acts_are_not_all_refused(db):
    """Else the test above would prove nothing."""
    pick = random.Random(1)  # noqa: S311
    clinic = Clinic()
    done = Counter(clinic.act(pick) for _ in range(300))
    assert {"hold", "submit", "desk", "pay", "SlotTaken", "MoveRefused"} <= set(done)
    assert Appointment.objects.count() > 10


def test_a_broken_promise_would_be_seen(db):
    clinic = Clinic()
    pick = random.Random(1)  # noqa: S311
    while Appointment.objects.count() < 3:
        clinic.act(pick)
    Appointment.objects.order_by("pk").first().status_changes.update(
        from_status="MISSED"
    )
    assert broken_promises() != []
