"""Files that people bring, and files that only pretend: each through the whole check.

Every file is made here. Honest ones come out as what they were; hostile ones come out
harmless or are refused with words that say what to do.
"""

import io
import json
import resource
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from pathlib import Path

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, PngImagePlugin

from foundation.inspection import PORTRAIT, cleaned
from foundation.inspection.archives import refuse_large_archive
from foundation.inspection.files import FileRefused, inspected, type_of
from foundation.inspection.limits import (
    MOST_ENTRIES,
    MOST_UNPACKED_ARCHIVE,
    Unfit,
)
from records.documents.queries import TAKEN
from tests.factories.records import paper, png

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]
Name, Dictionary, Array = pikepdf.Name, pikepdf.Dictionary, pikepdf.Array


def picture(kind: str, size=(60, 40), mode="RGB", **options) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind, **options)
    return out.getvalue()


def noise(kind: str, size: tuple[int, int], mode: str = "RGB") -> bytes:
    """More work for who reads and writes it than any photo is."""
    out = io.BytesIO()
    grain = Image.effect_noise(size, 60)
    quick = {"speed": 10} if kind == "AVIF" else {"method": 0}
    Image.merge(mode, [grain] * len(mode)).save(out, kind, **quick)
    return out.getvalue()


def photo(orientation: int = 6) -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif[0x0112] = orientation
    exif.get_ifd(0x8825)[1] = "N"
    return picture("JPEG", exif=exif)


def noted_png() -> bytes:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "<script>alert(1)</script>")
    return picture("PNG", pnginfo=notes)


def chunk(kind: bytes, body: bytes) -> bytes:
    crc = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + crc


def bomb_png(width: int, height: int) -> bytes:
    """A few kilobytes that unpack to `width` times `height` pixels."""
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(1 + width)) for _ in range(min(height, 4000)))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", rows + packer.flush())
        + chunk(b"IEND", b"")
    )


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in names:
            made.writestr(name, "x" * 1000)
    return out.getvalue()


# --- PDFs ---------------------------------------------------------------------------


def action(**what):
    def build(pdf):
        pdf.Root.OpenAction = pdf.make_indirect(Dictionary(**what))

    return build


def direct(**what):
    def build(pdf):
        pdf.Root.OpenAction = Dictionary(**what)

    return build


def annotated(**what):
    def build(pdf):
        link = Dictionary(
            Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=Dictionary(**what)
        )
        pdf.pages[0].obj.Annots = Array([pdf.make_indirect(link)])

    return build


def page_opens(pdf):
    pdf.pages[0].obj.AA = Dictionary(O=Dictionary(S=Name.JavaScript, JS="app.alert(1)"))


def named_script(pdf):
    script = pdf.make_indirect(Dictionary(S=Name.JavaScript, JS="app.alert(1)"))
    tree = Dictionary(Names=Array(["a", script]))
    pdf.Root.Names = Dictionary(JavaScript=tree)


def script_in_stream(pdf):
    pdf.Root.OpenAction = Dictionary(
        S=Name.JavaScript, JS=pdf.make_indirect(pikepdf.Stream(pdf, b"app.alert(1)"))
    )


def next_script(pdf):
    pdf.Root.OpenAction = Dictionary(
        S=Name.GoTo,
        D=Array([pdf.pages[0].obj, Name.Fit]),
        Next=Dictionary(S=Name.JavaScript, JS="app.alert(1)"),
    )


def attached(pdf):
    pdf.attachments["virus.exe"] = b"MZ"


def file_note(pdf):
    file = Dictionary(
        Type=Name.Filespec,
        F="a.exe",
        EF=Dictionary(F=pdf.make_indirect(pikepdf.Stream(pdf, b"MZ"))),
    )
    note = Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment, FS=file)
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(note)])


def xfa(pdf):
    pdf.Root.AcroForm = Dictionary(
        Fields=Array([]), XFA=pdf.make_indirect(pikepdf.Stream(pdf, b"<xdp/>"))
    )


def field_script(pdf):
    calculate = Dictionary(C=Dictionary(S=Name.JavaScript, JS="app.alert(1)"))
    field = pdf.make_indirect(Dictionary(FT=Name.Tx, T="a", AA=calculate))
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]))


def rich_media(pdf):
    note = Dictionary(
        Type=Name.Annot, Subtype=Name.RichMedia, RichMediaContent=Dictionary()
    )
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(note)])


def outline_script(pdf):
    item = pdf.make_indirect(
        Dictionary(Title="x", A=Dictionary(S=Name.JavaScript, JS="app.alert(1)"))
    )
    pdf.Root.Outlines = Dictionary(First=item, Last=item, Count=1)


def deep(pdf):
    inner = Dictionary()
    for _ in range(90):
        inner = Dictionary(A=inner)
    pdf.Root.Deep = inner


