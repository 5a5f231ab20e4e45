"""Pictures are made before the first visitor asks for them."""

import pytest
from django.core.cache import caches

from clinic_pages.models import (
    ArticleIndexPage,
    DoctorIndexPage,
    LocationIndexPage,
    PictureRendition,
    SpecialtyIndexPage,
)
from clinic_pages.renditions import make_renditions
from clinic_pages.tasks import make_page_pictures, make_picture_sizes
from tests.factories.pages import (
    article,
    doctor_page,
    home,
    index,
    location_page,
    picture,
    specialty_page,
    standard_page,
)
from tests.jobs import queued_jobs, run_jobs

LINK = {"label": "", "page": None, "address": ""}


@pytest.fixture
def site(db):
    """Every kind of page that shows pictures, published by the CMS's own way."""
    hero = {
        "heading": "See the right doctor",
        "text": "Soon.",
        "image": picture("Hero"),
        "finder": False,
        "next_times": False,
        "note": "",
    }
    cards = {"heading": "Where", "locations": [], "link": LINK}
    teasers = {
        "heading": "Read",
        "articles": [],
        "specialty": None,
        "count": 3,
        "link": LINK,
    }
    figure = ("image", {"image": picture("Prose"), "caption": ""})
    pages = [
        doctor_page(photo=picture("Face")),
        specialty_page(picture=picture("Skin")),
        location_page(picture=picture("House")),
        standard_page(body=[figure], search_image=picture("Shared")),
    ]
    pages.append(article(picture=picture("Leaf")))
    front = home()
    front.body = [
        ("hero", hero),
        ("location_cards", cards),
        ("article_teasers", teasers),
    ]
    for page in [*pages[:-1], front]:
        page.save_revision().publish()
    return [*pages, front]


def test_a_visitor_never_has_a_picture_made(client, site):
    lists = [
        index(model)
        for model in (
            ArticleIndexPage,
            DoctorIndexPage,
            LocationIndexPage,
            SpecialtyIndexPage,
        )
    ]
    run_jobs()
    made = PictureRendition.objects.count()
    caches["pages"].clear()
    shown = set()
    for page in [*site, *lists]:
        response = client.get(page.path_on_site)
        assert response.status_code == 200
        shown |= {one for one in response.text.split('"') if "/images/" in one}
    assert len(shown) > 20
    assert PictureRendition.objects.count() == made


def test_making_them_again_makes_nothing(site):
    run_jobs()
    made = PictureRendition.objects.count()
    assert made > 0
    for page in site:
        assert make_renditions(page) == 1 + (page.title == "About us")
    assert PictureRendition.objects.count() == made


def test_a_replaced_picture_is_made_anew(site):
    run_jobs()
    face = site[0].photo
    face.focal_point_x = face.focal_point_y = 40
    face.focal_point_width = face.focal_point_height = 20
    face.save()
    job = ("clinic_pages.tasks.make_picture_sizes", {"picture_id": face.pk})
    assert job in queued_jobs()
    face.renditions.all().delete()
    run_jobs()
    assert face.renditions.filter(filter_spec__contains="112x112").count() == 2


def test_a_page_that_is_gone_is_no_error(site):
    gone = site[3].pk
    site[3].delete()
    make_page_pictures(page_id=gone)
    make_picture_sizes(picture_id=0)
