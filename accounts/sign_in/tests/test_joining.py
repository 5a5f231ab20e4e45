"""Signing up, resetting a password, and changing how one signs in."""

import time

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from accounts.models import User
from accounts.users.models import Role
from accounts.users.permissions import has_role
from accounts.users.services import assign_role
from notifications.models import Delivery
from tests.factories.accounts import PatientFactory, UserFactory
from tests.jobs import queued_jobs, run_jobs
from tests.second_factors import keep

pytestmark = pytest.mark.django_db
SIGN_UP, VERIFY = "/account/sign-up/", "/account/verify/"
NEW = "maya@example.org"
PASSWORD = "harbour-lamp-porridge"
OTHER = "quiet-otter-lantern"


def who(client):
    return client.session.get("_auth_user_id")


def signed_up(client, code_to, email=NEW, **extra):
    client.post(SIGN_UP, {"email": email, **extra})
    return client.post(VERIFY, {"code": code_to(email), **extra})


@pytest.fixture
def maya():
    user = UserFactory(email=NEW, password=make_password(PASSWORD))
    assign_role(actor=None, user=user, role=Role.PATIENT)
    EmailAddress.objects.create(user=user, email=NEW, primary=True, verified=True)
    return user


@pytest.fixture
def codes_only(maya):
    maya.set_unusable_password()
    maya.save()
    return maya


def by_password(client, password=PASSWORD):
    client.post("/account/sign-in/", {"login": NEW, "password": password})


def by_code(client, code_to):
    client.post("/account/sign-in/", {"login": NEW, "password": ""})
    client.post("/account/code/", {"code": code_to(NEW)})


def long_ago(client):
    """As if the sign-in were six minutes old."""
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] = time.time() - 360
    keep(client, session)


# --- Signing up ---


def test_signing_up_takes_an_address_and_a_code(client, code_to):
    answer = client.post(SIGN_UP, {"email": NEW})
    assert answer.url == VERIFY
    assert who(client) is None
    answer = client.post(VERIFY, {"code": code_to(NEW)})
    user = User.objects.get(email=NEW)
    assert who(client) == str(user.pk)
    assert answer.url == "/portal/account/"
    assert has_role(user, Role.PATIENT)
    assert not user.has_usable_password()


def test_who_has_just_signed_up_by_a_code_is_not_asked_for_another(client, code_to):
    signed_up(client, code_to)
    page = client.get("/account/password/new/")
    assert page.status_code == 200
    assert "step_up" not in page.text
    new = {"password1": OTHER, "password2": OTHER}
    long_ago(client)
    assert client.post("/account/password/new/", new).status_code == 403
    assert not User.objects.get(email=NEW).has_usable_password()


def test_a_code_that_proves_a_new_address_is_no_sign_in(client, maya, code_to):
    """Of somebody who is signed in already: it is not how they came in."""
    by_password(client)
    client.post("/account/email/", {"email": "other@example.org", "action_add": "1"})
    long_ago(client)
    client.post(VERIFY, {"code": code_to("other@example.org")})
    assert User.objects.get(pk=maya.pk).email == "other@example.org"
    methods = client.session["account_authentication_methods"]
    assert [one["method"] for one in methods] == ["password"]


def test_a_newcomer_is_welcomed_once(client, code_to):
    signed_up(client, code_to)
    client.post("/account/sign-out/")
    by_code(client, code_to)
    jobs = [path for path, _ in queued_jobs() if path.endswith("welcome_user")]
    assert jobs == ["portal.reactions.welcome_user"]
    run_jobs()
    assert {
        (d.channel, d.subject) for d in Delivery.objects.filter(event="account_welcome")
    } == {
        ("EMAIL", "Welcome to Our clinic"),
        ("IN_APP", "Welcome to Our clinic"),
    }


def test_nobody_is_a_patient_before_the_code(client):
    client.post(SIGN_UP, {"email": NEW})
    user = User.objects.get(email=NEW)
    assert not has_role(user, Role.PATIENT)
    assert not EmailAddress.objects.filter(verified=True).exists()


def test_where_one_wanted_to_go_survives_signing_up(client, code_to):
    client.post(SIGN_UP, {"email": NEW, "next": "/book/"})
    answer = client.post(VERIFY, {"code": code_to(NEW)})
    assert answer.url == "/book/"


@pytest.mark.parametrize("email", ["", "maya", "maya@", "maya@example"])
def test_signing_up_without_an_address_says_what_to_type(client, email):
    page = client.post(SIGN_UP, {"email": email}).content.decode()
    assert "e-mail address" in page
    assert f'value="{email}"' in page or not email
    assert not User.objects.exists()


