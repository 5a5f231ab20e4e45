"""What a form was given, looked at before anybody keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

import puremagic
from django.core.files.base import File

from foundation.errors import Refused
from foundation.inspection import cleaned

MEGABYTE = 1024 * 1024


class FileRefused(Refused):
    """The file can't be kept; the sentence says why and what to do."""


@dataclass(frozen=True)
class Taken:
    """What one place takes: the endings of names by content type, how many bytes, and
    what to say of a file that is too large, and of one that is something else."""

    endings: Mapping[str, frozenset[str]]
    most_bytes: int
    too_large: str
    otherwise: str


@dataclass(frozen=True)
class CleanFile:
    """A file that passed: clean bytes and their type."""

    content: bytes
    content_type: str
    extension: str


# What people often try, with the way out; by the ending of the name.
_WAYS_OUT = {
    "heic": "This is a HEIC photo. In your phone’s camera settings choose “Most "
    "compatible”, or share the photo as JPEG.",
    "doc": "This is a Word document. Save it as a PDF and add that.",
    "xls": "This is a spreadsheet. Save or print it as a PDF and add that.",
    "zip": "This is an archive. Unpack it and add the files in it one by one.",
    "htm": "This is a web page. Print it to a PDF and add that.",
    "svg": "This is a drawing that may hold scripts. Save it as a PNG and add that.",
}
_ENDINGS = {
    ".heic": "heic", ".heif": "heic", ".doc": "doc", ".docx": "doc", ".docm": "doc",
    ".odt": "doc", ".rtf": "doc", ".xls": "xls", ".xlsx": "xls", ".xlsm": "xls",
    ".zip": "zip", ".rar": "zip", ".7z": "zip", ".gz": "zip", ".tar": "zip",
    ".htm": "htm", ".html": "htm", ".svg": "svg",
}  # fmt: skip


def inspected(file: File, taken: Taken) -> CleanFile:
    """Check a file by its content and its name, and make a clean copy.

    Pictures are written anew, which leaves out where and with what they were taken;
    so are PDFs, which leaves out what acts. Both are opened in a process of their own.
    Raises FileRefused with what to do about it.
    """
    if not file.size:
        raise FileRefused("This file is empty. Choose another one.")
    if file.size > taken.most_bytes:
        raise FileRefused(taken.too_large)
    file.seek(0)
    content = file.read()
    content_type = type_of(content)
    extension = PurePath(file.name or "").suffix.lower()
    if content_type not in taken.endings:
        raise FileRefused(_way_out(extension, taken))
    if extension not in taken.endings[content_type]:
        raise FileRefused(
            f"The name of this file ends in “{extension[:12] or 'nothing'}”, but it is "
            f"a {_word(taken.endings[content_type])}. Rename it and try again."
        )
    verdict = cleaned(content, content_type)
    if verdict.refusal:
        raise FileRefused(verdict.refusal)
    return CleanFile(verdict.content, content_type, extension)


def type_of(content: bytes) -> str:
    """Its content type by what is in it; "" where nobody knows it."""
    # Nothing may stand before it: puremagic would find a PDF further in.
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    if content[4:12] in (b"ftypavif", b"ftypavis"):
        return "image/avif"
    try:
        found = puremagic.from_string(content[:8192], mime=True)
    except (puremagic.PureError, ValueError):
        return ""
    return "" if found == "application/pdf" else str(found)


def _way_out(extension: str, taken: Taken) -> str:
    """What to do instead, if what it leads to is taken here."""
    tried = _ENDINGS.get(extension, "")
    leads_to = {"heic": "image/jpeg", "svg": "image/png"}.get(tried, "application/pdf")
    is_taken = leads_to in taken.endings
    return _WAYS_OUT[tried] if tried and is_taken else taken.otherwise


def _word(endings: frozenset[str]) -> str:
    return sorted(endings)[0][1:].upper()
