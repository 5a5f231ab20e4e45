"""Opening a page changes nothing, whoever opens it."""

import hashlib

import pytest
from django.db import connection
from django.test import Client

from tests.second_factors import VerifiedClient

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# What reading may leave behind: who read, that they are there, how often they asked,
# and what is only kept to be quick.
TRACES = ("audit_", "portal_tally", "accounts_session", "accounts_device", "cache")
# A mail's link must open what it names, so opening a notice marks it as read.
READS_THAT_MARK = {"notifications:notice_open"}


def fingerprint():
    """A hash of every row of every table but the traces."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith(TRACES):
                continue
            name = connection.ops.quote_name(table)
            cursor.execute(f"select t::text from {name} t order by 1")  # noqa: S608
            rows = "\n".join(row[0] for row in cursor.fetchall())
            found[table] = hashlib.sha256(rows.encode()).hexdigest()
    return found


def test_the_fingerprint_sees_a_change(ann):
    before = fingerprint()
    ann.first_name = "Anna"
    ann.save(update_fields=["first_name"])
    assert {t for t, v in fingerprint().items() if v != before[t]} == {"accounts_user"}


def test_no_page_changes_anything_by_being_opened(world, browsers):
    changed, opened = {}, set()
    before = fingerprint()
    for who, browser in browsers.items():
        for name, path in world["pages"].items():
            if name in READS_THAT_MARK:
                continue
            answers = [browser.get(path)]
            if answers[0].status_code == 200 and name not in opened:
                opened.add(name)
                answers += [browser.head(path), browser.options(path)]
            for answer in answers:
                # There is no worker here, and monitoring is told so.
                ok = answer.status_code < 500 or name == "health:readyz"
                assert ok, f"{who} {answer.request['REQUEST_METHOD']} {name}"
        after = fingerprint()
        changed[who] = {table for table in after if after[table] != before[table]}
        before = after
    assert {who: tables for who, tables in changed.items() if tables} == {}
    assert len(opened) > 100


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
            for method in methods if user in (None, desk) else methods[:1]:
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


def test_every_redirect_parameter_stays_on_the_site(ann, world):
    evil = ["https://evil.example/", "//evil.example", "/\\evil.example",
            "javascript:alert(1)", "https:evil.example", "/\t/evil.example",
            "\thttps://evil.example", "http://testserver@evil.example"]  # fmt: skip
    names = ("next", "return", "return_to", "redirect", "back", "url")
    browser = Client(raise_request_exception=False)
    browser.force_login(ann)
    for name, path in world["pages"].items():
        for address in evil[:3]:
            query = dict.fromkeys(names, address)
            answer = browser.get(path, query)
            assert "evil.example" not in answer.get("Location", "").split("?")[0], name
            if "_auth_user_id" not in browser.session:
                browser.force_login(ann)
    ann.set_password("harbour-lamp-porridge")
    ann.save()
    ann.emailaddress_set.create(email=ann.email, primary=True, verified=True)
    for address in evil:
        form = {"login": ann.email, "password": "harbour-lamp-porridge"}
        answer = Client().post("/account/sign-in/", {**form, "next": address})
        assert answer.url == "/portal/", address
