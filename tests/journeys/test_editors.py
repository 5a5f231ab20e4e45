"""From an editor's first word to what a visitor reads, in a browser."""

import re

import pytest
from playwright.sync_api import expect
from wagtail.rich_text import RichText

from clinic_pages.models import HealthArticle
from tests.browser import DESK, PHONE
from tests.factories.pages import doctor_page, draft_article, standard_page
from tests.journeys.signing_in import sign_in
from tests.servers import free_port, running_web

pytestmark = pytest.mark.browser

WIDTHS = pytest.mark.parametrize("width", [PHONE, DESK], ids=["phone", "desk"])


@pytest.fixture
def cms(live_server, settings):
    """The CMS's own program, beside the site of the live server; gives its address."""
    port = free_port()
    settings.CMS_URL = f"http://cms.localhost:{port}"
    rules = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    forms = [*rules["form-action"], settings.CMS_URL]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": rules | {"form-action": forms}}
    addresses = {"SITE_URL": live_server.url, "SITE_INTERNAL_URL": live_server.url}
    program = running_web(
        "portal.cms.wsgi:application",
        port=port,
        WEB_PROCESSES="1",
        CMS_URL=settings.CMS_URL,
        **addresses,
    )
    with program:
        settings.SITE_URL = live_server.url
        yield settings.CMS_URL


@pytest.fixture
def come_as(visitor, cms):
    """In the CMS, by the way that editors go."""

    def come(user, **options):
        page = visitor(**options)
        sign_in(page, user)
        page.goto(f"{cms}/cms/")
        page.wait_for_url(f"{cms}/cms/")
        return page

    return come


@pytest.fixture
def edit(cms):
    return lambda page: f"{cms}/cms/pages/{page.pk}/edit/"


def _act(page, button):
    """Press one of the buttons in the CMS's footer, also one that is folded away."""
    found = page.locator(f"footer {button}").first
    if not found.is_visible():
        page.locator("footer [data-w-dropdown-target=toggle]").first.click()
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        found.click()
    page.wait_for_load_state("networkidle")


@WIDTHS
def test_an_article_goes_from_its_author_over_the_review_to_the_visitor(
    cms, edit, come_as, visitor, author, reviewer, practice, width
):
    article = draft_article(title="Nosebleeds", slug="nosebleeds")
    path = article.path_on_site
    stranger = visitor(width=width)
    assert stranger.goto(path).status == 404

    writing = come_as(author, width=width)
    writing.goto(edit(article))
    writing.locator("#id_summary").fill("Lean forward, and pinch for ten minutes.")
    expect(writing.locator("[name=action-publish]")).to_have_count(0)
    _act(writing, "[name=action-submit]")
    expect(writing.get_by_text("submitted for moderation").first).to_be_visible()
    assert stranger.goto(path).status == 404

    checking = come_as(reviewer, width=width)
    checking.goto(f"{cms}/cms/pages/{article.pk}/view_draft/")
    expect(checking.get_by_text("pinch for ten minutes").first).to_be_visible()
    checking.goto(edit(article))
    _act(checking, "[data-workflow-action-name=approve]")

    assert HealthArticle.objects.get(pk=article.pk).live
    assert stranger.goto(path).status == 200
    expect(stranger.get_by_text("pinch for ten minutes").first).to_be_visible()


@WIDTHS
def test_a_doctors_page_is_changed_previewed_and_published(
    cms, edit, come_as, visitor, editor, practice, ann, width
):
    page = doctor_page(doctor=practice.calloway)
    page.save_revision().publish()
    stranger = visitor(width=width)
    stranger.goto(page.path_on_site)
    expect(stranger.get_by_text("adults and teenagers")).to_be_visible()

    editing = come_as(editor, width=width)
    editing.goto(edit(page))
    editing.locator("#panel-child-content-about-section [role=textbox]").click()
    editing.keyboard.press("Control+A")
    editing.keyboard.type("I see children too.")
    expect(editing.locator("input[name=about]")).to_have_value(re.compile("children"))
    _act(editing, "button.action-save")
    editing.goto(f"{cms}/cms/pages/{page.pk}/view_draft/")
    expect(editing.get_by_text("I see children too.")).to_be_visible()
    stranger.reload()
    expect(stranger.get_by_text("adults and teenagers")).to_be_visible()

    editing.goto(edit(page))
    _act(editing, "[name=action-publish]")
    stranger.reload()
    expect(stranger.get_by_text("I see children too.")).to_be_visible()


def test_the_checks_beside_a_page_look_at_what_is_shown(
    cms, edit, come_as, editor, practice
):
    page = standard_page(body=[("text", RichText("<p>Where to park.</p>"))])
    editing = come_as(editor)
    editing.goto(edit(page))
    editing.get_by_role("button", name="Toggle checks").click()
    issues = editing.locator("[data-content-checker-count]")
    expect(editing.locator("[data-content-word-count]")).to_have_text(
        re.compile(r"[1-9]")
    )
    expect(issues).to_have_text("0")

    # A heading two levels below the title of the page.
    page.body = [("text", RichText("<h3>By car</h3><p>Where to park.</p>"))]
    page.save_revision()
    editing.goto(edit(page))
    expect(issues).to_have_text("1")


def test_an_editor_never_reaches_a_patient(cms, edit, come_as, editor, ann):
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
