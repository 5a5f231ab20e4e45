"""What a page or a message says to people."""

import re

# Keys of sessions and forms, nonces, signed addresses: long, with digits and capitals.
_RANDOM = re.compile(r"(?=[\w-]*\d)(?=[\w-]*[A-Z])[\w-]{16,}")


def said(text: str) -> str:
    """The text without what chance made: one key in some thousands says "Zoe" too.
    Folded lines of a calendar are joined before."""
    return _RANDOM.sub("", text.replace("\r\n ", ""))
