"""Getting back in when every factor is lost, and nobody else getting in."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.recovery.models import Reset
from accounts.recovery.queries import WAIT, find_reset, path_of
from accounts.recovery.services import (
    Gone,
    NotByOneself,
    NothingToReset,
    NotYet,
    approve_reset,
    ask_reset,
    start_reset,
    use_reset,
)
from accounts.users.models import Role
from accounts.users.services import assign_role
from notifications.models import Delivery
from tests.factories.accounts import UserFactory
from tests.jobs import run_jobs
from tests.second_factors import code_of, with_app

pytestmark = pytest.mark.django_db
PASSWORD = "harbour-lamp-porridge"


@pytest.fixture
def other_admin(db):
    user = UserFactory(first_name="Ava")
    assign_role(actor=None, user=user, role=Role.ADMIN)
    return user


def ready(user):
    user.set_password(PASSWORD)
    user.save()
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    return with_app(user)


def by_password(client, user):
    form = {"login": user.email, "password": PASSWORD}
    return client.post("/account/sign-in/", form)


def link_to(user):
    run_jobs()
    mail = Delivery.objects.filter(event="account_reset_link", user=user).last()
    return re.search(r"http\S+(/account/begin-anew/\S+/)", mail.body_text)[1]


def has_factor(user):
    user.refresh_from_db()
    return user.has_second_factor and user.authenticator_apps.exists()


# --- A patient, alone ---


def test_a_patient_asks_waits_and_begins_anew(client, ann, time_machine_of_resets):
    app = ready(ann)
    elsewhere = Client()
    by_password(elsewhere, ann)
    elsewhere.post("/account/factor/", {"code": code_of(app)})
    by_password(client, ann)
    page = client.post("/account/factor/lost/").content.decode()
    assert "We have sent you an e-mail" in page
    link = link_to(ann)
    early = client.post(link)
    assert early.status_code == 409
    assert has_factor(ann)
    time_machine_of_resets(WAIT)
    # Looking changes nothing: mail programs look too.
    client.get(link)
    assert has_factor(ann)
    page = client.post(link).content.decode()
    assert "Your second step is gone" in page
    assert not has_factor(ann)
    # It signs nobody in, ends what was open, and works once.
    assert client.session.get("_auth_user_id") is None
    assert elsewhere.get("/portal/account/").status_code == 302
    assert client.post(link).status_code == 404
    # The sign-in that waited goes on, and so does a new one.
    assert client.get("/account/factor/").url == "/portal/"
    assert by_password(Client(), ann).url == "/portal/"


@pytest.fixture
def time_machine_of_resets():
    """Let all resets be older than they are."""

    def back(by):
        for reset in Reset.objects.all():
            reset.works_from -= by
            reset.expires_at -= by
            reset.save()

    return back


def test_asking_again_does_not_shorten_the_wait(ann):
    with_app(ann)
    at = timezone.now()
    first = ask_reset(user=ann, at=at)
    again = ask_reset(user=ann, at=at + timedelta(hours=5))
    assert again.pk == first.pk


def test_the_owner_stops_what_a_thief_has_asked(client, ann, time_machine_of_resets):
    ready(ann)
    thief = Client()
    by_password(thief, ann)
    thief.post("/account/factor/lost/")
    link = link_to(ann)
    assert "Stopped" in client.post(link, {"stop": "1"}).content.decode()
    time_machine_of_resets(WAIT)
    assert client.post(link).status_code == 404
    assert has_factor(ann)


def test_asking_takes_the_first_factor(client, ann):
    with_app(ann)
    assert client.post("/account/factor/lost/").url == "/account/sign-in/"
    assert not Reset.objects.exists()


@pytest.mark.parametrize("role", [Role.DOCTOR, Role.AUTHOR, Role.ADMIN])
def test_staff_cannot_do_it_alone(client, role):
    user = UserFactory()
    assign_role(actor=None, user=user, role=role)
    ready(user)
    by_password(client, user)
    page = client.post("/account/factor/lost/").content.decode()
    assert "Ask an administrator" in page
    assert not Reset.objects.exists()


def test_a_link_ends_after_its_time(ann):
    with_app(ann)
    reset = ask_reset(user=ann, at=timezone.now() - timedelta(hours=73))
    with pytest.raises(Gone):
        use_reset(reset=reset, at=timezone.now())
    token = path_of(reset).split("/")[-2]
    assert find_reset(token, timezone.now()) is None


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t + "x", str.swapcase])
def test_a_link_that_was_changed_opens_nothing(client, ann, desk, change):
    with_app(ann)
    reset = start_reset(
        actor=desk, user=ann, ground=Reset.Ground.SEEN, at=timezone.now()
    )
    token = path_of(reset).split("/")[-2]
    path = reverse("recovery:begin_anew", args=[change(token)])
    assert client.post(path).status_code == 404
    assert has_factor(ann)


def test_there_is_nothing_to_reset_without_a_factor(ann):
    with pytest.raises(NothingToReset):
        ask_reset(user=ann, at=timezone.now())


# --- At the desk ---


def test_the_desk_helps_a_patient_whom_it_has_seen(client, desk, ann):
    with_app(ann)
    client.force_login(desk)
    path = reverse("recovery:patient", args=[ann.patient.public_id])
    page = client.get(f"/clinic/patients/{ann.patient.public_id}/").content.decode()
    assert path in page
    client.post(path)
    assert not Reset.objects.exists()
    client.post(path, {"checked": "1"})
    assert Client().post(link_to(ann)).status_code == 200
    assert not has_factor(ann)


@pytest.mark.parametrize(
    "name", ["dr_lee", "nurse", "biller", "editor", "zoe", "admin"]
)
def test_others_do_not(client, request, ann, name):
    with_app(ann)
    client.force_login(request.getfixturevalue(name))
    path = reverse("recovery:patient", args=[ann.patient.public_id])
    assert client.post(path, {"checked": "1"}).status_code in {403, 404}
    assert not Reset.objects.exists()


def test_the_desk_cannot_reset_a_patient_who_also_works_here(client, desk, ann):
    assign_role(actor=None, user=ann, role=Role.DOCTOR)
    with_app(ann)
    client.force_login(desk)
    path = reverse("recovery:patient", args=[ann.patient.public_id])
    assert client.post(path, {"checked": "1"}).status_code == 403
    assert not Reset.objects.exists()


# --- An administrator ---


def test_an_administrator_starts_one_and_chooses_nothing(client, admin, dr_lee):
    with_app(dr_lee)
    client.force_login(admin)
    path = reverse("recovery:staff", args=[dr_lee.public_id])
    page = client.get(reverse("clinic:person", args=[dr_lee.public_id]))
    assert path in page.content.decode()
    client.post(path)
    link = link_to(dr_lee)
    mail = Delivery.objects.get(event="account_reset_link")
    assert mail.to_address == dr_lee.email
    assert Client().post(link).status_code == 200
    assert not has_factor(dr_lee)


def test_the_link_of_staff_works_for_an_hour(admin, dr_lee):
    with_app(dr_lee)
    at = timezone.now()
    reset = start_reset(actor=admin, user=dr_lee, ground=Reset.Ground.STAFF, at=at)
    with pytest.raises(Gone):
        use_reset(reset=reset, at=at + timedelta(minutes=60))


def test_an_administrator_needs_two_others(client, admin, other_admin):
    with_app(other_admin)
    third = UserFactory()
    assign_role(actor=None, user=third, role=Role.ADMIN)
    client.force_login(admin)
    path = reverse("recovery:staff", args=[other_admin.public_id])
    client.post(path)
    run_jobs()
    assert not Delivery.objects.filter(event="account_reset_link").exists()
    reset = Reset.objects.get()
    with pytest.raises(NotYet):
        use_reset(reset=reset, at=timezone.now())
    # Neither who started it nor whom it is for.
    assert client.post(path, {"approve": "1"}).status_code == 403
    for who in (admin, other_admin):
        with pytest.raises(NotByOneself):
            approve_reset(actor=who, reset=reset, at=timezone.now())
    client.force_login(third)
    client.post(path, {"approve": "1"})
    assert Client().post(link_to(other_admin)).status_code == 200
    assert not has_factor(other_admin)


@pytest.mark.parametrize("name", ["desk", "dr_roy", "medical_admin", "editor", "ann"])
def test_nobody_else_resets_staff(client, request, dr_lee, name):
    with_app(dr_lee)
    client.force_login(request.getfixturevalue(name))
    path = reverse("recovery:staff", args=[dr_lee.public_id])
    assert client.post(path).status_code in {403, 404}
    assert not Reset.objects.exists()


def test_an_administrator_does_not_reset_themselves(client, admin):
    with_app(admin)
    client.force_login(admin)
    path = reverse("recovery:staff", args=[admin.public_id])
    assert client.post(path).status_code == 403
    assert not Reset.objects.exists()
