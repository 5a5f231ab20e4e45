"""How long a text message is, as phone networks count. Pure.

Source: 3GPP TS 23.038 (alphabet) and TS 23.040 (parts of long messages).
"""

from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Each takes two places: an escape and the sign.
_EXTENDED = frozenset("^{}\\[~]|€\f")


@dataclass(frozen=True)
class TextSize:
    """`characters` counts places on the wire; `parts` is what the clinic pays for."""

    characters: int
    parts: int
    is_unicode: bool


def text_size(text: str) -> TextSize:
    """Measure `text`. One sign outside the basic alphabet halves what fits a part."""
    if set(text) <= _BASIC | _EXTENDED:
        places = sum(2 if sign in _EXTENDED else 1 for sign in text)
        single, several = 160, 153
        is_unicode = False
    else:
        places = len(text.encode("utf-16-be")) // 2
        single, several = 70, 67
        is_unicode = True
    parts = 1 if places <= single else -(-places // several)
    return TextSize(places, parts, is_unicode)
