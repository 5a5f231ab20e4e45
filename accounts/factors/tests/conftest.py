import pytest

from accounts.factors.tests.codes import EMAIL, PASSWORD, give


@pytest.fixture
def patient(ann):
    ann.set_password(PASSWORD)
    ann.save()
    ann.emailaddress_set.create(email=ann.email, verified=True, primary=True)
    return ann


@pytest.fixture
def by_mail(patient):
    return give(patient, EMAIL)