def test_a_mistyped_address_can_be_left_behind(client, code_to):
    client.post(SIGN_UP, {"email": "mya@example.org"})
    page = client.get(VERIFY).content.decode()
    assert "Use another address" in page
    client.post("/account/sign-out/", {"next": SIGN_UP})
    assert client.get(SIGN_UP).status_code == 200
    signed_up(client, code_to)
    assert who(client)


def test_the_form_can_be_filled_by_the_browser(client):
    page = client.get(SIGN_UP).content.decode()
    assert 'autocomplete="email"' in page
    page = client.get("/account/sign-in/").content.decode()
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    client.post(SIGN_UP, {"email": NEW})
    assert 'autocomplete="one-time-code"' in client.get(VERIFY).content.decode()


# --- A new password ---


def reset(client, code_to, password=OTHER):
    client.post("/account/reset/", {"email": NEW})
    client.post("/account/reset/code/", {"code": code_to(NEW)})
    return client.post(
        "/account/reset/new/", {"password1": password, "password2": password}
    )


def test_a_reset_changes_the_password_and_signs_nobody_in(client, maya, code_to):
    assert reset(client, code_to).url == "/account/reset/done/"
    maya.refresh_from_db()
    assert maya.check_password(OTHER)
    assert who(client) is None


def test_a_reset_ends_every_session_and_tells_the_owner(client, maya, code_to, mail_to):
    thief = type(client)()
    by_password(thief)
    assert who(thief)
    reset(client, code_to)
    assert thief.get("/portal/account/").status_code == 302
    assert mail_to(NEW).event == "account_password_changed"


def test_the_new_password_cannot_be_set_without_the_code(client, maya):
    client.post("/account/reset/", {"email": NEW})
    form = {"password1": OTHER, "password2": OTHER}
    assert client.post("/account/reset/new/", form).url == "/account/reset/code/"
    assert type(client)().post("/account/reset/new/", form).url == "/account/reset/"
    maya.refresh_from_db()
    assert maya.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ("short", "short", "too short"),
        ("yfdbufnjh10305070", "yfdbufnjh10305070", "easy to guess"),
        (OTHER, "another-one-entirely", "same password each time"),
        ("maya@example.org", "maya@example.org", "easy to guess"),
    ],
)
def test_a_weak_or_mistyped_password_is_refused(
    client, maya, code_to, first, second, words
):
    client.post("/account/reset/", {"email": NEW})
    client.post("/account/reset/code/", {"code": code_to(NEW)})
    form = {"password1": first, "password2": second}
    page = client.post("/account/reset/new/", form).content.decode()
    assert words in page
    assert first not in page.replace("maya@example.org", "") or len(first) < 6
    maya.refresh_from_db()
    assert maya.check_password(PASSWORD)


def test_a_very_long_password_in_any_script_is_taken_whole(client, maya, code_to):
    password = "пароль-длинный-" * 12
    reset(client, code_to, password)
    maya.refresh_from_db()
    assert maya.check_password(password)
    assert not maya.check_password(password[:128])


# --- Changing how one signs in ---


def test_changing_the_password_asks_for_the_old_one(client, maya, mail_to):
    by_password(client)
    form = {"oldpassword": "wrong", "password1": OTHER, "password2": OTHER}
    page = client.post("/account/password/", form).content.decode()
    assert "This is not your password now" in page
    client.post("/account/password/", form | {"oldpassword": PASSWORD})
    maya.refresh_from_db()
    assert maya.check_password(OTHER)
    assert mail_to(NEW).event == "account_password_changed"
    assert client.get("/portal/account/").status_code == 200


def sends(**fields):
    """What the page that asks for a proof posts, when it stands in for a GET."""
    return {"step_up_method": "GET", **fields}


@pytest.mark.parametrize("path", ["/account/email/", "/account/password/new/"])
def test_an_old_sign_in_proves_itself_by_code_first(client, codes_only, code_to, path):
    by_code(client, code_to)
    assert client.get(path).status_code == 200
    long_ago(client)
    before = codes_only.deliveries.count()
    assert client.get(path).status_code == 403
    assert codes_only.deliveries.count() == before
    client.post(path, sends(step_up="send"))
    wrong = client.post(path, sends(step_up="code", step_up_code="AAAA-AAAA"))
    assert wrong.status_code == 403
    assert "not the code of our newest e-mail" in wrong.content.decode()
    assert client.get(path).status_code == 403
    form = sends(step_up="code", step_up_code=code_to(NEW))
    assert client.post(path, form).url == path
    assert client.get(path).status_code == 200