def pages(count):
    def build(pdf):
        for _ in range(count - 1):
            pdf.add_blank_page()

    return build


def unpacks(megabytes):
    def build(pdf):
        packer = zlib.compressobj(9)
        raw = b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes))
        stream = pikepdf.Stream(pdf, b"")
        stream.write(raw + packer.flush(), filter=Name.FlateDecode)
        pdf.pages[0].obj.Contents = pdf.make_indirect(stream)

    return build


def locked(**how) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(out, encryption=pikepdf.Encryption(**how))
    return out.getvalue()


def text(pdf):
    pdf.pages[0].obj.Contents = pdf.make_indirect(
        pikepdf.Stream(pdf, b"BT (Your result) Tj ET")
    )


def form(pdf):
    field = pdf.make_indirect(Dictionary(FT=Name.Tx, T="name", V="Ann"))
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]))


script = {"S": Name.JavaScript, "JS": "app.alert(1)"}
goes = {"S": Name.URI, "URI": "https://example.org"}

HONEST = {
    "a paper": ("a.pdf", lambda: paper(text)),
    "capitals": ("A.PDF", paper),
    "many pages": ("a.pdf", lambda: paper(pages(500))),
    "a form": ("a.pdf", lambda: paper(form)),
    "a link": ("a.pdf", lambda: paper(annotated(**goes))),
    "opens at a page": ("a.pdf", lambda: paper(direct(S=Name.GoTo, D="x"))),
    "a large text": ("a.pdf", lambda: paper(unpacks(50))),
    "a photo": ("a.jpg", photo),
    "a photo called jpeg": ("a.jpeg", photo),
    "grey": ("a.jpg", lambda: picture("JPEG", mode="L")),
    "for printing": ("a.jpg", lambda: picture("JPEG", mode="CMYK")),
    "progressive": ("a.jpg", lambda: picture("JPEG", progressive=True)),
    "drawing": ("a.png", png),
    "see-through": ("a.png", lambda: picture("PNG", mode="RGBA")),
    "two colours": ("a.png", lambda: picture("PNG", mode="1")),
    "palette": ("a.png", lambda: picture("PNG", mode="P")),
    "fine grey": ("a.png", lambda: picture("PNG", mode="I;16")),
    "odd name": ("../../etc/päss wd\u202e\n<b>.png", png),
}
# Taken, and what is wrong with them is gone afterwards.
CLEANED = {
    "place of a photo": ("a.jpg", photo, b"SecretCamera"),
    "notes in a drawing": ("a.png", noted_png, b"alert"),
    "picture, then page": ("a.png", lambda: png() + b"<script>x</script>", b"script"),
    "photo, then archive": ("a.jpg", lambda: photo() + archive("a"), b"PK"),
    "photo, then program": ("a.jpg", lambda: photo() + b"MZ\x90virus", b"virus"),
    "paper, then archive": ("a.pdf", lambda: paper() + archive("a"), b"PK\x03"),
    "paper, then page": ("a.pdf", lambda: paper() + b"<script>x", b"script"),
    "a comment": (
        "a.pdf",
        lambda: paper().replace(b"%PDF-1", b"%PDF-1", 1) + b"%<script>",
        b"script",
    ),
    "sends a form": (
        "a.pdf",
        lambda: paper(annotated(S=Name.SubmitForm, F="https://evil.example")),
        b"evil",
    ),
    "photo with a page in its comment": (
        "a.jpg",
        lambda: picture("JPEG", comment=b"<script>x</script>"),
        b"script",
    ),
}
WEB = b"<!doctype html><script>alert(1)</script>"
REFUSED = {
    "empty": ("a.pdf", lambda: b"", "empty"),
    "too large": ("a.pdf", lambda: bytes(TAKEN.most_bytes + 1), "larger than 20 MB"),
    "a page": ("a.html", lambda: WEB, "web page"),
    "a page as paper": ("a.pdf", lambda: WEB, "PDF, JPEG and PNG"),
    "a page as picture": ("a.png", lambda: WEB, "PDF, JPEG and PNG"),
    "a page before a paper": ("a.pdf", lambda: WEB + paper(), "PDF, JPEG and PNG"),
    "svg": ("a.svg", lambda: b"<svg onload='alert(1)'/>", "drawing"),
    "svg as picture": ("a.png", lambda: b"<svg onload='x'/>", "PDF, JPEG and PNG"),
    "program": ("a.exe", lambda: b"MZ" + bytes(90), "PDF, JPEG and PNG"),
    "program as paper": ("a.pdf", lambda: b"MZ" + bytes(90), "PDF, JPEG and PNG"),
    "script": ("a.sh", lambda: b"#!/bin/sh\nrm -rf /", "PDF, JPEG and PNG"),
    "archive": ("a.zip", lambda: archive("a", "b"), "archive"),
    "archive as paper": ("a.pdf", lambda: archive("a"), "PDF, JPEG and PNG"),
    "letter": ("a.docx", lambda: archive("word/document.xml"), "Word"),
    "macros": ("a.docm", lambda: archive("word/vbaProject.bin"), "Word"),
    "spreadsheet": ("a.xlsx", lambda: archive("xl/workbook.xml"), "spreadsheet"),
    "phone photo": ("a.heic", lambda: b"\0\0\0\x18ftypheic" + bytes(99), "HEIC"),
    "moving": ("a.gif", lambda: picture("GIF"), "PDF, JPEG and PNG"),
    "fax": ("a.tiff", lambda: picture("TIFF"), "PDF, JPEG and PNG"),
    "bitmap": ("a.bmp", lambda: picture("BMP"), "PDF, JPEG and PNG"),
    "postscript": ("a.pdf", lambda: b"%!PS-Adobe-3.0\n(x) run", "PDF, JPEG and PNG"),
    "paper as picture": ("a.png", paper, "Rename"),
    "picture as photo": ("a.jpg", png, "Rename"),
    "photo as program": ("a.exe", photo, "Rename"),
    "two endings": ("a.pdf.exe", paper, "Rename"),
    "no ending": ("a", paper, "Rename"),
    "null in the name": ("a.pdf\0.exe", paper, "Rename"),
    "half a picture": ("a.png", lambda: png()[:40], "damaged"),
    "half a photo": ("a.jpg", lambda: photo()[:200], "damaged"),
    "head of a picture": ("a.png", lambda: b"\x89PNG\r\n\x1a\n", "damaged"),
    "head of a paper": ("a.pdf", lambda: b"%PDF-1.7\n", "damaged"),
    "noise as paper": ("a.pdf", lambda: b"%PDF-1.7\n" + bytes(9999), "damaged"),
    "picture bomb": ("a.png", lambda: bomb_png(50_000, 50_000), "pixels|damaged"),
    "picture a bit large": ("a.png", lambda: bomb_png(5000, 4001), "pixels"),
    "pdf bomb": ("a.pdf", lambda: paper(unpacks(900)), "unpacks"),
    "too many pages": ("a.pdf", lambda: paper(pages(501)), "501 pages"),
    "too deep": ("a.pdf", lambda: paper(deep), "deep"),
    "script on opening": ("a.pdf", lambda: paper(direct(**script)), "script"),
    "script elsewhere": ("a.pdf", lambda: paper(action(**script)), "script"),
    "script on a page": ("a.pdf", lambda: paper(page_opens), "script"),
    "script by name": ("a.pdf", lambda: paper(named_script), "script"),
    "script in a stream": ("a.pdf", lambda: paper(script_in_stream), "script"),
    "script after": ("a.pdf", lambda: paper(next_script), "script"),
    "script in a field": ("a.pdf", lambda: paper(field_script), "script"),
    "script in a title": ("a.pdf", lambda: paper(outline_script), "script"),
    "script in a link": ("a.pdf", lambda: paper(annotated(**script)), "script"),
    "starts a program": (
        "a.pdf",
        lambda: paper(direct(S=Name.Launch, F="cmd.exe")),
        "program",
    ),
    "link to a program": (
        "a.pdf",
        lambda: paper(annotated(S=Name.Launch, F="cmd.exe")),
        "program",
    ),
    "files inside": ("a.pdf", lambda: paper(attached), "other files"),
    "file on a page": ("a.pdf", lambda: paper(file_note), "other files"),
    "xfa": ("a.pdf", lambda: paper(xfa), "form with a program"),
    "film": ("a.pdf", lambda: paper(rich_media), "film"),
    "password": ("a.pdf", lambda: locked(owner="a", user="b"), "password"),
    "owner's password": ("a.pdf", lambda: locked(owner="a"), "password"),
}


