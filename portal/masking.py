"""What may be said about a failure: where it happened, never about whom."""

import re

_MASKS = [
    # PostgreSQL tells the row it refused, with every value in it. What people type has
    # lines of its own, so that it ends only where Python tells of another error.
    (
        re.compile(
            r"^(DETAIL|CONTEXT|QUERY|PARAMETERS): .*?"
            r"(?=\n(?:HINT|DETAIL|CONTEXT|QUERY|PARAMETERS): "
            r"|\n\n(?:The above exception|During handling)|\Z)",
            re.DOTALL | re.MULTILINE,
        ),
        r"\1: [removed]",
    ),
    (re.compile(r"(DETAIL|CONTEXT|QUERY|PARAMETERS): .*"), r"\1: [removed]"),
    (re.compile(r"[\w.+'-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}"), "[id]"),
    # What follows the question mark of an address.
    (re.compile(r"((?:https?:/)?/[^\s?'\"]*)\?[^\s'\"]+"), r"\1?[removed]"),
    # How the page server speaks of a request that it could not even hand on.
    (re.compile(r"(Error handling request )\S+"), r"\1[address]"),
]


def masked(text: str) -> str:
    """`text` without e-mail addresses, ids, query strings and the rows that PostgreSQL
    tells in its errors. Names and illnesses have no shape: do not log them."""
    for shape, instead in _MASKS:
        text = shape.sub(instead, text)
    return text
