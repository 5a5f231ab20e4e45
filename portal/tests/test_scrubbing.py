"""What is left of a failure before it is told, kind by kind."""

import json

import pytest
from django.test import RequestFactory
from structlog.contextvars import bound_contextvars

from portal.error_reports import scrubbed
from portal.masking import masked
from portal.request_log import _REQUEST


def test_whatever_is_not_on_the_list_stays_here():
    """Without a server: an event as rich as the library, or a later version of it, may
    make one."""
    planted = "Bramblewick"
    frame = {
        "filename": "views.py",
        "function": "fail",
        "lineno": 7,
        "vars": {"name": planted},
        "extra": planted,
    }
    error = {
        "type": "ValueError",
        "module": "builtins",
        "value": f"No such patient: {planted}",
        "thread_id": planted,
        "mechanism": {"type": "django", "handled": False, "data": {"who": planted}},
        "stacktrace": {"frames": [frame], "registers": planted},
    }
    event = {
        "event_id": "1",
        "level": "error",
        "exception": {"values": [error], "note": planted},
        "logentry": {"message": "Failed for %s", "params": [planted]},
        "breadcrumbs": {"values": [{"message": planted}]},
        "contexts": {"trace": {"data": planted}},
        "extra": {"form": planted},
        "modules": {planted: "1"},
        "request": {"url": f"/patients/{planted}/", "cookies": planted},
        "tags": {"patient": planted},
        "user": {"email": f"{planted}@example.org"},
        "transaction": f"/patients/{planted}/",
        "something_new": planted,
    }
    kept = scrubbed(event, {})
    assert planted not in json.dumps(kept)
    assert kept["exception"]["values"] == [
        {
            "type": "ValueError",
            "module": "builtins",
            "mechanism": {"type": "django", "handled": False},
            "stacktrace": {
                "frames": [{"filename": "views.py", "function": "fail", "lineno": 7}]
            },
        }
    ]
    assert kept["logentry"] == {"message": "Failed for %s"}
    assert (kept["event_id"], kept["level"]) == ("1", "error")


def test_addresses_within_words_are_masked():
    kept = scrubbed({"logentry": {"message": "No mail to maya@example.org"}}, {})
    assert "maya@" not in kept["logentry"]["message"]


@pytest.mark.parametrize("word", ["DETAIL", "CONTEXT", "QUERY", "PARAMETERS"])
def test_what_postgresql_tells_of_a_row_is_masked(word):
    """In the log of programs as in what leaves the house; lines of a text that somebody
    typed are lines of the row."""
    said = f"duplicate key\n{word}:  (Mill Lane\n\nBramblewick\ndiabetes)"
    assert masked(said) == f"duplicate key\n{word}: [removed]"
    after = "\n\nThe above exception was the direct cause\n\nTraceback: line 7"
    assert masked(said + after) == f"duplicate key\n{word}: [removed]{after}"
    hint = "\nHINT: Look twice"
    assert masked(said + hint) == f"duplicate key\n{word}: [removed]{hint}"


def test_of_what_fills_a_message_and_of_a_request_nothing_is_told():
    planted = "Bramblewick"
    request = RequestFactory().post(
        f"/patients/{planted}/?q={planted}",
        headers={"Content-Type": f"text/plain; boundary={planted}", "X-Who": planted},
        data=planted,
        content_type=f"text/plain; boundary={planted}",
    )
    words = {"message": "Failed for %s", "formatted": f"Failed for {planted}"}
    token = _REQUEST.set(request)
    try:
        with bound_contextvars(request_id="r1", patient=planted):
            kept = scrubbed({"logentry": words}, {})
    finally:
        _REQUEST.reset(token)
    assert planted not in json.dumps(kept)
    assert kept["request"]["method"] == "POST"
    assert kept["request"]["headers"]["Content-Type"] == "text/plain"
    assert kept["tags"]["request_id"] == "r1"
