"""Two planners plan the same person at the same moment, at two locations."""

import time as clock
from datetime import UTC, date, datetime, time

import pytest

from accounts.models import RoleAssignment
from accounts.users.models import Role
from clinic.models import Shift
from clinic.rota import services
from clinic.rota.services import planning
from tests.factories.accounts import UserFactory
from tests.factories.clinic import LocationFactory
from tests.races.conftest import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

NOW = datetime(2026, 3, 12, 9, tzinfo=UTC)
TRIES = 5


def race():
    """How many of two got the same person for the same Monday."""
    user = UserFactory()
    RoleAssignment.objects.create(user=user, role=Role.NURSE)

    def plan(location):
        services.plan_shifts(
            actor=None,
            user=user,
            location=location,
            weekdays=[0],
            starts_time=time(9),
            ends_time=time(17),
            valid_from=date(2026, 3, 16),
            valid_until=None,
            at=NOW,
        )

    places = [LocationFactory(), LocationFactory()]
    outcomes = at_once([lambda place=place: plan(place) for place in places])
    errors = [one.error for one in outcomes if one.error is not None]
    assert [one for one in errors if not isinstance(one, services.AtTwoPlaces)] == []
    return Shift.objects.filter(user=user).count()


def test_of_two_who_plan_somebody_at_once_one_does(no_deadlocks):
    assert [race() for _ in range(TRIES)] == [1] * TRIES


def test_control_without_the_lock_both_do(monkeypatch, no_deadlocks):
    refuse = planning.refuse_clash

    def dawdle(made):
        """Look, and end the transaction a moment later."""
        refuse(made)
        clock.sleep(0.2)

    monkeypatch.setattr(planning, "lock", lambda user: user)
    monkeypatch.setattr(planning, "refuse_clash", dawdle)
    assert 2 in [race() for _ in range(TRIES)]
