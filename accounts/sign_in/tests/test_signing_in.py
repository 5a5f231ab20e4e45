import time

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.users.models import Role
from accounts.users.services import assign_role
from notifications.models import Delivery
from tests.factories.accounts import UserFactory
from tests.factories.clinic import DoctorFactory
from tests.jobs import queued_jobs

pytestmark = pytest.mark.django_db
SIGN_IN = "/account/sign-in/"
CODE = "/account/code/"
PASSWORD = "harbour-lamp-porridge"


def who(client):
    return client.session.get("_auth_user_id")


def verified(user, password=None):
    user.set_password(password)
    user.save()
    EmailAddress.objects.create(
        user=user, email=user.email, primary=True, verified=True
    )
    return user


@pytest.fixture
def maya():
    user = UserFactory(email="maya@example.org", first_name="Maya")
    assign_role(actor=None, user=user, role=Role.PATIENT)
    return verified(user, PASSWORD)


def ask_for_code(client, email, **extra):
    return client.post(SIGN_IN, {"login": email, "password": "", **extra})


def test_a_code_by_email_signs_in_without_a_password(client, maya, code_to):
    answer = ask_for_code(client, "Maya@Example.org")
    assert answer.url == CODE
    assert "m" in client.get(CODE).content.decode()
    answer = client.post(CODE, {"code": code_to(maya.email)})
    assert (answer.status_code, answer.url) == (302, "/portal/")
    assert who(client) == str(maya.pk)


def test_a_code_may_be_typed_in_any_spelling(client, maya, code_to):
    ask_for_code(client, maya.email)
    typed = f" {code_to(maya.email).replace('-', ' ').lower()} "
    client.post(CODE, {"code": typed})
    assert who(client) == str(maya.pk)


def test_a_wrong_code_says_so_and_three_end_it(client, maya, code_to):
    ask_for_code(client, maya.email)
    right = code_to(maya.email)
    page = client.post(CODE, {"code": "AAAA-AAAA"})
    assert "not the code of our newest e-mail" in page.content.decode()
    client.post(CODE, {"code": "AAAA-AAAA"})
    answer = client.post(CODE, {"code": "AAAA-AAAA"}, follow=True)
    assert "Too many tries" in answer.content.decode()
    client.post(CODE, {"code": right})
    assert who(client) is None


def test_a_code_works_once_and_only_where_it_was_asked_for(
    client, maya, code_to, django_user_model
):
    ask_for_code(client, maya.email)
    code = code_to(maya.email)
    other = type(client)()
    other.post(CODE, {"code": code})
    assert who(other) is None
    client.post(CODE, {"code": code})
    client.post("/account/sign-out/")
    client.post(CODE, {"code": code})
    assert who(client) is None


def test_a_new_code_makes_the_old_one_useless(client, maya, code_to):
    ask_for_code(client, maya.email)
    old = code_to(maya.email)
    client.post(CODE, {"action": "resend"})
    new = code_to(maya.email)
    assert new != old
    client.post(CODE, {"code": old})
    assert who(client) is None
    client.post(CODE, {"code": new})
    assert who(client) == str(maya.pk)


def test_a_code_is_too_old_after_a_quarter_of_an_hour(
    client, maya, code_to, monkeypatch
):
    ask_for_code(client, maya.email)
    code = code_to(maya.email)
    later = time.time() + 15 * 60 + 1
    monkeypatch.setattr("time.time", lambda: later)
    client.post(CODE, {"code": code})
    assert who(client) is None


def test_a_password_signs_in_at_once(client, maya):
    form = {"login": maya.email, "password": PASSWORD}
    assert client.post(SIGN_IN, form).url == "/portal/"
    assert who(client) == str(maya.pk)
    assert not Delivery.objects.exists()


def test_the_password_button_without_a_password_says_what_to_do(client, maya):
    form = {"login": maya.email, "password": "", "with_password": "1"}
    page = client.post(SIGN_IN, form).content.decode()
    assert "Enter your password, or ask for a code instead" in page
    assert maya.email in page
    assert not Delivery.objects.exists()


def test_a_wrong_password_keeps_the_address_and_never_the_password(client, maya):
    form = {"login": maya.email, "password": "wrong-wrong-wrong"}
    page = client.post(SIGN_IN, form).content.decode()
    assert "do not go together" in page
    assert maya.email in page
    assert "wrong-wrong-wrong" not in page


def test_the_session_gets_a_new_id(client, maya):
    client.get(SIGN_IN)
    client.post(SIGN_IN, {"login": maya.email, "password": "x"})
    before = client.session.session_key
    client.post(SIGN_IN, {"login": maya.email, "password": PASSWORD})
    assert client.session.session_key != before


def test_a_closed_account_stays_closed(client, maya):
    maya.is_active = False
    maya.save()
    client.post(SIGN_IN, {"login": maya.email, "password": PASSWORD})
    assert who(client) is None
    ask_for_code(client, maya.email)
    assert who(client) is None
    assert {d.event for d in Delivery.objects.all()} == {"account_unknown"}


