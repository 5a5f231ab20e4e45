"""What answers carry; over every page, as everybody: test_every_answer."""

import re

import pytest
from django.test import Client

from tests.edges.observatory import A_PLUS, grade

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_the_grades_are_worth_something(world, browsers, as_in_production):
    answer = browsers["visitor"].get("/account/sign-in/", secure=True)
    assert grade(answer)[0] >= A_PLUS
    for name, worse in [
        ("Content-Security-Policy", "default-src 'self'; script-src 'unsafe-inline'"),
        ("Content-Security-Policy", "script-src 'self' 'unsafe-eval' https:"),
        ("Strict-Transport-Security", "max-age=60"),
        ("X-Content-Type-Options", ""),
    ]:
        before = answer[name]
        answer[name] = worse
        assert min(grade(answer)[1].values()) < 0, name
        answer[name] = before


def test_the_policy_is_strict_and_its_nonce_new_each_time():
    policies = [
        Client().get("/account/sign-in/")["Content-Security-Policy"] for _ in "ab"
    ]
    nonces = [re.findall(r"'nonce-([^']+)'", policy) for policy in policies]
    assert nonces[0]
    assert not set(nonces[0]) & set(nonces[1])
    for policy in policies:
        assert "unsafe" not in policy
        for rule in (
            "default-src 'none'",
            "base-uri 'none'",
            "object-src 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
            "report-uri /policy-reports/",
        ):
            assert rule in policy


@pytest.mark.parametrize(
    ("send", "status"),
    [
        (lambda c: c.get("/nothing/here/"), 404),
        (lambda c: c.get("/account/sign-in/?a=%00"), 400),
        (lambda c: c.get("/", headers={"host": "evil.example"}), 400),
        (lambda c: c.generic("TRACE", "/"), 405),
        (lambda c: c.post("/account/sign-in/"), 403),
        (lambda c: c.generic("POST", "/", CONTENT_LENGTH="99999999"), 413),
        (lambda c: c.get("/account/session/stay/"), 405),
    ],
)
def test_errors_carry_the_policy_too(send, status):
    answer = send(Client(enforce_csrf_checks=True, raise_request_exception=False))
    assert answer.status_code == status
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert "Server" not in answer
    assert "X-Powered-By" not in answer


@pytest.mark.parametrize(
    "path",
    ["/.git/config", "/.env", "/static/", "/media/", "/static/dist/app.js.map",
     "/__debug__/", "/admin/", "/server-status", "/phpinfo.php", "/static/../manage.py",
     "/media/..%2f..%2fmanage.py", "/backup.sql", "/.well-known/", "/api/"],
)  # fmt: skip
def test_nothing_of_how_it_is_built_can_be_read(path, public_site_home):
    answer = Client(raise_request_exception=False).get(path, follow=True)
    assert answer.status_code in {400, 404, 405}
    text = answer.content.decode(errors="replace")
    assert not re.search(r"Traceback|Django|DEBUG|Index of|Python/", text)


@pytest.fixture
def public_site_home(db):
    """The pages of the migrations."""
