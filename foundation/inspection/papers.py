"""PDFs, written anew without anything that acts.

Refused, because what is left would not be what its author meant: encryption,
JavaScript, programs to start, files inside, forms of the XFA kind, films and 3D models.
Taken out, because nothing is lost: what opens or runs by itself, and links that send
data away. Writing anew also drops what stands before, between and after the objects, so
a file that is a PDF and something else at once comes out as a PDF alone. A digital
signature inside no longer proves anything afterwards.
"""

import zlib
from io import BytesIO
from typing import Any

import pikepdf

from foundation.inspection.limits import MOST_OBJECTS, MOST_PAGES, MOST_UNPACKED, Unfit

# Values of /S of an action. Source: ISO 32000-2, table 201.
_REFUSED = {
    "/JavaScript": "a script",
    "/Launch": "a command that starts a program",
    "/Rendition": "a film",
    "/RichMediaExecute": "a film or a 3D model",
}
_TAKEN_OUT = {"/SubmitForm", "/ImportData", "/GoToE", "/Movie", "/Sound", "/ResetForm"}
# Keys that bear what cannot be kept.
_KEYS = {
    "/JS": "a script",
    "/JavaScript": "a script",
    "/EmbeddedFiles": "other files",
    "/EF": "other files",
    "/XFA": "a form with a program in it",
    "/RichMediaContent": "a film or a 3D model",
    "/3DD": "a 3D model",
}
_BLOCK = 1 << 20


def clean_pdf(content: bytes) -> bytes:
    """The same paper. Raises Unfit."""
    try:
        with pikepdf.open(BytesIO(content), suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                raise _locked()
            _refuse_large(pdf)
            for thing in pdf.objects:
                _look_at(thing)
            return _written(pdf)
    except pikepdf.PasswordError as error:
        raise _locked() from error
    except (pikepdf.PdfError, ValueError, TypeError, RecursionError) as error:
        raise Unfit(
            "We can't open this PDF. It may be damaged: open it on your device, print "
            "it to a new PDF and try that one."
        ) from error


def _locked() -> Unfit:
    return Unfit(
        "This PDF is locked with a password. Save a copy without one, or print it to a "
        "new PDF."
    )


def _refuse_large(pdf: pikepdf.Pdf) -> None:
    if len(pdf.objects) > MOST_OBJECTS:
        raise Unfit("This PDF holds too much. Split it into several files.")
    pages = len(pdf.pages)
    if pages == 0:
        raise Unfit("This PDF has no pages. Choose another one.")
    if pages > MOST_PAGES:
        raise Unfit(
            f"This PDF has {pages:,} pages; we can keep {MOST_PAGES}. Split it into "
            "several files."
        )
    left = MOST_UNPACKED
    for thing in pdf.objects:
        if isinstance(thing, pikepdf.Stream):
            left -= _unpacked(thing, left)
            if left < 0:
                raise Unfit(
                    "This PDF unpacks to far more than it seems. Print it to a new "
                    "PDF and try that one."
                )


def _unpacked(stream: pikepdf.Stream, most: int) -> int:
    """Bytes that a stream unpacks to, counted as far as `most`, kept nowhere."""
    raw = stream.read_raw_bytes()
    filters = stream.get("/Filter")
    names = [filters] if isinstance(filters, pikepdf.Name) else list(filters or [])
    if pikepdf.Name.FlateDecode not in names[:1]:
        return len(raw)
    if len(names) > 2 and names.count(pikepdf.Name.FlateDecode) > 1:
        return most + 1  # packed again and again: nobody honest does
    total, source = 0, zlib.decompressobj()
    waiting = raw
    while waiting and not source.eof and total <= most:
        try:
            total += len(source.decompress(waiting, _BLOCK))
        except zlib.error:
            break
        waiting = source.unconsumed_tail
    return total


def _look_at(thing: Any, depth: int = 0) -> None:
    """Refuse what acts; take out what only sends. Direct objects inside are looked at
    too, indirect ones come by themselves."""
    if depth > 60:
        raise Unfit("This PDF is built too deep. Print it to a new PDF.")
    if isinstance(thing, pikepdf.Array):
        parts = list(thing)
    elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        _look_at_dictionary(thing)
        parts = [value for _, value in thing.items()]
    else:
        return
    for part in parts:
        if isinstance(part, pikepdf.Object) and not part.is_indirect:
            _look_at(part, depth + 1)


def _look_at_dictionary(thing: Any) -> None:
    for key, what in _KEYS.items():
        if key in thing:
            raise _acts(what)
    kind = str(thing.get("/S", "")) if "/S" in thing else ""
    if kind in _REFUSED:
        raise _acts(_REFUSED[kind])
    if thing.get("/Type") == pikepdf.Name.Filespec and "/EF" in thing:
        raise _acts("other files")
    for key in ("/A", "/AA", "/OpenAction", "/Next"):
        action = thing.get(key) if key in thing else None
        goes = isinstance(action, pikepdf.Dictionary) and str(action.get("/S", ""))
        if key in {"/AA", "/OpenAction"} or goes in _TAKEN_OUT:
            # What must be refused is refused, not taken out.
            _look_at(action, depth=1)
            if action is not None:
                del thing[key]


def _acts(what: str) -> Unfit:
    return Unfit(
        f"This PDF holds {what}, which we don't keep. Print it to a new PDF and try "
        "that one."
    )


def _written(pdf: pikepdf.Pdf) -> bytes:
    out = BytesIO()
    pdf.save(
        out,
        preserve_pdfa=True,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
        deterministic_id=True,
    )
    return out.getvalue()
