import json
from datetime import date, time, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError
from django.utils import timezone

from booking.models import WorkingHours
from clinic.models import Closure, Doctor, OpeningHours, Specialty
from clinic_pages.models import (
    ArticleIndexPage,
    DoctorIndexPage,
    DoctorPage,
    LocationIndexPage,
    PricePage,
    SpecialtyIndexPage,
)
from tests.factories.clinic import (
    DoctorFactory,
    LocationFactory,
    OfferingFactory,
    SpecialtyFactory,
    VisitTypeFactory,
)
from tests.factories.pages import (
    article,
    doctor_page,
    home,
    index,
    location_page,
    menus,
    picture,
    specialty_page,
    standard_page,
)

TODAY = timezone.localdate()


@pytest.fixture(autouse=True)
def _nothing_kept():
    caches["pages"].clear()
    caches["live"].clear()


class Elements(HTMLParser):
    """Every element of a page with its attributes, and the text of some."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data):
        if self.found:
            self.texts.append((self.found[-1][0], data))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.found if name == tag]

    def schema(self) -> dict[str, dict]:
        blocks = [
            text for tag, text in self.texts if tag == "script" and text[:1] == "{"
        ]
        return {one["@type"]: one for one in map(json.loads, blocks)}


def read(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.fixture
def site(db):
    """A page of every type with pictures and every block. Returns their paths."""
    skin = SpecialtyFactory(plain_name="Skin", slug="skin", schema_org="Dermatology")
    place = LocationFactory(slug="canal-street", latitude="51.5", longitude="-0.12")
    OpeningHours.objects.create(
        location=place, weekday=0, opens_at=time(8), closes_at=time(18)
    )
    image = picture()
    doctor = DoctorFactory(slug="dr-wren", specialties=[skin])
    OfferingFactory(doctor=doctor, location=place)
    WorkingHours.objects.create(
        doctor=doctor,
        location=place,
        weekday=0,
        starts_time=time(9),
        ends_time=time(17),
        valid_from=date(2026, 1, 1),
    )
    body = every_block(image, doctor, skin, place)
    doctor_page(
        doctor=doctor,
        photo=image,
        can_help_with=[("topic", "Moles")],
        training=[("entry", {"title": "Diploma", "year": 2019})],
    )
    specialty_page(specialty=skin, picture=image, treats=[("topic", "Eczema")])
    location_page(location=place, picture=image, picture_text="The house.")
    article(
        specialties=[skin],
        picture=image,
        reviewer=doctor,
        author=doctor,
        body=[block for block in body if block[0] in ARTICLE_BLOCKS],
        sources=[
            (
                "source",
                {
                    "title": "Guideline",
                    "publisher": "Institute",
                    "address": "https://example.org/guideline",
                    "year": 2024,
                },
            )
        ],
    )
    index(PricePage)
    standard_page(introduction="Since 1999.", body=body)
    page = home()
    hero = {
        "heading": "See the right doctor",
        "text": "Soon.",
        "image": None,
        "finder": True,
        "next_times": True,
        "note": "",
    }
    page.body = [("hero", hero), *body]
    page.save()
    menus(
        main=[("link", {"label": "Doctors", "page": None, "address": "/doctors/"})],
        social=[
            ("profile", {"name": "Mastodon", "address": "https://example.social/@us"})
        ],
    )
    return [
        "/",
        "/doctors/",
        "/doctors/dr-wren/",
        "/specialties/",
        "/specialties/skin/",
        "/locations/",
        "/locations/canal-street/",
        "/articles/",
        "/articles/headaches/",
        "/prices/",
        "/about/",
        "/search/",
        "/search/?q=headaches",
    ]


NO_LINK = {"label": "", "page": None, "address": ""}
BOOK = {"label": "Book a visit", "page": None, "address": "/book/"}
ARTICLE_BLOCKS = {"text", "image", "callout", "care_card", "questions", "app"}


def every_block(image, doctor, specialty, place):
    return [
        ("text", "<h2>What helps</h2><p>Rest.</p>"),
        (
            "image",
            {
                "image": {"image": image, "decorative": False, "alt_text": "A garden"},
                "caption": "Our garden",
            },
        ),
        ("callout", {"kind": "warning", "heading": "Important", "text": "<p>No.</p>"}),
        *[
            (
                "care_card",
                {
                    "urgency": urgency,
                    "heading": f"Go if ({urgency}):",
                    "signs": ["it hurts", "it bleeds"],
                    "note": "",
                    "link": BOOK if urgency == "nonurgent" else NO_LINK,
                },
            )
            for urgency in ("nonurgent", "urgent", "emergency")
        ],
        (
            "questions",
            {
                "heading": "Questions",
                "questions": [{"question": "Does it hurt?", "answer": "<p>No.</p>"}],
            },
        ),
        (
            "app",
            {"heading": "Now", "fragment": "booking:next_free", "words": "See times"},
        ),
        (
            "doctor_list",
            {
                "heading": "Picked doctors",
                "choice": "picked",
                "doctors": [doctor],
                "specialty": None,
                "count": 3,
                "link": NO_LINK,
            },
        ),
        ("specialty_grid", {"heading": "Care", "specialties": [], "link": BOOK}),
        ("location_cards", {"heading": "Where", "locations": [place], "link": NO_LINK}),
        (
            "price_table",
            {
                "heading": "Prices",
                "text": "<p>Clear.</p>",
                "visit_types": [],
                "specialty": specialty,
                "links": [BOOK],
            },
        ),
        (
            "steps",
            {
                "heading": "How it works",
                "text": "Two steps.",
                "steps": [
                    {"title": "Choose", "text": "A time."},
                    {"title": "Come", "text": "In time."},
                ],
            },
        ),
        (
            "article_teasers",
            {
                "heading": "Advice",
                "articles": [],
                "specialty": None,
                "count": 3,
                "link": NO_LINK,
            },
        ),
        (
            "task_links",
            {
                "heading": "Tasks",
                "tasks": [
                    {"icon": "calendar", "text": "In four steps.", "link": BOOK},
                    {"icon": "pill", "text": "Again.", "link": BOOK},
                ],
            },
        ),
        ("call_to_action", {"heading": "Come", "text": "Soon.", "link": BOOK}),
    ]


def test_every_page_type_shows(client, site):
    for path in site:
        html = read(client, path)
        page = Elements(html)
        assert len(page.all("h1")) == 1, path
        # Nothing of the machine shows through.
        assert not {"{{", "{%", "hole-", "None<", "&lt;div"} & set(html.split()), path


def test_no_page_asks_anybody_else_for_anything(client, site):
    loads = {
        "script": ["src"],
        "img": ["src", "srcset"],
        "source": ["src", "srcset"],
        "iframe": ["src"],
        "video": ["src"],
        "audio": ["src"],
        "embed": ["src"],
        "object": ["data"],
        "form": ["action"],
        "use": ["href", "xlink:href"],
    }
    for path in site:
        page = Elements(read(client, path))
        links = [
            one["href"]
            for one in page.all("link")
            if one["rel"] not in {"canonical", "alternate"}
        ]
        asked = links + [
            part.split()[0]
            for tag, names in loads.items()
            for attrs in page.all(tag)
            for name in names
            for part in attrs.get(name, "").split(",")
            if part.strip()
        ]
        assert asked, path
        foreign = [one for one in asked if urlsplit(one).netloc]
        assert foreign == [], path


def test_no_page_carries_inline_code_or_styles(client, site):
    for path in site:
        for tag, attrs in Elements(read(client, path)).found:
            assert "style" not in attrs, (path, tag, attrs)
            assert not [name for name in attrs if name.startswith("on")], (path, tag)
            if tag == "script" and "src" not in attrs:
                assert attrs.get("nonce"), path


def test_pictures_have_sizes_formats_and_wait_their_turn(client, site):
    for path in site:
        page = Elements(read(client, path))
        shown = [one for one in page.all("img") if one["src"].startswith("/media/")]
        eager = [one for one in shown if one.get("fetchpriority") == "high"]
        assert len(eager) <= 1, path
        for one in shown:
            assert one["width"]
            assert one["height"]
            assert "alt" in one
            assert one in eager or one["loading"] == "lazy", (path, one)
        kinds = {one["type"] for one in page.all("source")}
        assert kinds <= {"image/avif"}, path
    article_page = Elements(read(client, "/articles/headaches/"))
    assert {one["type"] for one in article_page.all("source")} == {"image/avif"}
    texts = [one["alt"] for one in article_page.all("img")]
    # After the article's own pictures come the faces of doctors, beside their names.
    assert texts[:2] == ["", "A garden"]
    assert set(texts[2:]) == {""}


def test_headings_of_a_body_start_at_h2_and_skip_none(client, site):
    for path in site:
        levels = [
            int(tag[1])
            for tag, _ in Elements(read(client, path)).found
            if tag in {"h1", "h2", "h3", "h4"}
        ]
        main = levels[levels.index(1) :]
        for before, after in pairwise(main):
            assert after <= before + 1, (path, levels)


def test_machines_read_who_what_and_where(client, site, settings):
    settings.SITE_URL = "https://clinic.example"
    caches["pages"].clear()
    schema = {path: Elements(read(client, path)).schema() for path in site[:11]}
    assert set(schema["/"]) >= {"MedicalClinic", "BreadcrumbList"}
    doctor = schema["/doctors/dr-wren/"]["Physician"]
    assert doctor["url"] == "https://clinic.example/doctors/dr-wren/"
    assert doctor["knowsLanguage"] == ["en", "pt"]
    assert doctor["medicalSpecialty"] == ["https://schema.org/Dermatology"]
    assert [one["@type"] for one in doctor["availableService"]] == ["MedicalProcedure"]
    advice = schema["/articles/headaches/"]["MedicalWebPage"]
    assert advice["lastReviewed"] == "2026-03-16"
    assert advice["reviewedBy"]["name"] == Doctor.objects.get().full_name
    assert advice["author"]["@type"] == "Person"
    assert set(schema["/articles/headaches/"]) == {
        "MedicalWebPage",
        "FAQPage",
        "BreadcrumbList",
    }
    place = schema["/locations/canal-street/"]["MedicalClinic"]
    assert place["address"]["postalCode"] == "WH1 4TD"
    assert [one["dayOfWeek"] for one in place["openingHoursSpecification"]] == [
        "Monday"
    ]
    steps = schema["/doctors/dr-wren/"]["BreadcrumbList"]["itemListElement"]
    assert [one.get("item", "") for one in steps] == [
        "https://clinic.example/",
        "https://clinic.example/doctors/",
        "",
    ]


def test_structured_data_cannot_close_its_element(client, db):
    standard_page(title="</script><script>alert(1)</script>")
    html = read(client, "/about/")
    assert "<script>alert(1)" not in html
    assert Elements(html).schema()["WebPage"]["name"].startswith("</script>")


def test_every_page_has_one_address_and_can_be_shared(client, site, settings):
    settings.SITE_URL = "https://clinic.example"
    caches["pages"].clear()
    for path in site[:11]:
        page = Elements(read(client, path + "?utm=1"))
        canonical = [one for one in page.all("link") if one["rel"] == "canonical"]
        assert [one["href"] for one in canonical] == [f"https://clinic.example{path}"]
        shared = {one["property"]: one for one in page.all("meta") if "property" in one}
        assert shared["og:url"]["content"] == f"https://clinic.example{path}"
        assert shared["og:title"]["content"]
    page = Elements(read(client, "/articles/headaches/"))
    image = [one for one in page.all("meta") if one.get("property") == "og:image"]
    assert image[0]["content"].startswith("https://clinic.example/media/images/")


def test_a_doctors_page_shows_the_clinics_facts(client, db):
    place = LocationFactory(name="Canal Street")
    skin = SpecialtyFactory(practitioner="Skin specialist", plain_name="Skin")
    doctor = DoctorFactory(
        specialties=[skin], languages=["en", "cy"], registration_number="0000417"
    )
    visit = VisitTypeFactory(name="First visit", price=Decimal(120))
    video = VisitTypeFactory(name="Video visit", price=Decimal(50), mode="VIDEO")
    OfferingFactory(doctor=doctor, visit_type=visit, location=place, price=Decimal(99))
    OfferingFactory(doctor=doctor, visit_type=video, location=place)
    doctor_page(doctor=doctor)
    html = read(client, f"/doctors/{doctor.slug}/")
    for words in (
        "Skin specialist",
        "English, Welsh",
        "Canal Street, or by video",
        "0000417",
        "First visit",
        "£99",
        "£50",
        "Free to cancel up to 24 hours before. After that we charge half the price.",
    ):
        assert words in html


def test_a_doctor_who_left_leaves_no_live_booking_link(client, db):
    gp = SpecialtyFactory()
    offering = OfferingFactory()
    doctor, colleague = offering.doctor, OfferingFactory().doctor
    doctor.specialties.add(gp)
    colleague.specialties.add(gp)
    doctor_page(doctor=doctor)
    doctor_page(doctor=colleague)
    path = f"/doctors/{doctor.slug}/"
    live = Elements(read(client, path))
    assert str(doctor.public_id) in "".join(
        attrs.get("data-live", "") for _, attrs in live.found
    )
    Doctor.objects.filter(pk=doctor.pk).update(left_date=TODAY)
    html = read(client, path)
    assert "is no longer at the clinic" in html
    assert f'href="/doctors/{colleague.slug}/"' in html
    booking = [
        attrs["href"]
        for attrs in Elements(html).all("a")
        if attrs.get("href", "").startswith("/book/")
    ]
    # What is left are the header's links, which name nobody.
    assert set(booking) <= {"/book/"}
    assert "data-live" not in html
    assert str(doctor.public_id) not in html
    assert "Physician" not in html


def test_a_doctor_with_nothing_to_book_says_so(client, db):
    page = doctor_page()
    html = read(client, page.path_on_site)
    assert "has no visits that can be booked online" in html
    assert "data-live" not in html


def test_unpublishing_a_page_touches_no_calendar(client, db):
    page = doctor_page(doctor=OfferingFactory().doctor)
    doctor = page.doctor
    hours = WorkingHours.objects.create(
        doctor=doctor,
        location=doctor.offerings.get().location,
        weekday=0,
        starts_time=time(9),
        ends_time=time(17),
        valid_from=date(2026, 1, 1),
    )
    page.unpublish()
    assert client.get(page.path_on_site).status_code == 404
    page.delete()
    doctor.refresh_from_db()
    assert doctor.is_listed
    assert list(WorkingHours.objects.all()) == [hours]
    times = client.get(f"/book/fragments/doctor/{doctor.public_id}/times/")
    assert times.status_code == 200


def test_a_doctor_with_a_page_cannot_be_deleted(db):
    page = doctor_page()
    with pytest.raises(ProtectedError):
        page.doctor.delete()


def test_there_is_one_page_for_each_doctor(db):
    doctor = doctor_page().doctor
    second = DoctorPage(title="Again", doctor=doctor, about="<p>x</p>", slug="again")
    with pytest.raises(ValidationError) as error:
        index(DoctorIndexPage).add_child(instance=second)
    assert "doctor" in error.value.message_dict


def test_a_fact_lends_its_page_the_address(db):
    page = doctor_page(doctor=DoctorFactory(slug="dr-wren"), slug="something-else")
    assert page.path_on_site == "/doctors/dr-wren/"


def face(doctor):
    doctor.refresh_from_db()
    return (doctor.page_path, bool(doctor.photo_url), doctor.topics)


def test_where_a_doctors_page_is_is_pushed_down(db, django_capture_on_commit_callbacks):
    page = doctor_page(photo=picture(), can_help_with=[("topic", "Moles")])
    doctor = page.doctor
    assert face(doctor) == (f"/doctors/{doctor.slug}/", True, ["Moles"])
    page.unpublish()
    assert face(doctor) == ("", False, [])
    page.save_revision().publish()
    assert face(doctor) == (f"/doctors/{doctor.slug}/", True, ["Moles"])
    parent = index(DoctorIndexPage)
    parent.slug = "people"
    with django_capture_on_commit_callbacks(execute=True):
        parent.save_revision().publish()
    assert face(doctor)[0] == f"/people/{doctor.slug}/"
    DoctorPage.objects.get(pk=page.pk).delete()
    assert face(doctor) == ("", False, [])


def test_a_draft_pushes_nothing_down(db):
    page = doctor_page(live=False, can_help_with=[("topic", "Moles")])
    assert face(page.doctor) == ("", False, [])


def test_what_a_specialty_treats_is_pushed_down(db):
    page = specialty_page(treats=[("topic", "Eczema"), ("topic", "Rash")])
    assert Specialty.objects.get().topics == ["Eczema", "Rash"]
    page.unpublish()
    assert Specialty.objects.get().topics == []


def test_specialty_cards_count_doctors_and_name_the_lowest_price(client, db):
    skin, heart = SpecialtyFactory(), SpecialtyFactory()
    specialty_page(specialty=skin, title="Skin")
    specialty_page(specialty=heart, title="Heart")
    for price in (Decimal(120), Decimal(80)):
        offering = OfferingFactory(price=price)
        offering.doctor.specialties.add(skin)
    left = OfferingFactory(doctor__left_date=TODAY, price=Decimal(10)).doctor
    left.specialties.add(skin)
    html = read(client, index(SpecialtyIndexPage).path_on_site)
    assert "2 doctors, visits from £80" in html
    assert "No doctors to book at the moment" in html


def test_a_closed_specialty_has_no_card_though_its_page_is_still_there(client, db):
    closed = SpecialtyFactory(is_active=False)
    specialty_page(specialty=closed, title="Skin of old")
    specialty_page(specialty=SpecialtyFactory(), title="Heart")
    html = read(client, index(SpecialtyIndexPage).path_on_site)
    cards = html.partition("<main")[2].partition("</main")[0]
    assert "Heart" in cards
    assert "Skin of old" not in cards


def test_the_page_of_a_closed_location_says_so_and_leads_to_no_doctors(client, db):
    here = LocationFactory(is_active=True)
    gone = LocationFactory(is_active=False)
    for location, is_closed in ((here, False), (gone, True)):
        html = read(client, location_page(location=location).path_on_site)
        assert ("closed for good" in html) is is_closed
        assert (f"location={location.slug}" in html) is not is_closed


def test_a_specialtys_page_lists_its_prices_and_articles(client, db):
    skin = SpecialtyFactory()
    page = specialty_page(specialty=skin)
    OfferingFactory(
        doctor=DoctorFactory(specialties=[skin]), visit_type__name="Skin check"
    )
    OfferingFactory(visit_type__name="Heart check")
    article(title="Eczema", slug="eczema", specialties=[skin])
    article(title="Palpitations", slug="palpitations")
    html = read(client, page.path_on_site)
    assert "Skin check" in html
    assert "Heart check" not in html
    assert "Eczema" in html
    assert "Palpitations" not in html


def test_a_locations_page_shows_its_week_and_closures(client, db):
    page = location_page(
        location=LocationFactory(access="Lift\nHearing loop", transport="Tram 4")
    )
    place = page.location
    for day in range(7):
        OpeningHours.objects.create(
            location=place, weekday=day, opens_at=time(8, 30), closes_at=time(18)
        )
    Closure.objects.create(
        location=None,
        starts_date=TODAY + timedelta(days=2),
        ends_date=TODAY + timedelta(days=3),
        reason="Staff training",
    )
    html = read(client, page.path_on_site)
    assert html.count("8:30am to 6pm") == 6
    assert "Closed: Staff training" in html
    for words in ("Lift", "Hearing loop", "Tram 4", "+442079460120"):
        assert words in html


def test_the_locations_list_leaves_out_what_is_no_longer_used(client, db):
    location_page(location=LocationFactory(name="Canal Street"))
    LocationFactory(name="Old Mill", is_active=False)
    html = read(client, index(LocationIndexPage).path_on_site)
    assert "Canal Street" in html
    assert "Old Mill" not in html


def test_an_article_says_who_wrote_and_checked_it(client, db):
    reviewer = doctor_page().doctor
    reviewer.refresh_from_db()
    page = article(reviewer=reviewer, author_name="Lowri Penhale")
    html = read(client, page.path_on_site)
    assert "Written by Lowri Penhale" in html
    assert f'<a href="{reviewer.page_path}">{reviewer.full_name}</a>' in html
    assert "16 March 2026" in html
    assert "Next check: March 2027" in html


def test_the_articles_list_shows_the_latest_reviewed_first(client, db):
    article(title="Older", slug="older", reviewed=date(2026, 1, 5))
    article(title="Newer", slug="newer", reviewed=date(2026, 2, 5))
    html = read(client, index(ArticleIndexPage).path_on_site)
    assert 0 < html.index("Newer") < html.index("Older")


def test_the_price_list_has_every_visit_type_on_offer(client, db):
    OfferingFactory(visit_type__name="GP visit", price=Decimal(65))
    kind = VisitTypeFactory(name="First visit")
    OfferingFactory(visit_type=kind, price=Decimal(110))
    OfferingFactory(visit_type=kind, price=Decimal(180))
    OfferingFactory(visit_type__name="Nurse visit", visit_type__free=True)
    VisitTypeFactory(name="Nobody offers this")
    html = read(client, index(PricePage).path_on_site)
    for words in ("£65", "£110 to £180", "Free"):
        assert words in html
    assert "Nobody offers this" not in html


def test_a_renamed_page_still_answers_under_its_old_address(
    client, db, django_capture_on_commit_callbacks
):
    page = standard_page(slug="about")
    page.slug = "about-us"
    with django_capture_on_commit_callbacks(execute=True):
        page.save_revision().publish()
    answer = client.get("/about/")
    assert (answer.status_code, answer["Location"]) == (301, "/about-us/")
