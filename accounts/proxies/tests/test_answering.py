"""Nobody agrees in another's place, or to what is no question any more."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts.models import Proxy
from accounts.proxies.services import NotAnswerable, accept, confirm, decline, withdraw
from accounts.proxies.services.answering import NotForYou
from tests.factories.accounts import PatientFactory
from tests.factories.proxies import ProxyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def at():
    return timezone.now()


@pytest.fixture
def invited(ann, gus, at):
    """Ann has invited the address of Gus, which he has proved."""
    EmailAddress.objects.create(user=gus, email=gus.email, verified=True, primary=True)
    return Proxy.objects.create(
        patient=ann.patient,
        status=Proxy.Status.INVITED,
        relation="SPOUSE",
        scopes=["book"],
        email=gus.email,
        lapses_at=at + timedelta(days=30),
    )


def confirmed(actor, proxy, at):
    return confirm(
        actor=actor,
        proxy=proxy,
        ground="UNABLE",
        document_seen="Power of attorney",
        ends_at=None,
        at=at,
    )


def status(proxy):
    return Proxy.objects.get(pk=proxy.pk).status


def test_who_invited_an_address_and_has_it_now_does_not_act_for_themselves(
    ann, invited, at
):
    ann.email = "ann.new@example.org"
    ann.save()
    EmailAddress.objects.create(user=ann, email=ann.email, verified=True, primary=True)
    Proxy.objects.update(email=ann.email)
    with pytest.raises(NotForYou):
        accept(actor=ann, proxy=invited, at=at)
    assert status(invited) == "INVITED"


def test_a_stranger_is_told_nothing_of_what_is_in_force(ann, gus, zoe, at):
    proxy = ProxyFactory(patient=ann.patient, user=gus)
    for one in (ann, gus):
        assert accept(actor=one, proxy=proxy, at=at).status == "ACTIVE"
    with pytest.raises(NotAnswerable):
        accept(actor=zoe, proxy=proxy, at=at)


def test_the_desk_agrees_to_requests_and_to_no_invitation(desk, invited, at):
    with pytest.raises(NotAnswerable):
        confirmed(desk, invited, at)
    assert status(invited) == "INVITED"


def test_of_a_record_that_became_another_nothing_is_agreed_to(ann, gus, invited, at):
    patient = ann.patient
    patient.user, patient.merged_into = None, PatientFactory()
    patient.save()
    with pytest.raises(NotAnswerable):
        accept(actor=gus, proxy=invited, at=at)
    assert status(invited) == "INVITED"


def test_what_was_taken_back_is_agreed_to_by_nobody(ann, gus, desk, invited, at):
    withdraw(actor=ann, proxy=invited, at=at)
    for agree in (
        lambda: accept(actor=gus, proxy=invited, at=at),
        lambda: accept(actor=ann, proxy=invited, at=at),
        lambda: confirmed(desk, invited, at),
        lambda: decline(actor=gus, proxy=invited, at=at),
    ):
        with pytest.raises(NotAnswerable):
            agree()
    assert status(invited) == "WITHDRAWN"
