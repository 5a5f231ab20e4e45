"""Reading what browsers report, in both spellings, and leaving out what says too much.

Anybody can send anything here, so nothing of it is trusted or repeated as it came.
"""

import json
import re
from typing import Any
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve

from portal.policy_reports.services import Seen

MOST = 20
KNOWN_DIRECTIVE = re.compile(r"[a-z][a-z-]{2,58}")
KEYWORDS = {
    "inline",
    "eval",
    "data",
    "blob",
    "self",
    "wasm-eval",
    "trusted-types-policy",
}


def read_reports(body: bytes) -> list[Seen]:
    """What a request's body reports, scrubbed. Raises ValueError for anything else."""
    try:
        data = json.loads(body)
    except RecursionError as error:
        raise ValueError("Too deep.") from error
    if isinstance(data, dict):
        found = [data.get("csp-report")]
    elif isinstance(data, list):
        found = [one.get("body") for one in data[:MOST] if isinstance(one, dict)]
    else:
        found = []
    reports = [_scrub(one) for one in found if isinstance(one, dict)]
    if not reports:
        raise ValueError("No report in it.")
    return reports


def _scrub(report: dict[str, Any]) -> Seen:
    def text(*names: str) -> str:
        return next((str(report[n]) for n in names if report.get(n)), "")

    directive = text("effectiveDirective", "effective-directive", "violated-directive")
    directive = directive.split(" ")[0]
    if not KNOWN_DIRECTIVE.fullmatch(directive):
        raise ValueError("No directive in it.")
    return Seen(
        page=_page(text("documentURL", "document-uri")),
        directive=directive,
        blocked=_origin(text("blockedURL", "blocked-uri")),
    )


def _page(address: str) -> str:
    try:
        return resolve(urlsplit(address).path).view_name[:100] or "unknown"
    except (Resolver404, ValueError):
        return "unknown"


def _origin(address: str) -> str:
    if address in KEYWORDS:
        return address
    try:
        parts = urlsplit(address)
    except ValueError:
        return "unknown"
    host = re.sub(r"[^A-Za-z0-9.:-]", "", parts.hostname or "")
    scheme = re.sub(r"[^a-z0-9+.-]", "", parts.scheme)
    return (
        f"{scheme}://{host}"[:120] if scheme and host else (scheme or "unknown")[:120]
    )
