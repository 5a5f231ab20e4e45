"""What editors do in the CMS stands in the one log, which that program cannot touch."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from wagtail.documents import get_document_model
from wagtail.models import Collection, ModelLogEntry, PageLogEntry

from audit.models import Entry
from clinic_pages.models import StandardPage
from tests.cms import ROLE, TwoDoorsClient, as_role
from tests.factories.pages import home, standard_page
from tests.factories.records import paper

TITLE = "About diabetes and us"


@pytest.fixture
def page(db):
    return standard_page(title=TITLE, slug="about-us")


@pytest.fixture
def browser(editor):
    found = TwoDoorsClient()
    found.force_login(editor)
    return found


def acts():
    """What editors did, as the log has it: who, in which role, what, and with what."""
    rows = Entry.objects.filter(category="PAGES").order_by("pk")
    return [
        (row.actor, row.role, row.verb, row.subject_type, row.subject_id)
        for row in rows
    ]


def test_publishing_hiding_taking_off_and_deleting_a_page(browser, editor, page):
    path = f"/cms/pages/{page.pk}"
    page.save_revision(user=editor).publish(user=editor)
    browser.post(f"{path}/privacy/", {"restriction_type": "login"})
    browser.post(f"{path}/unpublish/")
    browser.post(f"{path}/delete/")
    assert not StandardPage.objects.exists()
    what = ("clinic_pages.standardpage", page.pk)
    assert [row for row in acts() if row[0] == editor] == [
        (editor, "PUBLISHER", f"cms.wagtail.{verb}", *what)
        for verb in ("publish", "view_restriction.create", "unpublish", "delete")
    ]


def test_moving_a_page_and_adding_a_file(browser, editor, page, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    other = standard_page(title="Elsewhere", slug="elsewhere")
    browser.post(f"/cms/pages/{page.pk}/move/{other.pk}/confirm/")
    file = SimpleUploadedFile("leaflet.pdf", paper())
    browser.post(
        "/cms/documents/add/",
        {
            "title": "Leaflet",
            "collection": Collection.get_first_root_node().pk,
            "file": file,
        },
    )
    document = get_document_model().objects.get()
    assert [row[2:] for row in acts() if row[0] == editor] == [
        ("cms.wagtail.move", "clinic_pages.standardpage", page.pk),
        ("cms.wagtail.create", "wagtaildocs.document", document.pk),
    ]


def test_no_words_are_copied_and_nobody_is_named_as_a_patient(browser, page):
    browser.post(f"/cms/pages/{page.pk}/unpublish/")
    note = PageLogEntry.objects.get(action="wagtail.unpublish")
    assert note.label == TITLE
    entry = Entry.objects.get(verb="cms.wagtail.unpublish")
    assert "diabetes" not in json.dumps([str(value) for value in vars(entry).values()])
    assert entry.detail["note"] == str(note.uuid)
    assert (entry.patient_id, entry.on_behalf_of_id) == (None, None)


def test_what_the_cms_takes_out_of_its_own_log_stays_in_ours(browser, page):
    browser.post(f"/cms/pages/{page.pk}/unpublish/")
    before = acts()
    assert before
    with as_role(ROLE):
        PageLogEntry.objects.all().delete()
        ModelLogEntry.objects.all().delete()
    assert acts() == before


def test_what_is_published_by_the_clock_is_nobodys_act(db):
    page = home().add_child(instance=StandardPage(title="Soon", slug="soon"))
    page.save_revision().publish()
    assert acts()[-1][:3] == (None, "", "cms.wagtail.publish")
