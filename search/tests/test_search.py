from datetime import timedelta

import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.utils import timezone
from wagtail.models import PageViewRestriction

from clinic.models import Doctor
from search.queries import clean, corrected, find, suggestions
from tests.factories.clinic import DoctorFactory, SpecialtyFactory
from tests.factories.pages import (
    article,
    doctor_page,
    draft_article,
    specialty_page,
    standard_page,
)

TODAY = timezone.localdate()


@pytest.fixture
def site(db):
    """Pages to find and pages that must not be found, all in the index."""
    caches["pages"].clear()
    skin = SpecialtyFactory(
        name="Dermatology", plain_name="Skin", practitioner="Skin specialist"
    )
    doctor = DoctorFactory(first_name="Tobias", last_name="Wren", specialties=[skin])
    doctor_page(doctor=doctor, can_help_with=[("topic", "Moles")])
    specialty_page(specialty=skin, treats=[("topic", "Eczema")])
    article(title="Headaches", also_known_as="migraine, sore head")
    draft_article(title="Secret headaches", slug="secret")
    standard_page(title="Café Wren", slug="cafe")
    hidden = standard_page(title="Headaches for staff", slug="staff")
    PageViewRestriction.objects.create(
        page=hidden, restriction_type=PageViewRestriction.LOGIN
    )
    call_command("update_index", verbosity=0)
    return doctor


def titles(typed, today=TODAY):
    found = find(typed, today=today)
    groups = (found.doctors, found.conditions, found.pages)
    return tuple({page.title for page in group} for group in groups)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("headaches", (set(), {"Headaches"}, set())),
        ("headache", (set(), {"Headaches"}, set())),
        ("migraine", (set(), {"Headaches"}, set())),
        ("wren", ({"Dr Tobias Wren"}, set(), {"Café Wren"})),
        ("moles", ({"Dr Tobias Wren"}, set(), set())),
        ("dermatology", ({"Dr Tobias Wren"}, {"Skin"}, set())),
        ("xylophone quartet", (set(), set(), set())),
        ("", (set(), set(), set())),
    ],
)
def test_find_groups_doctors_conditions_and_pages(site, typed, expected):
    assert titles(typed) == expected


@pytest.mark.parametrize(
    ("typed", "instead"),
    [("hedaches", "headaches"), ("dermatolgy", "dermatology"), ("migrane", "migraine")],
)
def test_a_misspelt_word_finds_the_nearest(site, typed, instead):
    found = find(typed, today=TODAY)
    assert found.instead == instead
    assert found.total > 0


def test_known_words_are_not_corrected(site):
    assert corrected("headaches") == ""
    assert corrected("qqqqqq") == ""


def test_accents_are_forgiven(site):
    assert titles("cafe wrenn")[2] == {"Café Wren"}


def test_drafts_and_private_pages_are_never_found(client, site):
    html = client.get("/search/", {"q": "headaches"}).content.decode()
    assert "Headaches" in html
    assert "Secret" not in html
    assert "for staff" not in html
    assert suggestions("secret") == []
    assert suggestions("headaches for") == []


def test_a_doctor_who_left_is_not_found(site):
    Doctor.objects.update(left_date=TODAY)
    assert titles("wren")[0] == set()
    assert titles("wren", TODAY - timedelta(days=1))[0] == {"Dr Tobias Wren"}


def test_suggestions_follow_the_typing(client, site):
    assert suggestions("sk") == ["Skin"]
    assert "Headaches" in suggestions("head")
    assert suggestions("s") == []
    html = client.get("/search/suggestions/", {"q": "sk"}).content.decode()
    assert '<option value="Skin">' in html


@pytest.mark.parametrize(
    "typed",
    ["<script>alert(1)</script>", "' OR 1=1 --", "%_*:&|!()", "x" * 5000],
)
def test_anything_may_be_typed(client, site, typed):
    for path in ("/search/", "/search/suggestions/"):
        answer = client.get(path, {"q": typed})
        assert answer.status_code == 200
        assert "<script>alert" not in answer.content.decode()


def test_a_question_has_at_most_eight_words():
    assert clean("one two " * 20) == " ".join(["one two"] * 4)


def test_searching_costs_few_queries(client, site, django_assert_max_num_queries):
    client.get("/search/", {"q": "wren"})
    with django_assert_max_num_queries(14):
        client.get("/search/", {"q": "wren"})


def test_nothing_found_says_what_to_try(client, site):
    html = client.get("/search/", {"q": "xylophone"}).content.decode()
    assert "Nothing matches" in html
    assert "See all doctors with their open times" in html
    assert '<meta name="robots" content="noindex">' in html
