"""HTML to PDF. Reads nothing but what it is given."""

from functools import cache

from PIL import ImageFile
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

# WeasyPrint lets the whole process take pictures that are cut short. We must not.
ImageFile.LOAD_TRUNCATED_IMAGES = False


@cache
def _fonts() -> FontConfiguration:
    # Finding the fonts takes longer than the layout: once per process.
    return FontConfiguration()


@cache
def _fetcher() -> URLFetcher:
    # Pictures come inside the document. No network, no disk.
    return URLFetcher(allowed_protocols={"data"}, allow_redirects=False)


def render_pdf(html: str, *, css: str) -> bytes:
    """The PDF/UA-1 document of `html` with the style sheet `css`, both as text.

    Nothing is fetched: what lies on the network or the disk is left out.
    """
    document = HTML(string=html, url_fetcher=_fetcher())
    sheet = CSS(string=css, font_config=_fonts(), url_fetcher=_fetcher())
    pdf: bytes = document.write_pdf(
        stylesheets=[sheet], font_config=_fonts(), pdf_variant="pdf/ua-1"
    )
    return pdf
