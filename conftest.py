"""The cast: the people in whose names the tests speak.

Ann is a patient whom Dr Lee treats; Gus is her guardian; Zoe is another patient, who
must never see Ann's things; Dr Roy treats neither. The others work here.
"""

from datetime import date

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from accounts.models import User
from accounts.users.models import CMS_ROLES, Role, RoleAssignment
from accounts.users.services import assign_role
from tests.factories.accounts import (
    CareRelationFactory,
    PatientFactory,
    UserFactory,
)
from tests.factories.clinic import DoctorFactory
from tests.second_factors import VerifiedClient


@pytest.fixture(autouse=True)
def _nothing_counted():
    """Limits are counted in the cache: no test starts with another's tries, however
    fast the tests before it were."""
    cache.clear()


@pytest.fixture
def client():
    """A visitor's browser. `force_login` also proves the second factor."""
    return VerifiedClient()


@pytest.fixture
def unverified_client():
    """A browser whose `force_login` proves the first factor only."""
    return Client()


pytest_plugins = [
    "tests.template_database",
    "tests.migrated_rows",
    "tests.money",
    "tests.browser",
    "tests.sockets",
    "tests.clinical_files",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first. All else stays as Django's plugin orders it:
    tests that commit after those that don't."""
    items.sort(key=lambda item: item.get_closest_marker("longest") is None)


# How fast a machine is says nothing about whether the code is right.
hypothesis_settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("house")


def _person(first_name: str, role: str) -> User:
    user = UserFactory(
        email=f"{first_name.lower()}@example.org",
        first_name=first_name,
        last_name=role.title(),
    )
    if role in CMS_ROLES:
        assign_role(actor=None, user=user, role=role)
    else:
        # The same row, without ending sessions that nobody has yet: thousands of tests
        # begin here.
        RoleAssignment.objects.create(user=user, role=role)
    return user


def _patient(first_name: str) -> User:
    user = _person(first_name, Role.PATIENT)
    PatientFactory(
        user=user,
        first_name=first_name,
        last_name="Patient",
        email=user.email,
        birth_date=date(1986, 3, 14),
    )
    return user


@pytest.fixture
def ann(db):
    return _patient("Ann")


@pytest.fixture
def gus(db):
    return _patient("Gus")


@pytest.fixture
def zoe(db):
    return _patient("Zoe")


@pytest.fixture
def dr_lee(ann):
    """Treats Ann."""
    user = _person("Lee", Role.DOCTOR)
    DoctorFactory(user=user, first_name="Min", last_name="Lee", slug="dr-lee")
    CareRelationFactory(patient=ann.patient, user=user)
    return user


@pytest.fixture
def dr_roy(db):
    """Treats nobody of the cast."""
    user = _person("Roy", Role.DOCTOR)
    DoctorFactory(user=user, first_name="Asha", last_name="Roy", slug="dr-roy")
    return user


@pytest.fixture
def nurse(db):
    return _person("Nia", Role.NURSE)


@pytest.fixture
def desk(db):
    return _person("Desi", Role.RECEPTIONIST)


@pytest.fixture
def biller(db):
    return _person("Bill", Role.BILLING)


@pytest.fixture
def author(db):
    return _person("Otto", Role.AUTHOR)


@pytest.fixture
def editor(db):
    """Publishes pages; has no part in care."""
    return _person("Edda", Role.PUBLISHER)


@pytest.fixture
def reviewer(db):
    return _person("Remy", Role.CLINICAL_REVIEWER)


@pytest.fixture
def medical_admin(db):
    return _person("Mada", Role.MEDICAL_ADMIN)


@pytest.fixture
def admin(db):
    return _person("Adam", Role.ADMIN)
