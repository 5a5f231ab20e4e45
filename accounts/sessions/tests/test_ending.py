"""Keys, devices and the end of sessions, from outside."""

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client
from django.utils import timezone

from accounts.models import Device, Session
from accounts.sessions.models import Ended
from accounts.sessions.queries import hash_key
from accounts.sessions.services import end_sessions
from accounts.sessions.tests.test_limits import is_in, let_pass, signed_in
from accounts.users.models import Role
from accounts.users.services import assign_role, deactivate_user, remove_role
from notifications.models import Delivery
from tests.jobs import queued_jobs, run_jobs

pytestmark = pytest.mark.django_db
PASSWORD = "harbour-lamp-porridge"
SIGN_IN = "/account/sign-in/"


@pytest.fixture
def maya(ann):
    ann.set_password(PASSWORD)
    ann.save()
    ann.emailaddress_set.create(email=ann.email, primary=True, verified=True)
    return ann


def sign_in(client, user, **extra):
    return client.post(SIGN_IN, {"login": user.email, "password": PASSWORD, **extra})


def key_of(client):
    return client.cookies["sessionid"].value


def opens(key):
    browser = Client()
    browser.cookies["sessionid"] = key
    return is_in(browser)


def test_a_planted_key_never_becomes_a_session(client, maya):
    client.cookies["sessionid"] = "a" * 32
    sign_in(client, maya)
    assert key_of(client) != "a" * 32
    assert is_in(client)
    assert not opens("a" * 32)


def test_the_key_from_before_signing_in_is_dead(client, maya):
    sign_in(client, maya, password="wrong-wrong-wrong")
    client.get("/account/sign-up/")
    session = client.session
    session["draft"] = "mine"
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    sign_in(client, maya)
    assert key_of(client) != before
    assert client.session["draft"] == "mine"
    assert not opens(before)


def test_proving_it_again_gives_a_new_key(client, maya):
    sign_in(client, maya)
    before = key_of(client)
    proof = {"step_up": "code", "step_up_method": "GET", "step_up_code": PASSWORD}
    client.post("/account/confirm/", proof)
    assert key_of(client) != before
    assert is_in(client)
    assert not opens(before)


def test_a_new_key_does_not_make_a_session_younger(client, maya):
    sign_in(client, maya)
    session = client.session
    begun = session["signed_in"]["at"] - 3600
    session["signed_in"] = session["signed_in"] | {"at": begun}
    session["account_authentication_methods"] = [{"method": "factor", "at": 1}]
    session.save()
    row = Session.objects.get(user=maya)
    assert row.key_hash == hash_key(session.session_key)
    assert row.started_at.timestamp() == pytest.approx(begun, abs=1)


def test_the_table_holds_no_key(client, maya):
    sign_in(client, maya)
    rows = list(Session.objects.values())
    assert rows
    assert key_of(client) not in str(rows)


def test_signing_out_kills_it_on_the_server(client, maya):
    sign_in(client, maya)
    key = key_of(client)
    assert opens(key)
    answer = client.post("/account/sign-out/")
    assert "cache" in answer["Clear-Site-Data"]
    assert not opens(key)
    assert not Session.objects.filter(user=maya).exists()


def _role(user, admin):
    assign_role(actor=admin, user=user, role=Role.RECEPTIONIST)


def _less(user, admin):
    remove_role(actor=admin, user=user, role=Role.PATIENT)


def _closed(user, admin):
    deactivate_user(actor=admin, user=user, at=timezone.now())


@pytest.mark.parametrize(
    ("change", "because"),
    [(_role, Ended.ROLES), (_less, Ended.ROLES), (_closed, Ended.SUSPENDED)],
)
def test_what_somebody_may_do_changes_and_all_sessions_end(
    ann, zoe, admin, change, because
):
    browsers, other = [signed_in(ann), signed_in(ann)], signed_in(zoe)
    assert all(is_in(browser) for browser in browsers)
    change(ann, admin)
    assert not any(is_in(browser) for browser in browsers)
    assert set(
        Session.objects.filter(user=ann).values_list("ended_because", flat=True)
    ) == {because}
    assert is_in(other)


def test_a_new_password_ends_the_other_sessions(client, maya):
    thief = Client()
    sign_in(thief, maya)
    sign_in(client, maya)
    new = "lantern-pebble-violin-7"
    answer = client.post(
        "/account/password/",
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )
    assert answer.status_code == 302
    assert not is_in(thief)
    assert is_in(client)
    # Not only because Django asks for the new password's hash: the session is over.
    assert Session.objects.filter(ended_because=Ended.CREDENTIALS).count() == 1


