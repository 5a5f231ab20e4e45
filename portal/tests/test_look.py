"""What every template keeps to, and that the component sheet shows them all."""

import gzip
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template, TemplateSyntaxError
from django.template.loader import get_template
from django.test import RequestFactory

from portal.components.forms import TYPED, SampleForm
from portal.components.views import components
from portal.words import STATUSES, status_words

TEMPLATES = settings.BASE_DIR / "templates"
DIST = settings.BASE_DIR / "static" / "dist"
NOT_FOR_BROWSERS = re.compile(r"notifications/(_|[^/]+/body)|/pdf\.html$|/_pdf")
INLINE = re.compile(
    r"""\sstyle=["']|\son[a-z]+=["']|javascript:|<script(?![^>]*(?:nonce|src)=)"""
    r"""|<style(?![^>]*nonce=)"""
)
TAG = re.compile(r"\{%.*?%\}", re.DOTALL)
ICON = re.compile(r"""\{% icon "([\w-]+)"|<c-[\w-]+[^>]*?\sicon="([\w-]+)\"""")


def pages() -> list[Path]:
    found = [
        path
        for path in TEMPLATES.rglob("*.html")
        if not NOT_FOR_BROWSERS.search(path.as_posix())
    ]
    assert len(found) > 50
    return found


def render(source: str, **context: object) -> str:
    return Template(source).render(Context(context))


def test_no_page_has_inline_script_or_style():
    assert [
        f"{path.relative_to(TEMPLATES)}: {match[0]}"
        for path in pages()
        for match in INLINE.finditer(TAG.sub("", path.read_text(encoding="utf-8")))
    ] == []


def test_every_icon_that_a_page_names_exists():
    known = set(json.loads((settings.BASE_DIR / "static/icons.json").read_text()))
    named = {
        (path.relative_to(TEMPLATES).as_posix(), name)
        for path in pages()
        for pair in ICON.findall(path.read_text(encoding="utf-8"))
        for name in pair
        if name
    }

    assert named
    assert {(path, name) for path, name in named if name not in known} == set()


def test_every_component_is_used():
    sources = "".join(path.read_text(encoding="utf-8") for path in pages())
    names = {
        path.stem.replace("_", "-") for path in (TEMPLATES / "cotton").glob("*.html")
    }

    assert {
        name for name in names if not re.search(rf"<c-{name}[\s/>]", sources)
    } == set()


def test_the_sheet_shows_every_status(rf, db):
    request = rf.get("/dev/components/")
    request.user = AnonymousUser()

    page = components(request).content.decode()

    assert {key for key in STATUSES if status_words(key).words not in page} == set()
    assert "Enter a year of birth with 4 numbers" in page


def test_styles_and_scripts_stay_small():
    def weight(name: str) -> int:
        return len(gzip.compress((DIST / name).read_bytes(), 9))

    assert weight("app.css") < 35_000
    assert weight("app.rtl.css") < 35_000
    assert weight("app.js") < 40_000
    assert (DIST / "fonts" / "atkinson-latin.woff2").stat().st_size < 40_000


def test_an_icon_is_silent_and_a_wrong_name_is_refused():
    svg = render('{% icon "right" "mc-icon--lg" %}')

    assert 'aria-hidden="true"' in svg
    assert 'class="mc-icon mc-icon--dir mc-icon--lg"' in svg
    assert "<path" in svg
    with pytest.raises(TemplateSyntaxError, match="No icon named 'rihgt'"):
        render('{% icon "rihgt" %}')


def test_a_status_is_words_first():
    assert "Booked" in render('{% status_tag "CONFIRMED" %}')
    assert "mc-tag--danger" in render('{% status_tag "MISSED" %}')
    assert "Brand new" in render('{% status_tag "BRAND_NEW" %}')
    assert "&lt;b&gt;" in render("{% status_tag status %}", status="<b>")


def test_fields_are_labelled_described_and_marked():
    html = str(SampleForm({**TYPED, "phone": ""}))

    phone = re.search(r'<input type="tel"[^>]*>', html)[0]
    assert 'aria-invalid="true"' in phone
    assert 'aria-describedby="id_phone_helptext id_phone_error"' in phone
    assert 'class="form-control mc-w20 is-invalid"' in phone
    for part in ("id_phone_helptext", "id_phone_error", "id_birth_date_error"):
        assert html.count(f'id="{part}"') == 1
    assert html.index('id="id_phone_helptext"') < html.index('id="id_phone_error"')
    assert html.index('id="id_phone_error"') < html.index(phone)
    assert '<label class="form-label" for="id_phone">' in html
    assert 'value="86"' in html


def test_what_people_type_is_escaped_in_fields():
    html = str(SampleForm({**TYPED, "birth_date_year": '"><script>', "note": "<b>"}))

    assert "<script>" not in html
    assert "<b>" not in html


def test_components_escape_what_they_are_given():
    html = render(
        '<c-card title="{{ words }}" id="x">{{ words }}</c-card>'
        '<c-person name="{{ words }}" sub="{{ words }}" />',
        words="<script>alert(1)</script>",
    )

    assert "<script>" not in html


def test_structured_data_cannot_close_its_script():
    html = render("{% structured_data data %}", data={"name": "</script><script>"})

    assert html.startswith('<script type="application/ld+json">')
    assert html.count("</script>") == 1


def test_the_brand_style_takes_the_clinic_s_colour():
    clinic = SimpleNamespace(brand_colour="#7a2e6b")

    assert "--mc-brand-fill:#7a2e6b" in render("{% brand_style %}", clinic=clinic)
    assert "--mc-brand-fill:#0f5c4d" in render("{% brand_style %}")


@pytest.mark.parametrize("code", ["400", "403", "403_csrf", "404", "500"])
def test_error_pages_need_no_database_and_name_the_emergency_number(code):
    page = get_template(f"{code}.html").render()

    assert "<h1" in page
    assert 'href="tel:999"' in page
    assert 'content="noindex"' in page


def test_error_pages_offer_the_clinic_s_phone():
    clinic = SimpleNamespace(
        name="Larkfield", phone="+442079460120", emergency_number="112"
    )

    page = get_template("404.html").render({"clinic": clinic})

    assert "020 7946 0120" in page
    assert 'href="tel:112"' in page


def test_paging_keeps_the_other_filters():
    request = RequestFactory().get("/doctors/?language=cy&page=2")

    html = render("{% page_url 3 %}", request=request)

    assert html == "?language=cy&amp;page=3"
