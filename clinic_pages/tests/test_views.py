from datetime import datetime, timedelta
from xml.etree import ElementTree

from django.utils import timezone
from wagtail.models import PageViewRestriction

from tests.factories.pages import doctor_page, draft_article, standard_page

LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


def test_the_sitemap_holds_what_everybody_may_read(client, db, settings):
    settings.SITE_URL = "https://clinic.example"
    doctor = doctor_page().doctor
    standard_page(slug="about")
    draft_article()
    standard_page(title="Draft", slug="draft", live=False)
    private = standard_page(title="Staff", slug="staff")
    PageViewRestriction.objects.create(
        page=private, restriction_type=PageViewRestriction.LOGIN
    )
    answer = client.get("/sitemap.xml")
    assert answer["Content-Type"] == "application/xml"
    found = {one.text for one in ElementTree.fromstring(answer.content).iter(LOC)}  # noqa: S314
    assert found == {
        "https://clinic.example/",
        "https://clinic.example/doctors/",
        f"https://clinic.example/doctors/{doctor.slug}/",
        "https://clinic.example/articles/",
        "https://clinic.example/about/",
    }


def test_who_finds_a_weakness_reads_whom_to_tell(client, settings, db):
    path = "/.well-known/security.txt"
    assert client.get(path).status_code == 404
    settings.SITE_URL = "https://clinic.example"
    settings.SECURITY_CONTACT = ["mailto:safe@clinic.example", "https://a.example/"]
    answer = client.get(path)
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    lines = answer.content.decode().splitlines()
    assert "Contact: mailto:safe@clinic.example" in lines
    assert "Contact: https://a.example/" in lines
    assert f"Canonical: https://clinic.example{path}" in lines
    (expires,) = (one for one in lines if one.startswith("Expires: "))
    left = datetime.fromisoformat(expires.removeprefix("Expires: ")) - timezone.now()
    assert timedelta(days=30) < left < timedelta(days=365)


def test_browsers_find_a_picture_for_their_tabs(client, db, ann):
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer.url) == (302, "/static/img/icon.svg")
    assert answer["Cache-Control"] == "public, max-age=86400"
    # It is the same for everybody, and asks nobody who they are.
    assert "Vary" not in answer
    assert not answer.cookies


def test_robots_are_sent_to_the_sitemap_and_kept_from_the_rest(client, settings, db):
    settings.SITE_URL = "https://clinic.example"
    lines = client.get("/robots.txt").content.decode().splitlines()
    assert "Sitemap: https://clinic.example/sitemap.xml" in lines
    assert "Disallow: /cms/" in lines
    assert "Disallow: /portal/" in lines
    assert "Disallow: /" not in lines
