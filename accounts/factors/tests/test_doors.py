"""No page but set-up opens without the second factor, at any door."""

import pytest
from allauth.account.signals import password_reset
from django.urls import reverse

from accounts.factors.models import RememberedDevice
from accounts.factors.queries import cookie_names
from accounts.users.models import Role
from accounts.users.services import assign_role
from tests.factories.accounts import UserFactory
from tests.second_factors import code_of, keep, with_app

pytestmark = pytest.mark.django_db
SIGN_IN, CHECK = "/account/sign-in/", "/account/factor/"
SET_UP = "/account/factor/set-up/"
PASSWORD = "harbour-lamp-porridge"
DOORS = [
    "/",
    "/portal/",
    "/portal/account/",
    "/portal/account/settings/",
    "/account/security/",
    "/account/security/backup-codes/",
    "/account/sessions/",
    "/account/email/",
    "/account/password/",
    "/clinic/",
    "/clinic/desk/",
    "/clinic/patients/",
    "/clinic/payments/",
    "/clinic/settings/people/",
    "/cms/",
    "/cms/pages/",
    "/cms/images/",
    "/cms/documents/",
    "/documents/1/letter.pdf",
    "/book/",
    "/notices/",
    "/nowhere-at-all/",
]
STAFF = [role for role in Role if role != Role.PATIENT]


def who(client):
    return client.session.get("_auth_user_id")


def with_password(user):
    user.set_password(PASSWORD)
    user.save()
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    return user


def person(role):
    user = UserFactory()
    assign_role(actor=None, user=user, role=role)
    return with_password(user)


def by_password(client, user, **extra):
    form = {"login": user.email, "password": PASSWORD, **extra}
    return client.post(SIGN_IN, form)


@pytest.mark.parametrize("role", STAFF)
def test_who_works_here_sees_only_set_up_before_there_is_a_factor(client, role):
    by_password(client, person(role))
    for door in DOORS:
        answer = client.get(door)
        assert answer.status_code == 302, door
        assert answer["Location"].startswith(SET_UP), door
        assert client.post(door).status_code in {302, 403}, door
    assert client.get(SET_UP).status_code == 200


def test_a_superuser_without_any_role_needs_one_too(unverified_client):
    user = UserFactory(is_superuser=True)
    unverified_client.force_login(user)
    assert unverified_client.get("/portal/")["Location"].startswith(SET_UP)


@pytest.mark.parametrize("door", ["/cms/", "/clinic/desk/", "/portal/", "/"])
def test_scripts_and_parts_of_pages_are_stopped_as_well(unverified_client, desk, door):
    unverified_client.force_login(desk)
    answer = unverified_client.get(door, headers={"hx-request": "true"})
    assert answer["HX-Redirect"] == SET_UP
    assert not answer.content
    answer = unverified_client.post(door, {}, headers={"accept": "application/json"})
    assert answer.status_code == 403


def test_a_patient_may_do_without(client):
    by_password(client, person(Role.PATIENT))
    assert client.get("/portal/account/").status_code == 200


def test_a_patient_who_becomes_staff_needs_one_at_once(unverified_client, ann):
    unverified_client.force_login(ann)
    assert unverified_client.get("/portal/account/").status_code == 200
    assign_role(actor=None, user=ann, role=Role.RECEPTIONIST)
    assert unverified_client.get("/portal/account/").status_code == 302


@pytest.mark.parametrize("role", [Role.PATIENT, Role.DOCTOR, Role.AUTHOR, Role.ADMIN])
def test_the_password_alone_opens_no_session_where_there_is_a_factor(client, role):
    user = person(role)
    app = with_app(user)
    answer = by_password(client, user, next="/portal/account/settings/")
    assert answer.url == CHECK
    assert who(client) is None
    for door in ("/portal/account/", "/clinic/desk/", "/cms/"):
        assert client.get(door).status_code in {302, 404}
        assert who(client) is None
    answer = client.post(CHECK, {"code": code_of(app)})
    assert answer.url == "/portal/account/settings/"
    assert who(client) == str(user.pk)
    assert client.get("/account/security/").status_code == 200


def test_a_code_by_email_is_no_way_round_the_factor(client, code_to):
    user = person(Role.PATIENT)
    with_app(user)
    client.post(SIGN_IN, {"login": user.email, "password": ""})
    answer = client.post("/account/code/", {"code": code_to(user.email)})
    assert answer.url == CHECK
    assert who(client) is None


def test_a_new_password_is_no_way_round_the_factor(client, code_to):
    user = person(Role.PATIENT)
    with_app(user)
    client.post("/account/reset/", {"email": user.email})
    client.post("/account/reset/code/", {"code": code_to(user.email)})
    new = {"password1": "quiet-otter-lantern", "password2": "quiet-otter-lantern"}
    client.post("/account/reset/new/", new)
    assert who(client) is None
    client.post(SIGN_IN, {"login": user.email, "password": "quiet-otter-lantern"})
    assert who(client) is None


