"""Errors for programs: problem documents (RFC 9457)."""

import json
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse

PROBLEM = "application/problem+json"


def problem(status: int, detail: str, **more: Any) -> HttpResponse:
    """An answer that says what went wrong, in a sentence for whoever reads the log of
    the program that asked. It never repeats what was sent."""
    response = HttpResponse(status=status)
    become_problem(response, detail, **more)
    return response


def become_problem(response: HttpResponse, detail: str, **more: Any) -> None:
    """Put a problem document in the place of what `response` says, and keep its
    headers: how long to wait, whose scripts may read it."""
    status = response.status_code
    response.content = json.dumps(
        {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            **more,
        }
    ).encode()
    response.headers["Content-Type"] = PROBLEM
    response.headers.pop("Content-Length", None)
