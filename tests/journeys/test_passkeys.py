"""Passkeys and apps in a browser; Chromium pretends to have an authenticator."""

import pytest
from django_otp_webauthn.models import WebAuthnCredential
from playwright.sync_api import expect

from accounts.users.models import Role
from accounts.users.services import assign_role
from notifications.models import Delivery
from tests.browser import DESK, PHONE, accessibility_problems, is_wider_than_the_window
from tests.factories.accounts import UserFactory
from tests.second_factors import code_of, with_app

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "four quiet herons wade"


@pytest.fixture(autouse=True)
def _here(settings, live_server):
    settings.OTP_WEBAUTHN_RP_ID = "localhost"
    settings.OTP_WEBAUTHN_ALLOWED_ORIGINS = [live_server.url]


@pytest.fixture
def nora(transactional_db):
    """Works at the desk, and has no second factor yet."""
    user = UserFactory(email="nora@example.org", first_name="Nora", last_name="Vale")
    assign_role(actor=None, user=user, role=Role.RECEPTIONIST)
    user.set_password(PASSWORD)
    user.save()
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    return user


def give_authenticator(page):
    """A passkey store that always finds its owner's finger."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session


def by_password(page, user):
    page.goto("/account/sign-in/")
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in with password").click()


def looks_right(page):
    assert accessibility_problems(page) == []
    for width in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": 900})
        assert not is_wider_than_the_window(page)


def test_a_passkey_is_made_signs_in_and_proves_again(visitor, nora, live_server):
    page = visitor()
    page.goto("/account/sign-in/")
    give_authenticator(page)
    by_password(page, nora)
    expect(page.get_by_role("heading", name="Set up a second step")).to_be_visible()
    looks_right(page)
    page.get_by_role("link", name="Make a passkey").click()
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_role("alert")).to_have_text("Give the passkey a name")
    page.get_by_label("Name of the passkey").fill("Work laptop")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_role("heading", name="Backup codes")).to_be_visible()
    looks_right(page)
    expect(page.locator(".mc-codes li")).to_have_count(10)
    page.get_by_role("link", name="I have kept them").click()
    page.wait_for_url("**/clinic/desk/")
    assert WebAuthnCredential.objects.get().name == "Work laptop"

    # Both factors at once.
    page.context.clear_cookies()
    page.goto("/account/sign-in/?next=/account/security/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/account/security/")
    expect(page.get_by_text("Work laptop").first).to_be_visible()
    looks_right(page)

    # As the second step, and on the way to something that asks for a fresh proof.
    page.context.clear_cookies()
    by_password(page, nora)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    looks_right(page)
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url("**/clinic/desk/")


def test_a_form_goes_on_after_a_passkey_with_what_was_typed(
    visitor, nora, live_server, monkeypatch
):
    page = visitor()
    page.goto("/account/sign-in/")
    give_authenticator(page)
    by_password(page, nora)
    page.get_by_role("link", name="Make a passkey").click()
    page.get_by_label("Name of the passkey").fill("Phone")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.locator(".mc-codes li")).to_have_count(10)
    page.goto("/account/email/")
    page.get_by_label("New e-mail address").fill("nora.vale@example.org")
    # The proof has grown old while the form was filled in.
    monkeypatch.setattr(
        "accounts.factors.views.step_up.is_fresh", _not_until_asked_twice()
    )
    page.get_by_role("button", name="Send a code to this address").click()
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    expect(page.get_by_text("What you typed is kept")).to_be_visible()
    looks_right(page)
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url("**/account/verify/")
    assert Delivery.objects.filter(to_address="nora.vale@example.org").exists()


def _not_until_asked_twice():
    asked = []

    def is_fresh(*_):
        asked.append(1)
        return len(asked) > 1

    return is_fresh


def test_a_passkey_of_nobody_says_so_and_leaves_the_other_ways(visitor, nora):
    page = visitor()
    page.goto("/account/sign-in/")
    give_authenticator(page)
    by_password(page, nora)
    page.get_by_role("link", name="Make a passkey").click()
    page.get_by_label("Name of the passkey").fill("Old laptop")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.locator(".mc-codes li")).to_have_count(10)
    WebAuthnCredential.objects.all().delete()
    page.context.clear_cookies()
    page.goto("/account/sign-in/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("doesn't open an account here")
    expect(page.get_by_role("button", name="E-mail me a code")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_app_works_by_keyboard_on_a_phone_without_scripts(visitor, nora, theme):
    app = with_app(nora)
    page = visitor(width=PHONE, scripts=False, theme=theme)
    by_password(page, nora)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    # What needs scripts is not there.
    expect(page.get_by_role("button", name="Use your passkey")).to_be_hidden()
    code = page.get_by_label("Code from your app, or a backup code")
    code.focus()
    page.keyboard.type("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_text("This is not a code that works now").first).to_be_visible()
    code.focus()
    # What was typed stands there, to be mended or typed over.
    page.keyboard.press("Control+A")
    page.keyboard.type(code_of(app))
    page.keyboard.press("Enter")
    page.wait_for_url("**/clinic/desk/")
