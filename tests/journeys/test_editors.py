"""From an editor's first word to what a visitor reads, in a browser."""

import re

import pytest
from playwright.sync_api import expect

from clinic_pages.models import HealthArticle
from tests.factories.pages import doctor_page, draft_article
from tests.journeys.signing_in import sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def come_as(visitor):
    def come(user, **options):
        page = visitor(**options)
        sign_in(page, user)
        return page

    return come


def _edit(page):
    return f"/cms/pages/{page.pk}/edit/"


def _act(page, button):
    """Press one of the buttons in the CMS's footer, also one that is folded away."""
    found = page.locator(f"footer {button}").first
    if not found.is_visible():
        page.locator("footer [data-w-dropdown-target=toggle]").first.click()
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        found.click()
    page.wait_for_load_state("networkidle")


def test_an_article_goes_from_its_author_over_the_review_to_the_visitor(
    come_as, visitor, author, reviewer, practice
):
    article = draft_article(title="Nosebleeds", slug="nosebleeds")
    path = article.path_on_site
    stranger = visitor()
    assert stranger.goto(path).status == 404

    writing = come_as(author)
    writing.goto(_edit(article))
    writing.locator("#id_summary").fill("Lean forward, and pinch for ten minutes.")
    expect(writing.locator("[name=action-publish]")).to_have_count(0)
    _act(writing, "[name=action-submit]")
    expect(writing.get_by_text("submitted for moderation").first).to_be_visible()
    assert stranger.goto(path).status == 404

    checking = come_as(reviewer)
    checking.goto(f"/cms/pages/{article.pk}/view_draft/")
    expect(checking.get_by_text("pinch for ten minutes").first).to_be_visible()
    checking.goto(_edit(article))
    _act(checking, "[data-workflow-action-name=approve]")

    assert HealthArticle.objects.get(pk=article.pk).live
    assert stranger.goto(path).status == 200
    expect(stranger.get_by_text("pinch for ten minutes").first).to_be_visible()


def test_a_doctors_page_is_changed_previewed_and_published(
    come_as, visitor, editor, practice, ann
):
    page = doctor_page(doctor=practice.calloway)
    page.save_revision().publish()
    stranger = visitor()
    stranger.goto(page.path_on_site)
    expect(stranger.get_by_text("adults and teenagers")).to_be_visible()

    editing = come_as(editor)
    editing.goto(_edit(page))
    editing.locator("#panel-child-content-about-section [role=textbox]").click()
    editing.keyboard.press("Control+A")
    editing.keyboard.type("I see children too.")
    expect(editing.locator("input[name=about]")).to_have_value(re.compile("children"))
    _act(editing, "button.action-save")
    editing.goto(f"/cms/pages/{page.pk}/view_draft/")
    expect(editing.get_by_text("I see children too.")).to_be_visible()
    stranger.reload()
    expect(stranger.get_by_text("adults and teenagers")).to_be_visible()

    editing.goto(_edit(page))
    _act(editing, "[name=action-publish]")
    stranger.reload()
    expect(stranger.get_by_text("I see children too.")).to_be_visible()


def test_an_editor_never_reaches_a_patient(come_as, editor, ann):
    page = come_as(editor)
    for path in (
        "/clinic/",
        "/clinic/desk/",
        "/clinic/patients/",
        f"/clinic/patients/{ann.patient.public_id}/",
        f"/clinic/patients/{ann.patient.public_id}/documents/",
        "/clinic/payments/",
        "/clinic/settings/people/",
    ):
        response = page.goto(path)
        assert response.status in {403, 404}, path
        assert "Ann" not in page.locator("main").inner_text()
