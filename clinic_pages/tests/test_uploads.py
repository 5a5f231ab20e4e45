"""What editors may put on the site, and what no page can hold."""

import io
import zipfile

import pikepdf
import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from wagtail.blocks import RawHTMLBlock, StreamBlock
from wagtail.documents import get_document_model
from wagtail.fields import StreamField
from wagtail.models import Collection, UploadedFile

from clinic_pages.models import Picture
from clinic_pages.parts import LINE_FEATURES, TEXT_FEATURES
from tests.factories.records import paper, png

SCRIPT = b"<script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


BY_SCRIPT = {"x-requested-with": "XMLHttpRequest"}


@pytest.fixture(autouse=True)
def _media(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path


def scripted(pdf):
    pdf.Root.OpenAction = pikepdf.Dictionary(
        S=pikepdf.Name.JavaScript, JS="app.alert(1)"
    )


def attached(pdf):
    pdf.attachments["virus.exe"] = b"MZ"


def photo(kind="JPEG", size=(60, 40)):
    """With the place where it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    Image.new("RGB", size).save(out, kind, exif=exif)
    return out.getvalue()


def fields(name, content, **more):
    root = Collection.get_first_root_node().pk
    file = SimpleUploadedFile(name, content)
    return {"title": "Leaflet", "collection": root, "file": file} | more


def add(client, room, name, content):
    return client.post(f"/cms/{room}/add/", fields(name, content))


# Every door of the CMS through which a document or a picture comes in.


def through_editing(client, room, name, content):
    was = png() if room == "images" else paper()
    first = "first.png" if room == "images" else "first.pdf"
    add(client, room, first, was)
    pk = kept(room).get().pk
    path = f"/cms/{room}/{pk}/" if room == "images" else f"/cms/{room}/edit/{pk}/"
    return client.post(path, fields(name, content))


def through_the_chooser(client, room, name, content):
    kind = "image" if room == "images" else "document"
    path = f"/cms/{room}/chooser/create/"
    sent = fields(name, content)
    sent = {f"{kind}-chooser-upload-{key}": value for key, value in sent.items()}
    return client.post(path, sent, headers=BY_SCRIPT)


def through_several_at_once(client, room, name, content):
    sent = fields(name, content)
    sent["files[]"] = sent.pop("file")
    return client.post(f"/cms/{room}/multiple/add/", sent, headers=BY_SCRIPT)


def through_a_second_step(client, room, name, content):
    """Where another field is wrong, the file waits for it to be put right."""
    sent = fields(name, content, title="x" * 300)
    sent["files[]"] = sent.pop("file")
    answer = client.post(f"/cms/{room}/multiple/add/", sent, headers=BY_SCRIPT)
    waiting = UploadedFile.objects.order_by("pk").last()
    if waiting is None:
        return answer
    kind = "image" if room == "images" else "document"
    path = f"/cms/{room}/multiple/create_from_uploaded_{kind}/{waiting.pk}/"
    prefix = f"uploaded-{kind}-{waiting.pk}"
    root = Collection.get_first_root_node().pk
    put_right = {f"{prefix}-title": "Leaflet", f"{prefix}-collection": root}
    return client.post(path, put_right, headers=BY_SCRIPT)


DOORS = [
    add,
    through_editing,
    through_the_chooser,
    through_several_at_once,
    through_a_second_step,
]


def kept(room):
    return (Picture if room == "images" else get_document_model()).objects


def contents(room):
    """What is stored, in bytes."""
    found = []
    for one in kept(room).order_by("pk"):
        with one.file.open() as file:
            found.append(file.read())
    return found


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("acts", "why"), [(scripted, "script"), (attached, "files")])
def test_a_pdf_that_acts_comes_in_through_no_door(client, editor, door, acts, why):
    client.force_login(editor)
    answer = door(client, "documents", "leaflet.pdf", paper(acts))
    assert f"holds {'a script' if why == 'script' else 'other files'}" in answer.text
    assert not any(b"alert" in one or b"virus" in one for one in contents("documents"))
    assert not UploadedFile.objects.exists()


@pytest.mark.parametrize("door", DOORS)
def test_what_hides_behind_a_paper_is_gone_through_every_door(client, editor, door):
    client.force_login(editor)
    door(client, "documents", "leaflet.pdf", paper() + b"PK\x03\x04 hidden")
    *_, content = contents("documents")
    assert content.startswith(b"%PDF-")
    assert b"hidden" not in content


@pytest.mark.parametrize("door", DOORS)
def test_where_a_photo_was_taken_is_gone_through_every_door(client, editor, door):
    client.force_login(editor)
    door(client, "images", "face.jpg", photo())
    *_, content = contents("images")
    assert b"SecretCamera" not in content
    picture = Image.open(io.BytesIO(content))
    assert (picture.size, dict(picture.getexif())) == ((60, 40), {})
    newest = Picture.objects.order_by("pk").last()
    assert newest.file_size == len(content)
    assert (newest.width, newest.height) == (60, 40)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF"])
def test_pictures_of_every_kind_are_made_anew(client, editor, kind):
    client.force_login(editor)
    assert add(client, "images", f"a.{kind.lower()}", photo(kind)).status_code == 302
    (content,) = contents("images")
    assert b"SecretCamera" not in content
    assert Image.open(io.BytesIO(content)).format == kind


def test_a_large_paper_that_lies_on_the_disk_is_made_anew_too(client, editor):
    client.force_login(editor)
    add(client, "documents", "large.pdf", paper() + b"hidden" + bytes(3_000_000))
    (content,) = contents("documents")
    assert b"hidden" not in content
    assert len(content) < 3_000_000
    assert get_document_model().objects.get().file_size == len(content)


def test_too_many_pixels_are_refused_next_to_the_field(client, editor):
    client.force_login(editor)
    answer = add(client, "images", "a.png", photo("PNG", size=(5000, 4001)))
    assert "20 megapixels" in answer.context["form"].errors["file"][0]
    assert not Picture.objects.exists()


def test_faces_of_people_are_not_changed_in_the_cms(client, editor):
    client.force_login(editor)
    assert "avatar-avatar" not in client.get("/cms/account/").text
    sent = {"avatar-avatar": SimpleUploadedFile("face.png", png())}
    client.post("/cms/account/", sent)
    profile = getattr(editor, "wagtail_userprofile", None)
    assert profile is None or not profile.avatar


def sheet(unpacked):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/worksheets/sheet1.xml", bytes(unpacked))
    return out.getvalue()


@pytest.mark.parametrize("name", ["redirects.xlsx", "redirects.csv"])
def test_a_sheet_of_redirects_that_is_a_bomb_is_refused_unopened(client, editor, name):
    client.force_login(editor)
    bomb = SimpleUploadedFile(name, sheet(60_000_000))
    path = "/cms/redirects/import/"
    answer = client.post(path, {"import_file": bomb}, follow=True)
    assert "unpacks to far more" in answer.text
    good = SimpleUploadedFile("redirects.csv", b"from,to\n/old/,/new/\n")
    assert "/old/" in client.post(path, {"import_file": good}).text


def test_a_pdf_is_a_document(client, editor):
    client.force_login(editor)
    assert add(client, "documents", "leaflet.pdf", paper()).status_code == 302
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
