"""The demo's texts: what a clinic could show to its board."""

import re
from datetime import date, time
from itertools import combinations

import phonenumbers
import pytest
from PIL import Image

from portal.demo import content, markup
from portal.demo.advice import article_body
from portal.demo.pictures.canvas import Canvas, flatten
from portal.demo.pictures.hair import STYLES
from portal.demo.pictures.people import portrait
from portal.demo.pictures.places import PLACES, place_picture
from portal.demo.pictures.still_lives import SCENES, article_picture

DEMO = content.load()
ARTICLES = {prose.slug: prose for prose in DEMO.articles}
DOCTORS = {facts.slug: facts for facts in DEMO.doctors}
# Hosts of public bodies and professional societies.
TRUSTED = re.compile(
    r"https://([a-z]+\.)*(nhs\.uk|nice\.org\.uk|who\.int|gov\.uk|bad\.org\.uk"
    r"|thebms\.org\.uk|bda\.uk\.com|sepsistrust\.org|metoffice\.gov\.uk)/"
)


def words(text):
    return re.findall(r"[\w']+", text)


def syllables(word):
    groups = re.findall(r"[aeiouy]+", word.lower())
    silent = word.lower().endswith("e") and not word.lower().endswith("le")
    return max(1, len(groups) - silent)


def grade(text):
    """Flesch-Kincaid grade: years of school; add five for the age."""
    plain = re.sub(r"[*\[\]()#>]|https?://\S+|^\W+", " ", text, flags=re.MULTILINE)
    sentences = [s for s in re.split(r"[.!?:\n]+", plain) if words(s)]
    found = words(plain)
    return (
        0.39 * len(found) / len(sentences)
        + 11.8 * sum(map(syllables, found)) / len(found)
        - 15.59
    )


def test_there_are_as_many_of_everything_as_promised():
    doctors = [one for one in DEMO.doctors if one.title != "Nurse"]
    zones = {one["time_zone"] for one in DEMO.locations}
    assert (len(DEMO.locations), len(zones)) == (3, 2)
    assert len(DEMO.specialties) == 12
    assert len(doctors) == 40
    assert len(DEMO.articles) == 25
    assert 10 <= len(DEMO.visit_types) <= 12
    assert DEMO.people["patients"]["count"] == 300


def test_every_policy_occurs():
    booking = {one["booking"] for one in DEMO.visit_types}
    payment = {one["payment"] for one in DEMO.visit_types}
    assert booking == {"instant", "request", "call"}
    assert payment == {"before", "at_clinic", "free"}


def test_the_special_doctors_are_there():
    assert [d.slug for d in DEMO.doctors if d.left_days_ago] == ["piers-aldington"]
    assert [d.slug for d in DEMO.doctors if not d.is_listed] == ["marek-zielinski"]
    assert [d.slug for d in DEMO.doctors if d.fully_booked] == ["adaeze-nwosu"]
    closed = [d.slug for d in DEMO.doctors if not d.takes_new_patients]
    assert closed == ["freya-lindqvist"]


def test_every_phone_number_is_kept_for_drama():
    text = (content.DATA / "clinic.toml").read_text()
    text += (content.DATA / "people.toml").read_text()
    for number in re.findall(r"\+\d{9,}", text):
        parsed = phonenumbers.parse(number)
        assert phonenumbers.is_possible_number(parsed)
        # Ofcom: 020 7946 0xxx and 07700 900xxx. Arcep: 01 99 00 xx xx.
        assert re.match(r"\+(442079460|447700900|3319900)", number), number


def test_every_address_lies_in_a_domain_that_nobody_can_own():
    for path in content.DATA.rglob("*.*"):
        for found in re.findall(r"[\w.]+@([\w.]+\w)", path.read_text()):
            assert re.search(r"(\.|^)example(\.(org|com|net))?$", found), (path, found)


@pytest.mark.parametrize("facts", DEMO.doctors, ids=lambda d: d.slug)
def test_a_doctor_is_whole(facts):
    opening = {
        place["slug"]: {
            day: (opens, closes)
            for line in place["hours"]
            for day, opens, closes in content.hours_of(line)
        }
        for place in DEMO.locations
    }
    for shift in facts.shifts:
        opens, closes = opening[shift.location][shift.weekday]
        assert opens <= shift.starts < shift.ends <= closes
        assert all(shift.starts < a < b < shift.ends for a, b in shift.breaks)
    for one, two in combinations(facts.shifts, 2):
        if one.weekday == two.weekday:
            assert one.ends <= two.starts or two.ends <= one.starts
    known = [*DEMO.specialties, *DEMO.without_page]
    assert set(facts.specialties) <= {s["slug"] for s in known}
    assert set(facts.visit_types) <= {v["slug"] for v in DEMO.visit_types}
    assert facts.languages[0] == "en"
    assert re.fullmatch(r"\d{7}", facts.registration_number)
    assert len(words(facts.bio)) >= 30
    assert re.search(r"\b(I|my)\b", facts.bio)
    assert all(len(topic) <= 60 for topic in facts.helps)
    assert len(facts.helps) >= 3


@pytest.mark.parametrize("prose", DEMO.articles, ids=lambda p: p.slug)
def test_an_article_is_careful(prose):
    matter = prose.matter
    assert 500 <= len(words(prose.text)) <= 900
    assert 60 <= len(matter["summary"]) <= 300
    assert len(matter["sources"]) >= 2
    for source in matter["sources"]:
        assert source["publisher"]
        assert source["title"]
        assert TRUSTED.match(source["url"]), source["url"]
    assert matter["reviewer"] in DOCTORS
    assert matter["author"] != matter["reviewer"]
    assert matter["author"] in DOCTORS or matter["author"] == "tess-marlowe"
    assert set(matter["specialties"]) <= {s["slug"] for s in DEMO.specialties}
    assert set(matter["doctors"]) <= DOCTORS.keys()
    # A reading age of about 9 to 11.
    assert grade(prose.text) < 6


