"""A machine's key takes two administrators, and only its person ever holds it."""

import base64
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.machine_keys.services import NeedsAnother, answer_key
from accounts.models import Authorisation, MachineKey
from accounts.users.models import Role
from accounts.users.services import assign_role, suspend_user
from tests.apps import App
from tests.factories.accounts import UserFactory
from tests.second_factors import VerifiedClient, with_app

pytestmark = pytest.mark.django_db
LIST = "/clinic/settings/machine-keys/"
SECURITY = "/account/security/"


def browser_of(user):
    if not user.has_second_factor:
        with_app(user)
    browser = VerifiedClient()
    browser.force_login(user)
    return browser


@pytest.fixture
def second(db):
    user = UserFactory(email="second@example.org", first_name="Sec")
    assign_role(actor=None, user=user, role=Role.ADMIN)
    return user


@pytest.fixture
def world(db):
    return App("Unused")


def ask(admin, **words):
    form = {
        "name": "Waiting room screen",
        "email": "desi@example.org",
        "scopes": ["work.appointments.read"],
        "days": "30",
        **words,
    }
    return browser_of(admin).post(LIST, form)


def answer_it(admin, key, agrees="1"):
    browser = browser_of(admin)
    return browser.post(f"{LIST}{key.public_id}/answer/", {"agrees": agrees})


def take(user, key):
    return browser_of(user).post(f"/account/machine-keys/{key.public_id}/take/")


def secret_on(page):
    return page.text.split('data-copy="')[1].split('"')[0]


def taken(admin, second, desk):
    ask(admin)
    key = MachineKey.objects.get()
    answer_it(second, key)
    return secret_on(take(desk, key)), str(Authorisation.objects.get().public_id)


def exchange(world, key_id, secret, **words):
    coded = base64.b64encode(f"{key_id}:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {coded}"}
    return world.calls(headers=headers, grant_type="client_credentials", **words)


def test_a_machine_reads_what_its_person_may(world, admin, second, desk):
    secret, key_id = taken(admin, second, desk)
    answer = exchange(world, key_id, secret)
    said = answer.json()
    assert said["expires_in"] <= 600
    assert "refresh_token" not in said
    read = world.reads("work/appointments", said["access_token"])
    assert read.status_code == 200
    assert world.reads("me", said["access_token"]).status_code == 403


def test_whoever_decides_never_holds_it(admin, second, desk, ann):
    ask(admin)
    key = MachineKey.objects.get()
    # Not before a second one has agreed.
    assert "mc_key_" not in take(desk, key).text
    own_word = answer_it(admin, key)
    assert own_word.status_code == 302
    key.refresh_from_db()
    assert key.status == MachineKey.Status.WAITING
    answer_it(second, key)
    key.refresh_from_db()
    assert key.status == MachineKey.Status.CONFIRMED
    for admin_or_other, status in ((admin, 403), (second, 403), (ann, 404)):
        refused = take(admin_or_other, key)
        assert refused.status_code == status
        assert "mc_key_" not in refused.text
    assert not Authorisation.objects.exists()
    page = browser_of(desk).get(SECURITY).text
    assert "Waiting room screen" in page
    assert "mc_key_" in take(desk, key).text
    # Once.
    assert "mc_key_" not in take(desk, key).text
    assert Authorisation.objects.count() == 1


def test_nobody_agrees_to_a_key_for_themselves(admin, second):
    ask(admin, email="second@example.org", scopes=["me.read"])
    key = MachineKey.objects.get()
    answer_it(second, key)
    key.refresh_from_db()
    assert key.status == MachineKey.Status.WAITING
    with pytest.raises(NeedsAnother):
        answer_key(actor=second, key=key, agrees=True, at=timezone.now())


def test_the_database_holds_it_too(admin, second, desk):
    ask(admin)
    for alone in (admin, desk, None):
        with pytest.raises(IntegrityError), transaction.atomic():
            MachineKey.objects.update(status="CONFIRMED", answered_by=alone)
    MachineKey.objects.update(status="CONFIRMED", answered_by=second)


def test_a_machine_gets_no_more_than_its_person_has(admin, ann, dr_lee):
    nobody = ask(admin, email=ann.email)
    assert nobody.status_code == 422
    assert "Nobody who works here" in nobody.text
    editor = UserFactory(email="words@example.org")
    assign_role(actor=None, user=editor, role=Role.AUTHOR)
    too_much = ask(admin, email="words@example.org")
    assert too_much.status_code == 422
    assert "may not do that themselves" in too_much.text
    for days in ("0", "366", "x", ""):
        assert ask(admin, days=days).status_code == 422
    assert not MachineKey.objects.exists()


def test_only_administrators_come_here(desk, medical_admin, dr_lee, ann):
    for user in (desk, medical_admin, dr_lee, ann):
        browser = browser_of(user)
        assert browser.get(LIST).status_code == 403
        assert browser.post(LIST, {"name": "Mine"}).status_code == 403


@pytest.mark.parametrize("wrong", ["id", "secret", "swapped", "none", "garbage"])
def test_a_wrong_secret_opens_nothing(wrong, world, admin, second, desk):
    secret, key_id = taken(admin, second, desk)
    pairs = {
        "id": ("2f0e3a3e-0000-4000-8000-000000000000", secret),
        "secret": (key_id, secret[:-1]),
        "swapped": (secret, key_id),
        "none": ("", ""),
        "garbage": ("\x00", "é"),
    }
    answer = exchange(world, *pairs[wrong])
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})
    bare = world.calls(grant_type="client_credentials")
    assert bare.status_code == 401


def test_the_secret_is_no_access_token(world, admin, second, desk):
    secret, _ = taken(admin, second, desk)
    assert world.reads("work/appointments", secret).status_code == 401


def test_it_ends_with_its_person_or_an_administrators_word(world, admin, second, desk):
    secret, key_id = taken(admin, second, desk)
    token = exchange(world, key_id, secret).json()["access_token"]
    key = MachineKey.objects.get()
    assert "In use" in browser_of(second).get(LIST).text
    browser_of(second).post(f"{LIST}{key.public_id}/end/")
    assert world.reads("work/appointments", token).status_code == 401
    assert exchange(world, key_id, secret).status_code == 401
    assert "In use" not in browser_of(second).get(LIST).text


def test_suspension_ends_a_machine_too(world, admin, second, desk):
    secret, key_id = taken(admin, second, desk)
    token = exchange(world, key_id, secret).json()["access_token"]
    suspend_user(actor=admin, user=desk, at=timezone.now())
    assert world.reads("work/appointments", token).status_code == 401
    assert exchange(world, key_id, secret).status_code == 401


def test_what_lapsed_is_neither_answered_nor_taken(admin, second, desk):
    ask(admin)
    key = MachineKey.objects.get()
    answer_it(second, key)
    MachineKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "mc_key_" not in take(desk, key).text
    assert not Authorisation.objects.exists()
    assert "Lapsed" in browser_of(admin).get(LIST).text


def test_a_refused_key_stays_refused(admin, second, desk):
    ask(admin)
    key = MachineKey.objects.get()
    answer_it(second, key, agrees="0")
    answer_it(second, key)
    key.refresh_from_db()
    assert key.status == MachineKey.Status.REFUSED
    assert "mc_key_" not in take(desk, key).text
