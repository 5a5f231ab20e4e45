"""A reset is judged anew when it is approved, sent and used, not only when it began."""

from datetime import timedelta

import pytest
from allauth.account.signals import email_changed
from django.utils import timezone

from accounts.recovery.models import Reset
from accounts.recovery.queries import WAIT
from accounts.recovery.services import (
    Gone,
    StartedByNobody,
    approve_reset,
    ask_reset,
    start_reset,
    use_reset,
)
from accounts.users.models import Role
from accounts.users.services import assign_role, remove_role, suspend_user
from notifications.models import Delivery
from tests.factories.accounts import UserFactory
from tests.jobs import run_jobs
from tests.second_factors import with_app

pytestmark = pytest.mark.django_db
LATER = WAIT + timedelta(minutes=1)


@pytest.fixture
def at():
    return timezone.now()


@pytest.fixture
def third():
    user = UserFactory()
    assign_role(actor=None, user=user, role=Role.ADMIN)
    return user


@pytest.fixture
def waited(ann, at):
    """Ann, a patient, has asked for herself."""
    with_app(ann)
    return ask_reset(user=ann, at=at)


def is_refused(reset, at):
    with pytest.raises(Gone):
        use_reset(reset=reset, at=at)
    return reset.user.authenticator_apps.exists()


def test_who_works_here_by_now_cannot_use_what_they_asked_for_as_a_patient(
    waited, ann, at
):
    assign_role(actor=None, user=ann, role=Role.NURSE)
    assert is_refused(waited, at + LATER)


def test_nor_what_the_desk_began(ann, desk, at):
    with_app(ann)
    reset = start_reset(actor=desk, user=ann, ground=Reset.Ground.SEEN, at=at)
    assign_role(actor=None, user=ann, role=Role.NURSE)
    assert is_refused(reset, at)


def test_nor_an_administrator_what_one_person_began(admin, dr_lee, at):
    with_app(dr_lee)
    reset = start_reset(actor=admin, user=dr_lee, ground=Reset.Ground.STAFF, at=at)
    assign_role(actor=None, user=dr_lee, role=Role.ADMIN)
    assert is_refused(reset, at)


def test_it_does_nothing_to_who_is_suspended(waited, ann, admin, at):
    suspend_user(actor=admin, user=ann, at=at)
    assert is_refused(waited, at + LATER)


def test_another_address_ends_it(waited, ann, at):
    email_changed.send(
        sender=type(ann),
        request=None,
        user=ann,
        from_email_address=None,
        to_email_address=None,
    )
    assert is_refused(waited, at + LATER)


def test_approving_comes_too_late_after_an_hour(admin, third, at):
    person = UserFactory()
    assign_role(actor=None, user=person, role=Role.ADMIN)
    with_app(person)
    reset = start_reset(actor=admin, user=person, ground=Reset.Ground.STAFF, at=at)
    with pytest.raises(Gone):
        approve_reset(actor=third, reset=reset, at=at + timedelta(hours=1))


def test_who_started_it_has_to_be_an_administrator_still(admin, third, at):
    person = UserFactory()
    assign_role(actor=None, user=person, role=Role.ADMIN)
    with_app(person)
    reset = start_reset(actor=admin, user=person, ground=Reset.Ground.STAFF, at=at)
    remove_role(actor=None, user=admin, role=Role.ADMIN)
    with pytest.raises(StartedByNobody):
        approve_reset(actor=third, reset=reset, at=at)


@pytest.mark.parametrize("what", ["used", "suspended"])
def test_no_link_is_sent_for_what_is_over(ann, admin, desk, at, what):
    with_app(ann)
    reset = start_reset(actor=desk, user=ann, ground=Reset.Ground.SEEN, at=at)
    if what == "used":
        use_reset(reset=reset, at=at)
    else:
        suspend_user(actor=admin, user=ann, at=at)
    run_jobs()
    assert not Delivery.objects.filter(event="account_reset_link").exists()
