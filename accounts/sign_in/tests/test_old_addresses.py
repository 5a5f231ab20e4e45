"""What was sent to a mailbox opens nothing once it is no longer the account's."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.users.models import Role
from accounts.users.services import assign_role, reinstate_user, suspend_user
from tests.factories.accounts import UserFactory
from tests.second_factors import code_of, with_app

pytestmark = pytest.mark.django_db
OLD, NEW = "maya@example.org", "maya@example.net"
PASSWORD, THIEFS = "harbour-lamp-porridge", "otter-pencil-glacier"
SIGN_IN, CODE, CHECK = "/account/sign-in/", "/account/code/", "/account/factor/"
RESET = "/account/reset/"


@pytest.fixture
def maya():
    user = UserFactory(email=OLD, first_name="Maya")
    assign_role(actor=None, user=user, role=Role.PATIENT)
    user.set_password(PASSWORD)
    user.save()
    user.emailaddress_set.create(email=OLD, verified=True, primary=True)
    return user


def who(client):
    return client.session.get("_auth_user_id")


def change_address(user, code_to):
    """The owner, elsewhere, changes the address with which they sign in."""
    owner = Client()
    owner.post(SIGN_IN, {"login": OLD, "password": PASSWORD})
    if user.has_second_factor:
        owner.post(CHECK, {"code": code_of(user.authenticator_apps.get())})
    answer = owner.post("/account/email/", {"email": NEW, "action_add": "1"})
    answer = owner.post(answer.url, {"code": code_to(NEW)})
    user.refresh_from_db()
    assert user.email == NEW


def test_a_code_to_the_old_address_signs_nobody_in(client, maya, code_to, mail_to):
    client.post(SIGN_IN, {"login": OLD, "password": ""})
    code = code_to(OLD)
    change_address(maya, code_to)
    assert client.post(CODE, {"code": code}).url.startswith(SIGN_IN)
    # allauth would send another, to prove the address, and make it theirs again.
    assert mail_to(OLD).event == "account_email_changed"
    maya.refresh_from_db()
    assert (who(client), maya.email) == (None, NEW)


def test_no_other_code_is_sent_there(client, maya, code_to, mail_to):
    client.post(SIGN_IN, {"login": OLD, "password": ""})
    change_address(maya, code_to)
    before = mail_to(OLD)
    client.post(CODE, {"action": "resend"})
    assert mail_to(OLD) == before


def test_a_reset_begun_at_the_old_address_sets_no_password(client, maya, code_to):
    answer = client.post(RESET, {"email": OLD})
    code = code_to(OLD)
    change_address(maya, code_to)
    answer = client.post(answer.url, {"code": code})
    answer = client.post(answer.url, {"password1": THIEFS, "password2": THIEFS})
    maya.refresh_from_db()
    assert not maya.check_password(THIEFS)


def test_nor_one_whose_code_was_typed_before(client, maya, code_to):
    answer = client.post(RESET, {"email": OLD})
    answer = client.post(answer.url, {"code": code_to(OLD)})
    change_address(maya, code_to)
    client.post(answer.url, {"password1": THIEFS, "password2": THIEFS})
    maya.refresh_from_db()
    assert not maya.check_password(THIEFS)


def test_nor_goes_a_sign_in_on_that_waits_for_its_second_step(client, maya, code_to):
    app = with_app(maya)
    client.post(SIGN_IN, {"login": OLD, "password": ""})
    client.post(CODE, {"code": code_to(OLD)})
    maya.refresh_from_db()
    maya.email = NEW
    maya.save()
    client.post(CHECK, {"code": code_of(app)})
    assert who(client) is None


@pytest.fixture
def admin():
    user = UserFactory()
    assign_role(actor=None, user=user, role=Role.ADMIN)
    return user


def test_who_is_suspended_meanwhile_gets_no_password(client, maya, admin, code_to):
    answer = client.post(RESET, {"email": OLD})
    code = code_to(OLD)
    suspend_user(actor=admin, user=maya, at=timezone.now())
    answer = client.post(answer.url, {"code": code})
    client.post(answer.url, {"password1": THIEFS, "password2": THIEFS})
    maya.refresh_from_db()
    assert not maya.check_password(THIEFS)


def test_a_code_of_before_a_suspension_opens_nothing_after_it(
    client, maya, admin, code_to
):
    client.post(SIGN_IN, {"login": OLD, "password": ""})
    code = code_to(OLD)
    suspend_user(actor=admin, user=maya, at=timezone.now())
    client.get(CODE)
    reinstate_user(actor=admin, user=maya)
    client.post(CODE, {"code": code})
    assert who(client) is None


def test_who_is_suspended_between_the_steps_has_no_session_later(client, maya, admin):
    app = with_app(maya)
    client.post(SIGN_IN, {"login": OLD, "password": PASSWORD})
    suspend_user(actor=admin, user=maya, at=timezone.now())
    client.post(CHECK, {"code": code_of(app)})
    reinstate_user(actor=admin, user=maya)
    assert client.get("/portal/account/").status_code == 302
    assert who(client) is None