@pytest.mark.parametrize("prose", DEMO.articles, ids=lambda p: p.slug)
def test_an_article_says_when_to_get_help(prose):
    cards = [b["value"] for b in article_body(prose.text) if b["type"] == "care_card"]
    assert [card["urgency"] for card in cards] == ["nonurgent", "urgent", "emergency"]
    for card in cards:
        assert 1 <= len(card["signs"]) <= 6
        assert all(len(sign) <= 160 for sign in card["signs"])
        assert len(card["heading"]) <= 90
    said = f"{cards[1]['heading']} {cards[1]['note']}"
    assert re.search(r"\b111\b|GP|maternity unit", said)
    assert "999" in cards[2]["heading"]


def test_a_few_reviews_are_overdue_on_purpose():
    overdue = {p.slug for p in DEMO.articles if p.matter["reviewed_days_ago"] > 366}
    assert overdue == {"acne", "hay-fever", "heartburn"}


def test_articles_tell_no_doses():
    dose = re.compile(r"\b\d+(\.\d+)?\s?(mg|micrograms|ml)\b", re.IGNORECASE)
    assert {p.slug for p in DEMO.articles if dose.search(p.text)} == set()


def test_every_article_has_a_picture_of_its_own():
    pictures = [prose.matter["picture"] for prose in DEMO.articles]
    assert sorted(pictures) == sorted(set(pictures))
    assert set(pictures) <= SCENES.keys()


def test_related_articles_exist():
    for specialty in DEMO.specialties:
        assert set(specialty["articles"]) <= ARTICLES.keys()
        assert specialty["articles"]


def test_markup_becomes_blocks():
    found = markup.blocks(
        "One **bold** [link](/a/).\n\n- x\n- y\n\n## Ask\n\n::: faq\n? Why?\nSo.\n:::\n"
        "\n::: urgent Call 111 if:\n- it hurts\n\nNow.\n:::\n"
    )
    assert [block["type"] for block in found] == ["text", "questions", "care_card"]
    assert found[0]["value"] == (
        '<p>One <b>bold</b> <a href="/a/">link</a>.</p><ul><li>x</li><li>y</li></ul>'
    )
    assert found[1]["value"]["heading"] == "Ask"
    assert found[1]["value"]["questions"] == [
        {"question": "Why?", "answer": "<p>So.</p>"}
    ]
    assert found[2]["value"]["urgency"] == "urgent"
    assert found[2]["value"]["signs"] == ["it hurts"]
    assert found[2]["value"]["note"] == "<p>Now.</p>"


def test_markup_escapes_what_is_no_markup():
    assert markup.rich_text("a < b & *c*") == "<p>a &lt; b &amp; <i>c</i></p>"


def test_hours_are_read_from_one_line():
    found = content.shifts_of("canal-street mon,wed 08:30-17:00 break 12:30-13:30")
    assert [(s.weekday, s.starts, s.ends, s.breaks) for s in found] == [
        (day, time(8, 30), time(17), ((time(12, 30), time(13, 30)),)) for day in (0, 2)
    ]
    assert content.days_of("mon-fri,sun") == [0, 1, 2, 3, 4, 6]
    assert content.days_before(date(2026, 3, 1), 2) == date(2026, 2, 27)


def test_path_data_is_understood_or_refused():
    assert flatten("M0 0L4 0V3Z") == [[(0, 0), (4, 0), (4, 3), (0, 0)]]
    curve = flatten("M0 0C0 10 10 10 10 0")[0]
    assert curve[0] == (0, 0)
    assert curve[-1] == (10, 0)
    assert max(y for _, y in curve) == pytest.approx(7.5)
    with pytest.raises(ValueError, match="not understood"):
        flatten("M0 0a1 1")


def test_a_see_through_colour_is_mixed_with_what_is_there():
    board = Canvas(10, 10, "#000000", scale=1)
    board.path("M0 0L10 0L10 10L0 10Z", "#ffffff80")
    assert board.image.getpixel((5, 5))[:3] == (128, 128, 128)


def test_portraits_differ_and_are_the_same_each_time(tmp_path):
    sizes = set()
    for facts in DEMO.doctors[:4]:
        drawn = portrait(facts.portrait, facts.slug, width=120)
        assert drawn == portrait(facts.portrait, facts.slug, width=120)
        path = tmp_path / f"{facts.slug}.webp"
        path.write_bytes(drawn)
        with Image.open(path) as picture:
            sizes.add(picture.size)
            # More than a flat ground: a face, hair and clothes.
            assert len(picture.convert("RGB").getcolors(50_000)) > 100
    assert sizes == {(120, 120)}
    looks = [tuple(sorted(map(str, d.portrait.items()))) for d in DEMO.doctors]
    assert len(set(looks)) == len(looks)


def test_every_hair_style_is_worn_by_somebody():
    assert {facts.portrait["hair"] for facts in DEMO.doctors} == STYLES.keys()


def test_places_and_articles_have_wide_pictures(tmp_path):
    drawings = [place_picture(slug, 240) for slug in PLACES]
    drawings += [article_picture(name, "sky", 240) for name in ("moon", "knee")]
    for number, drawn in enumerate(drawings):
        path = tmp_path / f"{number}.webp"
        path.write_bytes(drawn)
        with Image.open(path) as picture:
            assert picture.size == (240, 126)