@pytest.mark.parametrize(
    ("role", "path"),
    [
        (Role.PATIENT, "/portal/"),
        (Role.DOCTOR, "/clinic/"),
        (Role.NURSE, "/clinic/"),
        (Role.RECEPTIONIST, "/clinic/desk/"),
        (Role.MEDICAL_ADMIN, "/clinic/desk/"),
        (Role.BILLING, "/clinic/payments/"),
        (Role.ADMIN, "/clinic/settings/"),
        (Role.AUTHOR, "/cms/"),
        (Role.PUBLISHER, "/cms/"),
        (Role.CLINICAL_REVIEWER, "/cms/"),
    ],
)
def test_everybody_lands_where_they_work(client, role, path):
    user = verified(UserFactory(), PASSWORD)
    assign_role(actor=None, user=user, role=role)
    if role == Role.DOCTOR:
        DoctorFactory(user=user)
    form = {"login": user.email, "password": PASSWORD}
    assert client.post(SIGN_IN, form).url == path
    # And the place exists and lets them in (or the patient's page sends them on).
    assert client.get(path).status_code in {200, 302}
    assert client.get(path, follow=True).status_code == 200


def test_who_has_several_roles_starts_with_patients(client):
    user = verified(UserFactory(), PASSWORD)
    for role in (Role.CLINICAL_REVIEWER, Role.DOCTOR):
        assign_role(actor=None, user=user, role=role)
    form = {"login": user.email, "password": PASSWORD}
    assert client.post(SIGN_IN, form).url == "/clinic/"


def test_next_leads_on_after_password_and_code(client, maya, code_to):
    form = {"login": maya.email, "next": "/portal/account/settings/"}
    answer = client.post(SIGN_IN, {**form, "password": PASSWORD})
    assert answer.url == "/portal/account/settings/"
    client.post("/account/sign-out/")
    answer = client.post(SIGN_IN, {**form, "password": ""})
    assert answer.url == f"{CODE}?next=%2Fportal%2Faccount%2Fsettings%2F"
    answer = client.post(answer.url, {"code": code_to(maya.email)})
    assert answer.url == "/portal/account/settings/"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "http:///evil.example",
        "https://testserver.evil.example/",
        "http://localhost:1/",
        "javascript:alert(1)",
    ],
)
def test_next_stays_on_the_site(client, maya, code_to, elsewhere):
    form = {"login": maya.email, "password": PASSWORD, "next": elsewhere}
    assert client.post(SIGN_IN, form).url == "/portal/"
    assert client.post("/account/sign-out/", {"next": elsewhere}).url == "/"
    answer = ask_for_code(client, maya.email, next=elsewhere)
    answer = client.post(CODE, {"code": code_to(maya.email), "next": elsewhere})
    assert answer.url == "/portal/"


def test_signing_out_needs_a_post_and_clears_what_was_kept(client, maya):
    client.force_login(maya)
    page = client.get("/account/sign-out/")
    assert "Sign out?" in page.content.decode()
    assert who(client) == str(maya.pk)
    answer = client.post("/account/sign-out/")
    assert answer["Clear-Site-Data"] == '"cache"'
    assert who(client) is None


@pytest.mark.parametrize(
    "path", [SIGN_IN, "/account/sign-up/", "/account/reset/", "/account/sign-out/"]
)
def test_every_form_is_refused_without_its_token(maya, path):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(path, {"login": maya.email}).status_code == 403


def test_somebody_whom_an_administrator_added_needs_one_code_only(
    client, code_to, mail_to
):
    user = UserFactory(email="new.doctor@example.org")
    user.set_unusable_password()
    user.save()
    assign_role(actor=None, user=user, role=Role.DOCTOR)
    ask_for_code(client, user.email)
    answer = client.post(CODE, {"code": code_to(user.email)})
    assert answer.url == "/clinic/"
    assert who(client) == str(user.pk)
    assert EmailAddress.objects.get(user=user).verified is True
    # Staff are not greeted as patients.
    assert [path for path, _ in queued_jobs() if "welcome" in path] == []


def test_signing_in_lists_the_device_and_ends_it_from_another(client, maya):
    phone = type(client)(headers={"user-agent": "Mozilla/5.0 (iPhone) Safari/604.1"})
    form = {"login": maya.email, "password": PASSWORD}
    phone.post(SIGN_IN, form)
    client.post(SIGN_IN, form)
    page = client.get(reverse("account_sessions"))
    places = page.context["places"]
    assert [place.is_this for place in places] == [True, False]
    assert "Safari on iPhone" in page.content.decode()
    assert phone.session.session_key not in page.content.decode()
    client.post(reverse("account_end_session"), {"key": places[1].key})
    assert phone.get("/portal/account/").status_code == 302
    assert client.get("/portal/account/").status_code == 200


def test_all_other_devices_end_at_once(client, maya):
    others = [type(client)() for _ in range(2)]
    form = {"login": maya.email, "password": PASSWORD}
    for browser in [*others, client]:
        browser.post(SIGN_IN, form)
    client.post(reverse("account_end_session"), {"others": "1"})
    assert [b.get("/portal/account/").status_code for b in others] == [302, 302]
    assert client.get("/portal/account/").status_code == 200


def test_nobody_ends_anothers_session(client, maya):
    zoe = verified(UserFactory(email="zoe@example.org"), PASSWORD)
    theirs = type(client)()
    theirs.post(SIGN_IN, {"login": maya.email, "password": PASSWORD})
    key = theirs.get(reverse("account_sessions")).context["places"][0].key
    client.post(SIGN_IN, {"login": zoe.email, "password": PASSWORD})
    client.post(reverse("account_end_session"), {"key": key})
    assert theirs.get("/portal/account/").status_code == 200


def test_the_old_address_of_asking_for_a_code_leads_to_signing_in(client):
    answer = client.get("/account/sign-in/code/?next=/portal/")
    assert answer.url == f"{SIGN_IN}?next=/portal/"


def test_a_user_may_not_be_made_by_signing_in(client):
    ask_for_code(client, "nobody@example.org")
    assert not User.objects.filter(email="nobody@example.org").exists()
