"""What is left of a failure before it is told, kind by kind."""

import json

import pytest

from portal.error_reports import scrubbed
from portal.masking import masked


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
    """In the log of programs as in what leaves the house."""
    said = f"duplicate key\n{word}: (Bramblewick, diabetes)\nand no more"
    assert masked(said) == f"duplicate key\n{word}: [removed]\nand no more"
