"""What ends somebody's sessions ends what acts in their name, at once."""

import time

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.applications.services import end_application
from accounts.factors.services import reset_factors
from accounts.models import Authorisation
from accounts.users.models import Role
from accounts.users.services import (
    assign_role,
    end_access_at,
    remove_role,
    suspend_user,
)
from tests.apps import App
from tests.second_factors import code_of, with_app

pytestmark = pytest.mark.django_db
PASSWORD = "orchids-by-the-canal-71"


@pytest.fixture
def app(db):
    return App()


def changes_password(client, user, admin):
    user.set_password(PASSWORD)
    user.save()
    client.force_login(user)
    new = f"{PASSWORD}-new"
    answer = client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )
    assert answer.status_code == 302, answer.text


def signs_out_everywhere(client, user, admin):
    client.post("/account/sessions/end/", {"others": "1"})


def ends_it_on_the_security_page(client, user, admin):
    held = Authorisation.objects.get(user=user)
    page = client.get("/account/security/").text
    assert "Diary" in page
    assert "Last used" in page
    client.post(f"/account/apps/{held.public_id}/end/", follow=True)
    assert "Diary" not in client.get("/account/security/").text


def is_suspended(client, user, admin):
    suspend_user(actor=admin, user=user, at=timezone.now())


def gets_a_role(client, user, admin):
    assign_role(actor=admin, user=user, role=Role.NURSE)


def loses_a_role(client, user, admin):
    remove_role(actor=admin, user=user, role=Role.DOCTOR)


def has_left(client, user, admin):
    end_access_at(actor=admin, user=user, ends_at=timezone.now())


def loses_the_factors(client, user, admin):
    reset_factors(user=user)


def sees_the_app_shut_out(client, user, admin):
    end_application(
        actor=admin,
        application=Authorisation.objects.get(user=user).application,
        at=timezone.now(),
    )


@pytest.mark.parametrize(
    "what",
    [
        changes_password,
        signs_out_everywhere,
        ends_it_on_the_security_page,
        is_suspended,
        gets_a_role,
        loses_a_role,
        has_left,
        loses_the_factors,
        sees_the_app_shut_out,
    ],
)
def test_it_ends_within_a_second(what, app, client, dr_lee, ann, admin):
    tokens = app.tokens(client, dr_lee)
    others = App("Another").tokens(client, ann)
    client.force_login(dr_lee)
    assert app.reads("me", tokens["access_token"]).status_code == 200
    began = time.monotonic()
    what(client, dr_lee, admin)
    answer = app.reads("me", tokens["access_token"])
    assert answer.status_code == 401, what
    assert time.monotonic() - began < 1
    assert app.refreshes(tokens["refresh_token"]).status_code in (400, 401)
    # Nobody else's is touched.
    assert app.reads("me", others["access_token"]).status_code == 200


def test_signing_out_of_one_browser_leaves_apps_alone(app, client, ann):
    tokens = app.tokens(client, ann)
    client.post("/account/sign-out/")
    assert app.reads("me", tokens["access_token"]).status_code == 200


def test_a_code_on_its_way_ends_too(app, client, ann):
    code = app.is_let_in(client, ann)["code"]
    signs_out_everywhere(client, ann, None)
    assert app.exchanges(code).status_code == 400


def test_nobody_ends_or_sees_anothers_app(app, client, ann, zoe):
    tokens = app.tokens(client, ann)
    held = Authorisation.objects.get()
    client.force_login(zoe)
    assert client.post(f"/account/apps/{held.public_id}/end/").status_code == 404
    assert "Diary" not in client.get("/account/security/").text
    assert app.reads("me", tokens["access_token"]).status_code == 200


def test_a_new_second_step_ends_apps(app, client, ann):
    tokens = app.tokens(client, ann)
    ann.refresh_from_db()
    device = with_app(ann)
    client.force_login(ann)
    page = client.get("/account/factor/set-up/app/")
    assert page.status_code == 200
    device.key = client.session["factor_key"]
    said = {"name": "Second phone", "code": code_of(device)}
    client.post("/account/factor/set-up/app/", said)
    ann.refresh_from_db()
    assert ann.factor_epoch == 2
    assert app.reads("me", tokens["access_token"]).status_code == 401
