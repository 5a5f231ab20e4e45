"""Text that goes into logs. Pure."""

import unicodedata

# Controls (CR, LF, ESC and with it ANSI codes), line and paragraph separators, and
# format signs, which turn the direction of a line around.
_BREAKING = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs"})


def one_line(text: object, longest: int) -> str:
    """`text` on one line, at most `longest` characters, without anything that a
    terminal or a log reader would obey: each such sign becomes U+FFFD."""
    line = str(text)[:longest]
    if line.isprintable():
        return line
    return "".join(
        "\ufffd" if unicodedata.category(sign) in _BREAKING else sign for sign in line
    )
