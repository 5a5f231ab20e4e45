"""A location that is open on weekdays from eight to six, and two people to plan."""

from datetime import UTC, datetime, time

import pytest

from accounts.models import RoleAssignment
from accounts.users.models import Role
from clinic.models import OpeningHours
from tests.factories.accounts import UserFactory
from tests.factories.clinic import LocationFactory

# A Thursday.
NOW = datetime(2026, 3, 12, 9, tzinfo=UTC)


@pytest.fixture
def quay(db):
    place = LocationFactory(name="Quayside")
    OpeningHours.objects.bulk_create(
        OpeningHours(location=place, weekday=day, opens_at=time(8), closes_at=time(18))
        for day in range(5)
    )
    return place


def person(name, role, *locations):
    """Somebody with the role at these locations, everywhere where there are none."""
    user = UserFactory(first_name=name, last_name="Frost")
    for place in [one.place for one in locations] or [None]:
        RoleAssignment.objects.create(user=user, role=role, place=place)
    return user


@pytest.fixture
def ina(quay):
    """At the desk of Quayside."""
    return person("Ina", Role.RECEPTIONIST, quay)


@pytest.fixture
def noor(db):
    """A nurse of every location."""
    return person("Noor", Role.NURSE)
