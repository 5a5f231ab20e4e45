"""What editors may put on the site, and what no page can hold."""

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from wagtail.blocks import RawHTMLBlock, StreamBlock
from wagtail.documents import get_document_model
from wagtail.fields import StreamField
from wagtail.models import Collection

from clinic_pages.models import Picture
from clinic_pages.parts import LINE_FEATURES, TEXT_FEATURES

SCRIPT = b"<script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def add(client, room, name, content):
    return client.post(
        f"/cms/{room}/add/",
        {
            "title": "Leaflet",
            "collection": Collection.get_first_root_node().pk,
            "file": SimpleUploadedFile(name, content),
        },
    )


def test_a_pdf_is_a_document(client, editor):
    client.force_login(editor)
    assert add(client, "documents", "leaflet.pdf", b"%PDF-1.7 words").status_code == 302
    assert get_document_model().objects.get().title == "Leaflet"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("leaflet.pdf", SCRIPT),
        ("leaflet.pdf", b" " + b"%PDF-1.7"),
        ("leaflet.pdf", SVG),
        ("leaflet.html", SCRIPT),
        ("leaflet.svg", SVG),
        ("leaflet.docm", b"PK"),
    ],
)
def test_what_is_no_pdf_is_refused_with_a_reason(client, editor, name, content):
    client.force_login(editor)
    answer = add(client, "documents", name, content)
    assert answer.status_code == 200
    wrong = answer.context["form"].errors["file"]
    assert "PDF" in wrong[0] or "not allowed" in wrong[0]
    assert not get_document_model().objects.exists()


@pytest.mark.parametrize(
    ("name", "content"), [("face.svg", SVG), ("face.png", SCRIPT), ("face.png", SVG)]
)
def test_a_picture_is_one_by_its_content(client, editor, name, content):
    client.force_login(editor)
    assert add(client, "images", name, content).context["form"].errors["file"]
    assert not Picture.objects.exists()


def blocks(block):
    yield block
    children = getattr(block, "child_blocks", {}).values()
    for child in [*children, getattr(block, "child_block", None)]:
        if child is not None:
            yield from blocks(child)


def test_no_page_holds_html_as_it_stands():
    seen = 0
    for label in ("home", "clinic_pages"):
        for model in apps.get_app_config(label).get_models():
            for field in model._meta.get_fields():
                if isinstance(field, StreamField):
                    for block in blocks(field.stream_block):
                        assert not isinstance(block, RawHTMLBlock), (model, field)
                        seen += isinstance(block, StreamBlock)
    assert seen > 5
    assert {"embed", "code", "html"} & {*TEXT_FEATURES, *LINE_FEATURES} == set()


@pytest.mark.parametrize(
    "name", ["wagtail.api.v2", "wagtail.api.v3", "wagtail.contrib.forms", "ninja"]
)
def test_no_interface_and_no_form_builder_is_installed(name):
    assert not apps.is_installed(name)


@pytest.mark.parametrize(
    "path", ["/api/v2/pages/", "/api/v3/pages/", "/cms/api-tokens/"]
)
def test_no_interface_answers(client, editor, path):
    client.force_login(editor)
    assert client.get(path).status_code == 404
    token = {"HTTP_AUTHORIZATION": "Bearer wt_0123456789"}
    # A token that is none of ours is refused before it is told what is there.
    assert client.get(path, **token).status_code in (401, 404)
