"""Letting an app in, in a browser; and a machine's key, from the wish to the secret."""

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from accounts.models import Authorisation
from accounts.users.models import Role
from accounts.users.services import assign_role
from tests.apps import App
from tests.browser import DESK, PHONE, accessibility_problems, is_wider_than_the_window
from tests.factories.accounts import UserFactory
from tests.journeys.signing_in import sign_in
from tests.second_factors import with_app
from tests.servers import serving

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def looks_right(page):
    assert accessibility_problems(page) == []
    for width in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": 900})
        assert not is_wider_than_the_window(page)


@contextmanager
def program_of_others():
    """A program on the visitor's own computer that waits for the answer; its address,
    and what it was told."""
    told = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path.startswith("/done"):
                told.append(parse_qs(urlsplit(self.path).query))
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<title>Diary</title><h1>Thank you</h1>")

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    with serving(server):
        yield f"http://127.0.0.1:{server.server_port}/done", told


@pytest.mark.parametrize("scripts", [True, False])
def test_somebody_lets_an_app_in_and_out_again(visitor, ann, scripts):
    with_app(ann)
    page = visitor(width=PHONE, scripts=scripts)
    sign_in(page, ann)
    with program_of_others() as (home, told):
        app = App(uris=[home])
        page.goto(app.asks(redirect_uri=home))
        expect(page.get_by_role("heading", name="Let Diary in?")).to_be_visible()
        if scripts:
            looks_right(page)
        page.get_by_label("See your own appointments").uncheck()
        page.get_by_role("button", name="Allow", exact=True).click()
        # The policy of our page let the form lead there.
        expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
        (said,) = told
        answer = app.exchanges(said["code"][0], redirect_uri=home)
        assert answer.json()["scope"] == "me.read"
        assert app.reads("me", answer.json()["access_token"]).status_code == 200
    page.goto("/account/security/")
    section = page.get_by_role("region", name="Apps and machines that act in your name")
    expect(section).to_contain_text("Diary")
    expect(section).to_contain_text("Last used")
    if scripts:
        looks_right(page)
    section.get_by_role("button", name="End access of Diary").click()
    expect(section).to_have_count(0)
    assert app.reads("me", answer.json()["access_token"]).status_code == 401


def test_an_app_that_nobody_knows_gets_no_answer(visitor, ann):
    with_app(ann)
    page = visitor(width=PHONE)
    sign_in(page, ann)
    page.goto(App().asks(redirect_uri="https://evil.example/"))
    expect(page.get_by_role("heading", name="We don't know this app")).to_be_visible()
    looks_right(page)


def test_without_a_second_step_the_way_to_one_is_shown(visitor, zoe):
    page = visitor(width=PHONE)
    sign_in(page, zoe)
    page.goto(App().asks())
    expect(
        page.get_by_role("heading", name="Set up a second step first")
    ).to_be_visible()
    looks_right(page)
    page.get_by_role("link", name="Set up a second step").click()
    expect(page.get_by_role("heading", name="Set up a second step")).to_be_visible()
    assert "apps%2Fauthorise" in page.url


def test_a_machines_key_from_the_wish_to_the_secret(visitor, admin, desk):
    second = UserFactory(email="second@example.org", first_name="Sec", last_name="Ond")
    assign_role(actor=None, user=second, role=Role.ADMIN)
    for user in (admin, second, desk):
        with_app(user)

    page = visitor()
    sign_in(page, admin)
    page.goto("/clinic/settings/machine-keys/")
    page.get_by_label("What the machine is").fill("Waiting room screen")
    page.get_by_label("In whose name it acts").fill(desk.email)
    page.get_by_label("See the appointments that you may see at work").check()
    page.get_by_role("button", name="Ask a second administrator").click()
    expect(page.get_by_text("Waiting for a second administrator")).to_be_visible()
    expect(page.get_by_role("button", name="Agree")).to_have_count(0)
    looks_right(page)

    page = visitor()
    sign_in(page, second)
    page.goto("/clinic/settings/machine-keys/")
    page.get_by_role("button", name="Agree to Waiting room screen").click()
    expect(page.get_by_text("Waiting to be taken")).to_be_visible()

    page = visitor()
    sign_in(page, desk)
    page.goto("/account/security/")
    page.get_by_role("button", name="Take the key for Waiting room screen").click()
    expect(page.get_by_role("heading", name="The key for")).to_be_visible()
    expect(page.get_by_text("mc_key_")).to_be_visible()
    looks_right(page)
    assert Authorisation.objects.get().user == desk


def test_an_administrator_registers_an_app(visitor, admin):
    with_app(admin)
    page = visitor()
    sign_in(page, admin)
    page.goto("/clinic/settings/apps/")
    page.get_by_label("Name", exact=True).fill("Diary")
    page.get_by_label("Who makes it").fill("Diary Ltd")
    page.get_by_label("Addresses that it is answered at").fill("http://diary.example")
    page.get_by_label("See your own appointments").check()
    page.get_by_role("button", name="Register").click()
    expect(page.locator(".mc-field--error").first).to_contain_text("Use an https://")
    looks_right(page)
    page.get_by_label("Addresses that it is answered at").fill("https://diary.example/")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("button", name="Shut out Diary")).to_be_visible()
    looks_right(page)
