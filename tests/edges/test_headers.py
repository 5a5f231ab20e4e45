"""What every answer carries, over every page, as everybody."""

import re
from collections import Counter

import pytest
from django.test import Client

from portal.promises import HEADERS
from tests.edges.observatory import A_PLUS, grade

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def as_in_production(settings):
    """On HTTPS, with the cookies of portal/settings/production.py."""
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    rules = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    secure = [one.replace("http://", "https://") for one in rules["form-action"]]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": rules | {"form-action": secure}}


# Files that are the same for everybody ask nobody who they are.
PUBLIC = {
    "favicon", "health:healthz", "health:readyz", "robots", "security_txt", "sitemap",
}  # fmt: skip


def test_every_page_is_graded_a_plus_may_be_kept_by_nobody_and_tells_no_key(
    world, browsers, as_in_production
):
    failed, seen, opened = {}, set(), Counter()
    for who, browser in browsers.items():
        key = browser.cookies["sessionid"].value if who != "visitor" else None
        for name, path in world["pages"].items():
            answer = browser.get(path, secure=True)
            html = (
                answer.content.decode(errors="replace") if not answer.streaming else ""
            )
            seen.add(answer.status_code)
            opened[who] += answer.status_code == 200
            score, given = grade(answer, html=html)
            wrong = {n for n, value in HEADERS.items() if answer.get(n) != value}
            if score < A_PLUS:
                wrong.add(f"{score}: {given}")
            if asked := others_asked_by(html):
                wrong.add(f"asks {asked}")
            # 405: refused for its method, before anybody was asked who they are.
            private = key and answer.status_code != 405 and name not in PUBLIC
            if private and answer.get("Cache-Control") != "private, no-store":
                wrong.add(f"kept: {answer.get('Cache-Control')}")
            if key and (key in html or key in answer.get("Location", "")):
                wrong.add("tells the session's key")
            if wrong:
                failed[f"{who} {name} {answer.status_code}"] = wrong
    assert failed == {}
    assert {200, 302, 404} <= seen
    # Their own pages, and not that of setting up a second step again and again.
    few = {"visitor", "author", "editor", "reviewer"}
    assert {who for who, count in opened.items() if count < 30} <= few, opened


FETCHED = re.compile(
    r"<(?:script|img|iframe|source|video|audio|embed|object|form|use|image|link"
    r"(?![^>]*rel=.(?:canonical|alternate)))\b[^>]*?"
    r"\s(?:src|srcset|href|action|data|poster)=.(?:https?:)?//([^\"'/ >]+)"
)


def others_asked_by(html):
    """The hosts, besides our own, that a browser asks for something on this page."""
    return set(FETCHED.findall(html)) - {"testserver"}


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.example/a.js"></script>',
        "<img alt='' src='//cdn.example/a.png'>",
        '<link rel="stylesheet" href="https://cdn.example/a.css">',
        '<form method="post" action="http://cdn.example/">',
    ],
)
def test_whoever_else_is_asked_would_be_seen(html):
    assert others_asked_by(html) == {"cdn.example"}
    assert others_asked_by('<a href="https://cdn.example/">x</a>') == set()


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
