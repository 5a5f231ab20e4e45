"""One walk over every page as everybody: what each answer carries, what it shows to
others than its reader, and that opening it changes nothing."""

import re
from collections import Counter
from typing import Any, NamedTuple

import pytest

from portal.promises import HEADERS
from tests.edges.fingerprints import fingerprint
from tests.edges.observatory import A_PLUS, grade

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# Files that are the same for everybody ask nobody who they are.
PUBLIC = {
    "favicon", "health:healthz", "health:readyz", "robots", "security_txt", "sitemap",
}  # fmt: skip
# A mail's link must open what it names, so opening a notice marks it as read.
READS_THAT_MARK = ("notifications:notice_open",)
# Their own pages, and not that of setting up a second step again and again.
FEW = {"visitor", "author", "editor", "reviewer"}
FETCHED = re.compile(
    r"<(?:script|img|iframe|source|video|audio|embed|object|form|use|image|link"
    r"(?![^>]*rel=.(?:canonical|alternate)))\b[^>]*?"
    r"\s(?:src|srcset|href|action|data|poster)=.(?:https?:)?//([^\"'/ >]+)"
)


class Visit(NamedTuple):
    """`key` is that of the reader's session, None for a visitor."""

    name: str
    answer: Any
    html: str
    key: str | None


def others_asked_by(html):
    """The hosts, besides our own, that a browser asks for something on this page."""
    return set(FETCHED.findall(html)) - {"testserver"}


def worse_than_a_plus(visit):
    score, given = grade(visit.answer, html=visit.html)
    return None if score >= A_PLUS else (score, given)


def headers_that_lack(visit):
    return {name for name, value in HEADERS.items() if visit.answer.get(name) != value}


def others_asked(visit):
    return others_asked_by(visit.html)


def kept_by_somebody(visit):
    # 405: refused for its method, before anybody was asked who they are.
    private = visit.key and visit.answer.status_code != 405
    kept = visit.answer.get("Cache-Control")
    if private and visit.name not in PUBLIC and kept != "private, no-store":
        return f"Cache-Control: {kept}"
    return None


def key_told(visit):
    if not visit.key:
        return False
    return visit.key in visit.html or visit.key in visit.answer.get("Location", "")


def failure(visit):
    # There is no worker here, and monitoring is told so.
    return visit.answer.status_code >= 500 and visit.name != "health:readyz"


PROMISES = (
    worse_than_a_plus,
    headers_that_lack,
    others_asked,
    kept_by_somebody,
    key_told,
    failure,
)


class Walk:
    """Opens pages as one of the cast, and notes what breaks a promise."""

    def __init__(self, who, browser):
        self.who, self.browser = who, browser
        self.key = browser.cookies["sessionid"].value if who != "visitor" else None
        self.wrong, self.statuses = {}, Counter()

    def open(self, name, path, method="get"):
        answer = getattr(self.browser, method)(path, secure=True)
        html = "" if answer.streaming else answer.content.decode(errors="replace")
        visit = Visit(name, answer, html, self.key)
        for promise in PROMISES:
            if found := promise(visit):
                broken = self.wrong.setdefault(promise.__name__, {})
                broken[f"{self.who} {method} {name} {answer.status_code}"] = found
        self.statuses[answer.status_code] += method == "get"
        return answer


def test_no_page_breaks_a_promise_or_changes_anything_by_being_opened(
    world, browsers, as_in_production
):
    wrong, statuses, opened = {}, {}, set()
    pages = dict(world["pages"])
    marking = {name: pages.pop(name) for name in READS_THAT_MARK}
    for who, browser in browsers.items():
        walk = Walk(who, browser)
        for name, path in marking.items():
            walk.open(name, path)
        before = fingerprint()
        for name, path in pages.items():
            if walk.open(name, path).status_code == 200 and name not in opened:
                opened.add(name)
                walk.open(name, path, "head")
                walk.open(name, path, "options")
        after = fingerprint()
        changed = {table for table in after if after[table] != before[table]}
        if changed:
            walk.wrong["changed"] = {who: changed}
        for promise, broken in walk.wrong.items():
            wrong.setdefault(promise, {}).update(broken)
        statuses[who] = walk.statuses
    # Each promise that was broken, with three of the pages that broke it.
    few = {promise: dict(list(broken.items())[:3]) for promise, broken in wrong.items()}
    assert sorted(wrong) == [], few
    assert {200, 302, 404} <= set().union(*statuses.values())
    assert len(opened) > 100
    assert {who for who, found in statuses.items() if found[200] < 30} <= FEW, statuses


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


def test_the_fingerprint_sees_a_change(ann):
    before = fingerprint()
    ann.first_name = "Anna"
    ann.save(update_fields=["first_name"])
    assert {t for t, v in fingerprint().items() if v != before[t]} == {"accounts_user"}
