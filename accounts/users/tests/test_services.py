import pytest

from accounts.models import User
from accounts.users.models import Role
from accounts.users.permissions import has_role
from accounts.users.queries import landing_path, layout_for
from accounts.users.services import assign_role, change_user, join_user, open_account
from audit.models import Entry
from tests.factories.accounts import UserFactory
from tests.jobs import queued_jobs

pytestmark = pytest.mark.django_db


def test_a_newcomer_becomes_a_patient_once():
    user = UserFactory()
    assert join_user(user=user) is True
    assert join_user(user=user) is False
    assert has_role(user, Role.PATIENT)
    jobs = [("portal.reactions.welcome_user", {"user_id": user.pk})]
    assert queued_jobs() == jobs
    assert Entry.objects.filter(verb="user.joined", actor=user).count() == 1


def test_who_works_here_stays_what_they_are(desk):
    assert join_user(user=desk) is False
    assert not has_role(desk, Role.PATIENT)
    assert queued_jobs() == []


def test_a_role_counts_from_the_moment_it_is_given():
    user = UserFactory()
    assert landing_path(user) == "/portal/"
    assign_role(actor=None, user=user, role=Role.RECEPTIONIST)
    assert landing_path(user) == "/clinic/desk/"


def test_staff_see_the_workspace_around_shared_pages(ann, desk, editor):
    assert layout_for(desk) == "layouts/clinic.html"
    assert layout_for(ann) == layout_for(editor) == "layouts/portal.html"


def test_an_account_is_opened_once_whatever_the_capitals():
    first = open_account(email="Maya@example.org")
    assert first.email == "maya@example.org"
    assert not first.has_usable_password()
    assert open_account(email="MAYA@example.org") == first
    assert User.objects.count() == 1


def test_a_closed_account_is_not_opened_again():
    UserFactory(email="maya@example.org", is_active=False)
    assert open_account(email="maya@example.org") is None


def test_only_what_changed_is_recorded(ann):
    change_user(actor=ann, user=ann, first_name=ann.first_name, last_name="Smith")
    change_user(actor=ann, user=ann, last_name="Smith")
    details = [e.detail for e in Entry.objects.filter(verb="user.changed")]
    assert details == [{"fields": "last_name"}]