def test_the_check_is_nothing_without_the_first_factor(client):
    assert client.get(CHECK).url == SIGN_IN
    assert client.post(CHECK, {"code": "123456"}).url == SIGN_IN


def test_who_has_a_factor_cannot_set_another_up_without_it(unverified_client):
    user = person(Role.DOCTOR)
    with_app(user)
    unverified_client.force_login(user)
    assert unverified_client.get("/clinic/")["Location"].startswith(
        reverse("factors:again")
    )
    for path in (SET_UP, f"{SET_UP}app/", f"{SET_UP}passkey/"):
        assert unverified_client.get(path).status_code == 403
    begin = unverified_client.post(reverse("factors:passkey_register_begin"))
    assert begin.status_code == 403


@pytest.mark.parametrize("body", ["", "[]", "null", '{"name": 5}', "[" * 50_000])
def test_what_is_no_passkey_is_refused(client, desk, body):
    client.force_login(desk)
    answer = client.post(
        reverse("factors:passkey_register"), body, content_type="application/json"
    )
    assert answer.status_code == 400


def test_a_proof_of_one_person_is_worth_nothing_for_another(client, desk):
    client.force_login(desk)
    session = client.session
    session["factor"] = {**session["factor"], "user": str(desk.pk + 1)}
    keep(client, session)
    assert client.get("/clinic/desk/").status_code == 302


def test_a_change_of_factors_voids_every_older_proof(client, desk):
    client.force_login(desk)
    assert client.get("/clinic/desk/").status_code == 200
    desk.factor_epoch += 1
    desk.save()
    assert client.get("/clinic/desk/").status_code == 302


# --- Remembered devices ---


@pytest.fixture
def remembered(client):
    """Somebody at the desk, and a browser that asks them no more."""
    user = person(Role.RECEPTIONIST)
    app = with_app(user)
    by_password(client, user)
    client.post(CHECK, {"code": code_of(app), "remember": "on"})
    client.post("/account/sign-out/")
    return user


def test_a_remembered_device_is_not_asked_again(client, remembered):
    assert by_password(client, remembered).url == "/clinic/desk/"
    assert client.get("/clinic/desk/").status_code == 200
    cookie = next(c for name, c in client.cookies.items() if "remembered" in name)
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert cookie["max-age"] == 30 * 24 * 3600


def test_a_new_secret_key_asks_nobody_again_while_the_old_one_is_kept(
    client, remembered, settings
):
    old, settings.SECRET_KEY = settings.SECRET_KEY, "k" * 50
    settings.SECRET_KEY_FALLBACKS = [old]
    assert by_password(client, remembered).url == "/clinic/desk/"
    client.post("/account/sign-out/")
    settings.SECRET_KEY_FALLBACKS = []
    assert by_password(client, remembered).url == CHECK


def test_it_is_never_enough_for_what_asks_for_a_fresh_proof(client, remembered):
    by_password(client, remembered)
    assert client.get("/account/email/").status_code == 403
    assert client.get(SET_UP).status_code == 403


def test_it_counts_for_one_person_only(client, remembered):
    other = person(Role.RECEPTIONIST)
    with_app(other)
    assert by_password(client, other).url == CHECK
    # Nor does the cookie, under the other's name.
    (mine,) = [n for n in client.cookies if "remembered" in n]
    client.cookies[cookie_names(other, "")[0]] = client.cookies[mine].value
    assert by_password(client, other).url == CHECK


def test_a_cookie_that_was_changed_is_no_cookie(client, remembered):
    (name,) = [n for n in client.cookies if "remembered" in n]
    value = client.cookies[name].value
    client.cookies[name] = value[:-1] + ("a" if value[-1] != "a" else "b")
    assert by_password(client, remembered).url == CHECK


@pytest.mark.parametrize("how", ["forgotten", "expired", "epoch", "password"])
def test_it_ends(client, remembered, how, settings):
    device = RememberedDevice.objects.get()
    if how == "forgotten":
        by_password(client, remembered)
        page = client.get("/account/security/").content.decode()
        assert "Devices that are not asked again" in page
        client.post(reverse("factors:forget", args=[device.public_id]))
        client.post("/account/sign-out/")
    elif how == "expired":
        RememberedDevice.objects.update(expires_at=device.created_at)
    elif how == "epoch":
        remembered.factor_epoch += 1
        remembered.save()
    else:
        password_reset.send(sender=type(remembered), request=None, user=remembered)
    assert by_password(client, remembered).url == CHECK


def test_nobody_forgets_anothers_device(client, remembered):
    client.force_login(person(Role.RECEPTIONIST))
    device = RememberedDevice.objects.get()
    path = reverse("factors:forget", args=[device.public_id])
    assert client.post(path).status_code == 404
    assert RememberedDevice.objects.exists()
