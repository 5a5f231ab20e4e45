"""How much a few typed words look like a text: accents and slips forgiven. Pure."""

import unicodedata
from functools import lru_cache

# Below this many letters a slip makes another word.
_SLIP_FROM = 5
_TWO_SLIPS_FROM = 8


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Lower case without accents: "Çelik" and "celik" are the same."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return "".join(sign if sign.isalnum() else " " for sign in plain)


def matches(typed: str, text: str) -> bool:
    """Whether every typed word begins, or is nearly, some word of the text."""
    words = fold(text).split()
    return all(
        any(_begins(part, word) or _nearly(part, word) for word in words)
        for part in fold(typed).split()
    )


def _begins(part: str, word: str) -> bool:
    return word.startswith(part)


@lru_cache(maxsize=16384)
def _nearly(part: str, word: str) -> bool:
    """Whether a slip or two turn one into the other (also while still typing)."""
    if len(part) < _SLIP_FROM:
        return False
    allowed = 2 if len(part) >= _TWO_SLIPS_FROM else 1
    if part[0] != word[:1] and part[1] != word[:1] and part[0] != word[1:2]:
        return False
    ends = {len(word), *range(len(part) - allowed, len(part) + allowed + 1)}
    return any(
        _slips(part, word[:end], allowed) <= allowed
        for end in ends
        if 0 < end <= len(word) and abs(end - len(part)) <= allowed
    )


def _slips(one: str, other: str, allowed: int) -> int:
    """Letters added, dropped, changed or swapped; `allowed` + 1 stands for more."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, left in enumerate(one, start=1):
        now = [row]
        for column, right in enumerate(other, start=1):
            cost = min(
                last[column] + 1, now[-1] + 1, last[column - 1] + (left != right)
            )
            if (
                row > 1
                and column > 1
                and left == other[column - 2]
                and one[row - 2] == right
            ):
                cost = min(cost, before[column - 2] + 1)
            now.append(cost)
        if min(now) > allowed:
            return allowed + 1
        before, last = last, now
    return last[-1]