def test_an_old_sign_in_proves_itself_by_password_first(client, maya):
    by_password(client)
    long_ago(client)
    path = "/account/email/"
    assert client.get(path).status_code == 403
    page = client.post(path, sends(step_up="code", step_up_code="wrong"))
    assert "This is not your password" in page.content.decode()
    assert client.get(path).status_code == 403
    form = sends(step_up="code", step_up_code=PASSWORD)
    assert client.post(path, form).url == path
    assert client.get(path).status_code == 200


def test_a_proof_gives_the_session_a_new_id(client, maya):
    by_password(client)
    long_ago(client)
    before = client.session.session_key
    form = sends(step_up="code", step_up_code=PASSWORD)
    client.post("/account/email/", form)
    assert client.session.session_key != before
    # The list of devices still knows it.
    page = client.get("/account/sessions/")
    assert [place.is_this for place in page.context["places"]] == [True]


def test_a_change_sent_from_an_old_sign_in_changes_nothing(client, maya):
    by_password(client)
    long_ago(client)
    form = {"action_add": "1", "email": "thief@example.org"}
    assert client.post("/account/email/", form).status_code == 403
    assert not Delivery.objects.filter(to_address="thief@example.org").exists()


def test_what_was_typed_goes_on_with_the_proof(client, maya):
    by_password(client)
    long_ago(client)
    form = {"action_add": "1", "email": "maya.t@example.org"}
    page = client.post("/account/email/", form).content.decode()
    assert '<input type="hidden" name="email" value="maya.t@example.org">' in page
    proof = {"step_up": "code", "step_up_method": "POST", "step_up_code": PASSWORD}
    client.post("/account/email/", form | proof)
    assert Delivery.objects.filter(to_address="maya.t@example.org").exists()


def test_three_wrong_proofs_end_the_code(client, codes_only, code_to):
    by_code(client, code_to)
    long_ago(client)
    client.post("/account/email/", sends(step_up="send"))
    right = code_to(NEW)
    for code in ["AAAA-AAAA"] * 3 + [right]:
        client.post("/account/email/", sends(step_up="code", step_up_code=code))
    assert client.get("/account/email/").status_code == 403


@pytest.mark.parametrize("said", ["done", "code", "anything"])
def test_saying_that_one_has_proved_proves_nothing(client, maya, said):
    by_password(client)
    long_ago(client)
    form = {"step_up": said, "action_add": "1", "email": "thief@example.org"}
    assert client.post("/account/email/", form).status_code == 403
    assert not Delivery.objects.filter(to_address="thief@example.org").exists()


def test_a_new_address_counts_once_it_is_proved(client, maya, code_to, mail_to):
    patient = PatientFactory(user=maya, email=NEW)
    by_password(client)
    new = "maya.t@example.org"
    client.post("/account/email/", {"action_add": "1", "email": new})
    maya.refresh_from_db()
    assert maya.email == NEW
    client.post(VERIFY, {"code": code_to(new)})
    maya.refresh_from_db()
    patient.refresh_from_db()
    assert (maya.email, patient.email) == (new, new)
    # The old address hears of it, in case it was a thief.
    assert mail_to(NEW).event == "account_email_changed"
    assert new in mail_to(NEW).body_text


def test_a_contact_address_of_its_own_stays(client, maya, code_to):
    patient = PatientFactory(user=maya, email="work@example.org")
    by_password(client)
    client.post("/account/email/", {"action_add": "1", "email": "m@example.org"})
    client.post(VERIFY, {"code": code_to("m@example.org")})
    patient.refresh_from_db()
    assert patient.email == "work@example.org"


def test_an_address_of_another_account_is_not_given_away(client, maya):
    UserFactory(email="zoe@example.org")
    by_password(client)
    form = {"action_add": "1", "email": "zoe@example.org"}
    taken = client.post("/account/email/", form)
    free = client.post("/account/email/", form | {"email": "free@example.org"})
    assert (taken.status_code, taken.url) == (free.status_code, free.url)


def test_a_password_can_be_chosen_later(client, codes_only, code_to):
    by_code(client, code_to)
    assert client.get("/account/password/").url == "/account/password/new/"
    form = {"password1": OTHER, "password2": OTHER}
    assert client.post("/account/password/new/", form).url == (
        "/portal/account/settings/"
    )
    codes_only.refresh_from_db()
    assert codes_only.check_password(OTHER)
    assert client.get("/portal/account/").status_code == 200