def test_ending_all_but_one(ann):
    here, there = signed_in(ann), signed_in(ann)
    kept = here.session.session_key
    assert end_sessions(user=ann, because=Ended.ELSEWHERE, except_key=kept) == 1
    assert is_in(here)
    assert not is_in(there)


def test_an_ended_session_cannot_be_written_back(ann):
    client = signed_in(ann)
    running = client.session
    assert running["signed_in"]["user"] == ann.pk
    end_sessions(user=ann, because=Ended.ELSEWHERE)
    running["draft"] = "late"
    with pytest.raises(UpdateError):
        running.save()
    assert not is_in(client)


def test_too_many_browsers_end_the_one_unused_for_longest(ann, settings):
    settings.SESSIONS_AT_ONCE = 3
    browsers = []
    for _ in range(3):
        browsers.append(signed_in(ann))
        let_pass(60)
    is_in(browsers[0])
    fourth = signed_in(ann)
    assert [is_in(b) for b in [*browsers, fourth]] == [True, False, True, True]
    page = browsers[1].get("/portal/account/", follow=True).content.decode()
    assert "too many other devices" in page


def test_who_was_idle_is_told_so_where_they_sign_in(ann):
    client = signed_in(ann)
    let_pass(31 * 60)
    page = client.get("/portal/account/", follow=True)
    assert page.request["PATH_INFO"] == SIGN_IN
    assert "nothing was done for a while" in page.content.decode()


def test_a_script_is_told_by_a_status_and_never_given_the_sign_in_page(ann):
    client = signed_in(ann)
    let_pass(31 * 60)
    answer = client.get("/portal/account/", headers={"hx-request": "true"})
    assert answer.status_code == 401
    # The cookie stays: another tab may just have signed in.
    assert "sessionid" not in answer.cookies


def test_a_browser_that_was_never_used_is_told_of_by_mail(client, maya):
    sign_in(client, maya)
    assert [path for path, _ in queued_jobs() if "new_device" in path] == []
    client.post("/account/sign-out/")
    sign_in(client, maya)
    assert [path for path, _ in queued_jobs() if "new_device" in path] == []
    sign_in(Client(headers={"user-agent": "Mozilla/5.0 (iPad) Safari/1"}), maya)
    run_jobs()
    told = Delivery.objects.get(event="account_new_device")
    assert told.to_address == maya.email
    assert "Safari on iPad" in told.body_text
    assert "127.0.0.1" in told.body_text


@pytest.mark.parametrize(("keep", "is_kept"), [({"keep": "on"}, True), ({}, False)])
def test_somebody_chooses_to_stay_where_they_sign_in(client, maya, keep, is_kept):
    sign_in(client, maya, **keep)
    assert Session.objects.get(user=maya).is_kept is is_kept


def test_two_people_at_one_computer_have_a_device_each(client, ann, zoe):
    client.force_login(ann)
    client.post("/account/sign-out/")
    client.force_login(zoe)
    assert {d.user_id for d in Device.objects.all()} == {ann.pk, zoe.pk}


def test_a_form_that_comes_too_late_waits_for_its_user(maya):
    client = Client()
    sign_in(client, maya)
    let_pass(31 * 60)
    path = "/portal/account/settings/"
    answer = client.post(
        path,
        {"first_name": "Ann", "note": "Please call <b>me</b>", "password": "hunter2"},
    )
    assert answer.url == f"{SIGN_IN}?next=/account/session/resend/"
    assert sign_in(client, maya, next="/account/session/resend/").url == (
        "/account/session/resend/"
    )
    page = client.get("/account/session/resend/").content.decode()
    assert f'action="{path}"' in page
    assert "Please call &lt;b&gt;me&lt;/b&gt;" in page
    assert "hunter2" not in page
    client.post("/account/session/resend/")
    assert client.get("/account/session/resend/").status_code == 302


def test_a_form_that_waits_is_shown_to_nobody_else(maya, zoe):
    client = Client()
    sign_in(client, maya)
    let_pass(31 * 60)
    client.post("/portal/account/settings/", {"note": "my secret ailment"})
    client.force_login(zoe)
    page = client.get("/account/session/resend/", follow=True)
    assert "my secret ailment" not in page.content.decode()
    assert "kept_form" not in client.session