def _inspect(name: str, content: bytes):
    began = time.monotonic()
    try:
        return inspected(SimpleUploadedFile(name, content), TAKEN)
    finally:
        assert time.monotonic() - began < 30


def test_the_corpus_is_large_enough():
    assert len(HONEST) + len(CLEANED) + len(REFUSED) >= 60


@pytest.mark.parametrize("label", HONEST)
def test_honest_files_are_taken(label):
    name, make = HONEST[label]
    assert _inspect(name, make()).content


@pytest.mark.parametrize("label", CLEANED)
def test_what_does_not_belong_in_a_file_is_gone(label):
    name, make, trace = CLEANED[label]
    before = make()
    assert trace in before
    assert trace not in _inspect(name, before).content


@pytest.mark.parametrize("label", REFUSED)
def test_hostile_files_are_refused_with_a_way_out(label):
    name, make, says = REFUSED[label]
    with pytest.raises(FileRefused, match=says):
        _inspect(name, make())


@pytest.mark.parametrize("kind", ["WEBP", "AVIF"])
def test_pictures_of_newer_kinds_are_made_anew_too(kind):
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    before = picture(kind, exif=exif)
    assert b"SecretCamera" in before
    assert type_of(before) == f"image/{kind.lower()}"
    after = cleaned(before, f"image/{kind.lower()}")
    assert after.refusal == ""
    assert b"SecretCamera" not in after.content
    assert Image.open(io.BytesIO(after.content)).format == kind


