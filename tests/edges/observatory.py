"""Grading answers by the published scoring of the Mozilla HTTP Observatory.

https://github.com/mdn/mdn-http-observatory, src/grader/charts.js: a site begins with
100 points, tests take some away; those that give extra count only from 90 on. What
needs a second site (redirection, preload lists) is graded as for a site on HTTPS.
"""

import re

A_PLUS = 100


def grade(response, *, html: str = "") -> tuple[int, dict[str, int]]:
    """The score of one answer, and what each test gave or took."""
    headers = {name.lower(): value for name, value in response.items()}
    given = {
        "csp": _policy(headers.get("content-security-policy", "")),
        "cookies": _cookies(response.cookies),
        "cors": -50 if headers.get("access-control-allow-origin") == "*" else 0,
        "hsts": _hsts(headers.get("strict-transport-security", "")),
        "referrer": _referrer(headers.get("referrer-policy", "")),
        "scripts": _scripts(html),
        "nosniff": 0 if headers.get("x-content-type-options") == "nosniff" else -5,
        "frames": _frames(headers),
        "resources": _resources(headers.get("cross-origin-resource-policy", "")),
    }
    score = 100 + sum(points for points in given.values() if points < 0)
    if score >= 90:
        score += sum(points for points in given.values() if points > 0)
    return score, given


def _directives(policy: str) -> dict[str, set[str]]:
    parts = [part.split() for part in policy.split(";") if part.strip()]
    return {part[0].lower(): set(part[1:]) for part in parts}


def _policy(policy: str) -> int:
    if not policy:
        return -25
    rules = _directives(policy)
    default = rules.get("default-src", {"*"})
    script = rules.get("script-src", default)
    style = rules.get("style-src", default)
    objects = rules.get("object-src", default)
    strict = any(
        one.startswith(("'nonce-", "'sha", "'strict-dynamic")) for one in script
    )
    open_sources = {"*", "data:", "http:", "https:", "blob:"}
    if script & open_sources or objects & {"*", "http:", "https:"}:
        return -20
    if "'unsafe-inline'" in script and not strict:
        return -20
    if "'unsafe-eval'" in script:
        return -10
    if any(source.startswith("http://") for one in rules.values() for source in one):
        return -20
    if "'unsafe-inline'" in style:
        return 0
    return 10 if default == {"'none'"} else 5


def _cookies(cookies) -> int:
    worst = 5
    for name, cookie in cookies.items():
        if not cookie["secure"]:
            return -40 if "sess" in name else -20
        if not cookie["httponly"] and "csrf" not in name:
            return -30
        if cookie["samesite"] not in {"Lax", "Strict"}:
            worst = min(worst, -20 if "csrf" in name else 0)
    return worst if cookies else 0


def _hsts(value: str) -> int:
    found = re.search(r"max-age=(\d+)", value)
    if found is None:
        return -20
    return 0 if int(found[1]) >= 15_552_000 else -10


def _referrer(value: str) -> int:
    private = {"no-referrer", "same-origin", "strict-origin"}
    private |= {"strict-origin-when-cross-origin"}
    if value in {"unsafe-url", "origin", "origin-when-cross-origin"}:
        return -5
    return 5 if value in private else 0


def _scripts(html: str) -> int:
    foreign = re.findall(r"<script[^>]+src=[\"'](?:https?:)?//", html)
    return -50 if foreign else 0


def _frames(headers: dict[str, str]) -> int:
    rules = _directives(headers.get("content-security-policy", ""))
    if rules.get("frame-ancestors", {"*"}) <= {"'none'", "'self'"}:
        return 5
    return 0 if headers.get("x-frame-options", "") in {"DENY", "SAMEORIGIN"} else -20


def _resources(value: str) -> int:
    if value in {"same-origin", "same-site"}:
        return 10
    return -5 if value not in {"", "cross-origin"} else 0
