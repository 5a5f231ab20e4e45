"""Which passwords are too easy to guess. Pure, but for one list read from the disk.

After NIST SP 800-63B-4: length, and a list of what is common, expected or compromised;
no rules about kinds of characters, and no expiry. The list is that of Django (20,000 of
the most used). Because nearly all of those are shorter than 15 characters, a password
that merely pads, repeats or joins them is refused too.
"""

import gzip
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from django.contrib.auth import password_validation

# A password that is the only proof, and one beside a second factor.
LONG_ENOUGH_ALONE, LONG_ENOUGH_WITH_FACTOR = 15, 8
# Beyond this length nothing is guessed by joining words; only repetition is looked for.
_LOOKED_THROUGH = 64
_NEVER = 99
_WALKS = (
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "1q2w3e4r5t6y7u8i9o0p",
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "!@#$%^&*()_+",
)
_LEET = str.maketrans("@4310$5!7", "aaeiossit")
# What people take for long and private because everybody has read it.
_FAMOUS = ("correcthorsebatterystaple", "tobeornottobe", "letmeinletmein")
_DATE = re.compile(
    r"(?:(?:19|20)\d\d[01]\d[0-3]\d|[0-3]\d[01]\d(?:19|20)\d\d|(?:19|20)\d\d)"
)


def normalised(password: str) -> str:
    """The form in which passwords are hashed and compared (Unicode NFKC)."""
    return unicodedata.normalize("NFKC", password)


def is_too_easy(password: str, known: Iterable[str] = ()) -> bool:
    """Whether `password` is, or is little more than, something that is guessed first.

    `known` are words about this account: the clinic's and the person's names, parts of
    the address. Three words of one's own choice are not too easy.
    """
    folded = normalised(password).casefold()
    plain = re.sub(r"[\W_]+", "", folded)
    signs_only = 2 * len(plain) < len(folded) and len(set(plain)) < 3
    if len(set(folded)) < (6 if signs_only else 3):
        return True
    leet = re.sub(r"[\W_]+", "", folded.translate(_LEET))
    words = [part for word in known for part in re.split(r"[\W_]+", word.casefold())]
    return any(_is_weak(one, words) for one in (plain or folded, leet) if one)


def _is_weak(text: str, known: Iterable[str]) -> bool:
    piece = _unrepeated(text)
    if piece != text and len(piece) < LONG_ENOUGH_WITH_FACTOR:
        return True
    text = piece
    if any(text == word or word in text for word in _FAMOUS):
        return True
    if len(text) > _LOOKED_THROUGH:
        return False
    return _words_needed(text, frozenset(w for w in known if len(w) >= 3)) <= 2


def _unrepeated(text: str) -> str:
    """ "abcabcab" is "abc": repeating adds nothing to guess."""
    for length in range(1, len(text) // 2 + 1):
        piece = text[:length]
        if (piece * (len(text) // length + 1))[: len(text)] == text:
            return piece
    return text


def _words_needed(text: str, own: frozenset[str]) -> int:
    """How many common words the text falls into, with filling between them that adds
    nothing: walks over the keyboard, dates, digits behind words, words of the account.
    More than two also when it does not fall apart at all."""
    cost = [0] + [_NEVER] * len(text)
    for end in range(1, len(text) + 1):
        cost[end] = min(
            cost[start] + _price(text[start:end], own, digits=text.isdigit())
            for start in range(end)
            if cost[start] < 3 or start == 0
        )
    return cost[-1]


def _price(piece: str, own: frozenset[str], *, digits: bool) -> int:
    """0 for filling, 1 for a common word or a stray character, too much for anything
    else. `digits`: the whole password is digits, of which two more are a stray."""
    if piece in own or _is_filling(piece, beside=not digits):
        return 0
    if len(piece) <= (2 if digits else 1) or piece in common_passwords():
        return 1
    return _NEVER


def _is_filling(piece: str, *, beside: bool) -> bool:
    """A walk, a run of one character, a date; beside a word also a few digits."""
    if len(piece) >= 3 and len(set(piece)) == 1:
        return True
    if len(piece) >= 3 and any(piece in w or piece in w[::-1] for w in _WALKS):
        return True
    if _DATE.fullmatch(piece):
        return True
    return beside and len(piece) <= 4 and piece.isdigit() and piece.isascii()


@lru_cache(maxsize=1)
def common_passwords() -> frozenset[str]:
    """The list that Django carries, in small letters, with and without signs."""
    path = Path(password_validation.__file__).with_name("common-passwords.txt.gz")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        words = {line.strip().casefold() for line in lines}
    plain = {re.sub(r"[\W_]+", "", word) for word in words}
    return frozenset(word for word in words | plain if len(word) > 1)
