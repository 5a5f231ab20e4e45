"""What editors find in the CMS besides pages to edit."""

import re

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from wagtail.blocks import StreamBlock
from wagtail.blocks.base import Block

from clinic_pages.blocks import HomeBody
from clinic_pages.desk import home_page, tasks_for
from clinic_pages.models import ArticleIndexPage, ClinicSettings, DoctorIndexPage
from foundation.urlconfs import looked_up_in
from tests.factories.pages import clinic_settings, index

DESK = {
    "author": [
        "Write a health article",
        "Change a doctor's page",
        "Change the home page",
        "See the site",
    ],
    "editor": [
        "Write a health article",
        "Change a doctor's page",
        "Change the home page",
        "Change the menus",
        "Change the clinic's details",
        "See the site",
    ],
    "reviewer": ["See the site"],
}


@pytest.fixture
def lists(db):
    """The pages below which articles and doctors stand."""
    return index(ArticleIndexPage), index(DoctorIndexPage)


@pytest.mark.parametrize("who", DESK)
def test_the_desk_offers_what_one_may_do_and_nothing_else(client, request, lists, who):
    user = request.getfixturevalue(who)
    client.force_login(user)
    with looked_up_in(settings.CMS_URLCONF):
        offered = tasks_for(user)
    assert [task.words for task in offered] == DESK[who]
    for task in offered[:-1]:
        assert client.get(task.url, follow=True).status_code == 200, task.url


def test_the_desk_bears_the_clinics_name(client, editor, lists):
    clinic_settings(name="Larkfield Clinic")
    client.force_login(editor)
    html = client.get("/cms/").content.decode()
    assert re.search(r"<title>\s*Dashboard - Larkfield Clinic, CMS</title>", html)
    assert "What would you like to do?" in html
    assert "editor guide" not in html


def test_the_tree_of_pages_begins_at_the_home_page(client, editor, lists):
    client.force_login(editor)
    answer = client.get("/cms/pages/", {"q": "advice"})
    assert answer["Location"] == f"/cms/pages/{home_page().pk}/?q=advice"
    desk = client.get("/cms/").content.decode()
    assert '"wagtail.sidebar.PageExplorerMenuItem"' in desk
    assert f", {home_page().pk}]" in re.search(
        r'PageExplorerMenuItem".*?\]\}?', desk, re.S
    ).group(0)


def parts(block: Block) -> list[Block]:
    assert isinstance(block, StreamBlock)
    return list(block.child_blocks.values())


def test_every_part_says_what_it_is_for_and_stands_in_a_group():
    for part in parts(HomeBody()):
        assert part.get_description().endswith("."), part.name
        assert part.meta.group, part.name


@pytest.mark.parametrize(
    "name", [one.name for one in parts(HomeBody()) if one.is_previewable]
)
def test_a_part_can_be_seen_before_it_is_chosen(client, author, lists, name):
    part = HomeBody().child_blocks[name]
    client.force_login(author)
    answer = client.get("/cms/block-preview/", {"id": part.definition_prefix})
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "dist/app.css" in html
    sample = getattr(part.meta, "preview_value", None)
    if isinstance(sample, dict):
        assert sample["heading"] in html


def test_wrong_numbers_are_named_once_and_with_an_example(db):
    wrong = ClinicSettings(name="x", phone="12", emergency_number="abc")
    with pytest.raises(ValidationError) as error:
        wrong.full_clean(exclude=["site"])
    assert set(error.value.message_dict) == {"phone", "emergency_number"}
    assert "such as 999" in error.value.message_dict["emergency_number"][0]