@pytest.mark.parametrize(
    ("kind", "size", "mode"),
    [("WEBP", (4000, 2001), "RGB"), ("WEBP", (2001, 2000), "RGBA"),
     ("AVIF", (4000, 2001), "RGB")],
)  # fmt: skip
def test_newer_kinds_with_more_pixels_are_refused_with_their_number(kind, size, mode):
    said = cleaned(picture(kind, size, mode), f"image/{kind.lower()}").refusal
    assert f"{4 if mode == 'RGBA' else 8} megapixels" in said


def test_what_an_archive_says_it_holds_is_believed_before_it_is_opened():
    refuse_large_archive(io.BytesIO(archive("a", "b")))
    many = archive(*(f"{number}" for number in range(MOST_ENTRIES + 1)))
    large = io.BytesIO()
    with zipfile.ZipFile(large, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("sheet.xml", bytes(MOST_UNPACKED_ARCHIVE + 1))
    assert len(large.getvalue()) < 30_000
    for bad in (many, large.getvalue()):
        with pytest.raises(Unfit, match="unpacks to far more"):
            refuse_large_archive(io.BytesIO(bad))
    with pytest.raises(Unfit, match="damaged"):
        refuse_large_archive(io.BytesIO(b"PK\x03\x04 and no more"))


def test_pages_and_words_of_a_paper_stay():
    content = _inspect("a.pdf", paper(text, pages(3))).content
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert len(pdf.pages) == 3
        assert b"Your result" in pdf.pages[0].obj.Contents.read_bytes()


MEASURE = """
import json, resource, sys
from foundation.inspection import cleaned
content = open(sys.argv[1], "rb").read()
verdict = cleaned(content, sys.argv[2])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
peak = used.ru_maxrss / 1024
# Of the processor, so that it means the same on a busy machine.
spent = used.ru_utime + used.ru_stime
print(json.dumps([len(verdict.content), verdict.refusal, peak, spent]))
"""


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("image/jpeg", lambda: picture("JPEG", (8800, 6700), quality=70)),
        ("image/jpeg", lambda: picture("JPEG", (5990, 4000), progressive=True)),
        ("image/png", lambda: picture("PNG", (5000, 3999), mode="RGBA")),
        ("image/png", lambda: bomb_png(60_000, 60_000)),
        ("image/webp", lambda: noise("WEBP", (2000, 1999), "RGBA")),
        ("image/webp", lambda: noise("WEBP", (4000, 1999))),
        ("image/avif", lambda: noise("AVIF", (4000, 1999))),
        (PORTRAIT, lambda: picture("PNG", (5000, 3999), mode="RGBA")),
        (PORTRAIT, lambda: picture("PNG", (5000, 3999), mode="P")),
        (PORTRAIT, lambda: bomb_png(60_000, 60_000)),
        ("application/pdf", lambda: paper(unpacks(230))),
        ("application/pdf", lambda: paper(unpacks(2000))),
    ],
)
def test_the_worst_files_stay_within_ten_seconds_and_300_megabytes(
    tmp_path, kind, make
):
    path = tmp_path / "worst"
    path.write_bytes(make())
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path), kind],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    _, _, peak, seconds = json.loads(done.stdout)
    assert peak < 300
    assert seconds < 10


def test_what_takes_too_much_is_refused_and_the_site_goes_on(monkeypatch):
    monkeypatch.setattr("foundation.inspection.SECONDS", 0.01)
    assert "takes too much" in cleaned(png(), "image/png").refusal
    monkeypatch.undo()
    assert cleaned(png(), "image/png").content


def test_the_process_that_opens_strangers_files_knows_no_secret(monkeypatch):
    seen = {}

    def look(command, **options):
        seen.update(options["env"])
        raise subprocess.TimeoutExpired(command, 1)

    monkeypatch.setenv("ENCRYPTION_KEYS", "secret")
    monkeypatch.setattr("foundation.apart.subprocess.run", look)
    cleaned(png(), "image/png")
    assert "secret" not in seen.values()
    assert set(seen) == {"PATH", "PYTHONDONTWRITEBYTECODE", "LC_ALL"}
    assert resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY
