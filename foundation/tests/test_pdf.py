import base64
import io
import logging

import pytest
from PIL import Image

from foundation.pdf import render_pdf

PAGE = "<html lang='en'><head><title>A paper</title></head><body>{}</body></html>"


def _picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(out, "PNG")
    return out.getvalue()


def test_render_pdf_makes_a_pdf():
    pdf = render_pdf(PAGE.format("<h1>Prescription</h1>"), css="@page { size: A4 }")
    assert pdf.startswith(b"%PDF-1.7")


def test_render_pdf_takes_pictures_from_inside_the_document():
    address = "data:image/png;base64," + base64.b64encode(_picture()).decode()
    pdf = render_pdf(PAGE.format(f"<img src='{address}' alt='A'>"), css="")
    assert b"/Image" in pdf


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_render_pdf_fetches_nothing(scheme, tmp_path, caplog):
    picture = tmp_path / "picture.png"
    picture.write_bytes(_picture())
    address = f"file://{picture}" if scheme == "file" else "http://127.0.0.1:9/x.png"
    with caplog.at_level(logging.DEBUG, logger="weasyprint"):
        pdf = render_pdf(PAGE.format(f"<img src='{address}' alt='A'>"), css="")
    assert b"/Image" not in pdf
    assert "Failed to load image" in caplog.text
