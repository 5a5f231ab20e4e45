from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from clinic_pages.models import DoctorIndexPage, Picture
from tests.factories.pages import doctor_page, index, site, standard_page

SETTINGS = "/cms/settings/clinic_pages/clinicsettings/"


@pytest.fixture
def rooms(db):
    """Rooms of the CMS and what they are for."""
    page = standard_page()
    index(DoctorIndexPage)
    pk = site().pk
    return {
        "edit a page": f"/cms/pages/{page.pk}/edit/",
        "add a page": f"/cms/pages/add/clinic_pages/standardpage/{page.pk}/",
        "add a picture": "/cms/images/add/",
        "add a document": "/cms/documents/add/",
        "change settings": f"/cms/settings/clinic_pages/clinicsettings/{pk}/",
        "change menus": f"/cms/settings/clinic_pages/menus/{pk}/",
        "redirects": "/cms/redirects/",
        "sites": "/cms/sites/",
        "workflows": "/cms/workflows/list/",
        "collections": "/cms/collections/",
        "reviews due": "/cms/reports/reviews/",
    }


PAGES = {"edit a page", "add a page"}
FILES = {"add a picture", "add a document"}
FRONT = {"change settings", "change menus", "redirects"}


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("author", {*PAGES, *FILES, "reviews due"}),
        ("editor", {*PAGES, *FILES, *FRONT, "reviews due"}),
        ("reviewer", {"reviews due"}),
        ("admin", {*PAGES, *FILES, *FRONT, "reviews due"}),
    ],
)
def test_each_role_opens_its_rooms_and_no_other(client, request, rooms, who, may):
    client.force_login(request.getfixturevalue(who))
    opened = {
        name for name, path in rooms.items() if client.get(path).status_code == 200
    }
    assert opened == may


def test_the_menu_offers_no_people_and_no_sites(client, editor, admin):
    for user in (editor, admin):
        client.force_login(user)
        html = client.get("/cms/").content.decode()
        for path in ("/cms/users/", "/cms/groups/", "/cms/sites/", "/cms/locales/"):
            assert path not in html


def photo():
    content = BytesIO()
    Image.new("RGB", (40, 40), "#88aa99").save(content, "PNG")
    return SimpleUploadedFile("face.png", content.getvalue(), "image/png")


def test_an_author_adds_pictures_and_keeps_off_those_of_others(client, author, editor):
    client.force_login(author)
    form = {"title": "Face", "file": photo(), "description": "", "tags": ""}
    client.post("/cms/images/add/", {**form, "credit": "A. Person"})
    own = Picture.objects.get()
    assert (own.credit, own.uploaded_by_user) == ("A. Person", author)
    assert client.get(f"/cms/images/{own.pk}/").status_code == 200
    other = Picture.objects.create(title="x", file=photo(), uploaded_by_user=editor)
    assert client.get(f"/cms/images/{other.pk}/").status_code == 302
    client.force_login(editor)
    assert client.get(f"/cms/images/{own.pk}/").status_code == 200


def test_a_file_that_is_no_picture_is_refused(client, editor):
    client.force_login(editor)
    fake = SimpleUploadedFile("x.png", b"<svg onload=alert(1)>", "image/png")
    answer = client.post("/cms/images/add/", {"title": "x", "file": fake})
    assert answer.status_code == 200
    assert not Picture.objects.exists()


def test_pages_about_facts_offer_no_copy_and_no_slug(client, editor):
    page = doctor_page()
    client.force_login(editor)
    form = client.get(f"/cms/pages/{page.pk}/edit/").content.decode()
    assert 'name="slug"' not in form
    assert f"/cms/pages/{page.pk}/copy/" not in form
    assert client.get(f"/cms/pages/{page.pk}/copy/").status_code == 302


def test_pages_stand_where_they_belong(client, editor):
    """What can be added below what."""
    home = standard_page().get_parent()
    index(DoctorIndexPage)
    client.force_login(editor)
    choices = client.get(f"/cms/pages/{home.pk}/add_subpage/").content.decode()
    assert "clinic_pages/standardpage" in choices
    assert "clinic_pages/locationindexpage" in choices
    # One is there already, and there is never a second.
    assert "clinic_pages/doctorindexpage" not in choices
    assert "clinic_pages/doctorpage" not in choices
    assert "clinic_pages/healtharticle" not in choices


def test_settings_is_the_way_to_the_settings(client, editor):
    client.force_login(editor)
    assert client.get(SETTINGS, follow=True).status_code == 200
