"""What changes something takes a token, and nothing leads elsewhere. That opening a
page changes nothing: test_every_answer."""

from itertools import product

import pytest
from django.test import Client

from tests.edges.fingerprints import fingerprint
from tests.second_factors import VerifiedClient

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_every_change_needs_a_token(world, ann, dr_lee, desk, admin):
    """Each address is sent a form without its token, by people who might be allowed."""
    exempt = set()
    for user in (None, ann, dr_lee, desk, admin):
        browser = VerifiedClient(
            enforce_csrf_checks=True, raise_request_exception=False
        )
        if user is not None:
            browser.force_login(user)
        before = fingerprint()
        methods = ("post", "put", "patch", "delete")
        for name, path in world["pages"].items():
            # The token is asked for before the method is looked at.
            for method in methods[:1] if user else methods:
                status = getattr(browser, method)(path, {"a": "1"}).status_code
                if status not in {403, 404, 405}:
                    exempt.add(name)
        assert fingerprint() == before
    # Other machines call these; each proves itself by a signature, or proves nothing.
    assert exempt <= {
        "billing:stripe_webhook",
        "notifications:preference_off",
        "notifications:twilio_reply",
        "notifications:twilio_report",
        "policy_reports:take",
        # Programs, whose cookies are taken away first: what they bring proves it.
        "tokens:token",
        "tokens:revoke",
    }


def test_a_form_of_another_site_is_refused_even_with_its_token(ann):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ann)
    browser.get("/portal/account/settings/")
    token = browser.cookies["csrftoken"].value
    form = {"csrfmiddlewaretoken": token}
    sent = {
        origin: browser.post("/account/sign-out/", form, headers={"origin": origin})
        for origin in ("https://evil.example", "null", "http://testserver.evil.example")
    }
    assert {answer.status_code for answer in sent.values()} == {403}
    assert "_auth_user_id" in browser.session


def mentions(answer, word):
    body = "" if answer.streaming else answer.content.decode(errors="replace")
    return word in answer.get("Location", "") or word in body


def test_every_redirect_parameter_stays_on_the_site(ann, world):
    evil = ["https://evil.example/", "//evil.example", "/\\evil.example",
            "javascript:alert(1)", "https:evil.example", "/\t/evil.example",
            "\thttps://evil.example", "http://testserver@evil.example"]  # fmt: skip
    names = ("next", "return", "return_to", "redirect", "back", "url")
    browser = Client(raise_request_exception=False)

    def ask(path, address):
        if "_auth_user_id" not in browser.session:
            browser.force_login(ann)
        return browser.get(path, dict.fromkeys(names, address))

    # Whatever takes no notice of a way on this site takes none of others.
    listens = {
        name: path
        for name, path in world["pages"].items()
        if mentions(ask(path, "/portal/lighthouse/"), "lighthouse")
    }
    assert "account_login" in listens
    for (name, path), address in product(listens.items(), evil):
        answer = ask(path, address)
        place = answer.get("Location", "").split("?")[0]
        assert "evil.example" not in place, name
        assert not place.startswith("javascript:"), name
        assert f'href="{address}' not in answer.text, name
    ann.set_password("harbour-lamp-porridge")
    ann.save()
    ann.emailaddress_set.create(email=ann.email, primary=True, verified=True)
    for address in evil:
        form = {"login": ann.email, "password": "harbour-lamp-porridge"}
        answer = Client().post("/account/sign-in/", {**form, "next": address})
        assert answer.url == "/portal/", address
