"""Pages for when nothing may be asked: neither who is there nor the database."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string


def bare_page(request: HttpRequest, template: str, **words: Any) -> str:
    """The page of `template`, which gets `words` alone: to look at the request can mean
    to ask who it is from. Its own scripts and styles run all the same."""
    words["CSP_NONCE"] = getattr(request, "csp_nonce", "")
    return render_to_string(template, words)
