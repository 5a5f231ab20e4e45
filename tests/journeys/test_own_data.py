"""A patient gets a copy of everything, in a real browser, on a phone."""

import json
import re
import zipfile

import pytest

from tests.browser import PHONE, accessibility_problems
from tests.factories.records import DocumentFactory
from tests.jobs import run_jobs
from tests.journeys.signing_in import sign_in
from tests.saying import said

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_copy_of_everything(clinical_files, visitor, ann, tmp_path):
    page = visitor(width=PHONE)
    DocumentFactory(patient=ann.patient, title="Letter about the Quillwort tremor")
    sign_in(page, ann)
    page.goto("/portal/account/settings/")
    page.get_by_role("link", name="Get a copy of everything").click()
    page.get_by_role("button", name="Ask for a copy").click()
    page.get_by_text("We are collecting your data").wait_for()
    assert page.get_by_role("progressbar").is_visible()
    run_jobs()
    # The page finds out by itself.
    page.get_by_text("Your copy is ready").wait_for()
    assert accessibility_problems(page) == []
    with page.expect_download() as found:
        page.get_by_role("link", name="Download your copy").click()
    assert re.fullmatch(r"my-data-\d{4}-\d\d-\d\d\.zip", found.value.suggested_filename)
    saved = tmp_path / "mine.zip"
    found.value.save_as(saved)
    with zipfile.ZipFile(saved) as zipped:
        zipped.extractall(tmp_path / "mine")
    (paper,) = json.loads((tmp_path / "mine/data/documents.json").read_text())
    assert (tmp_path / "mine" / paper["file"]).exists()
    page.goto("/portal/account/data/")
    page.get_by_role("button", name="Delete it now").click()
    page.get_by_text("Your last copy is deleted").wait_for()
    _read_offline(page, tmp_path / "mine" / "index.html", paper)


def _read_offline(page, index, paper):
    """What was unpacked can be read without us, without a script, on a phone."""
    page.context.set_offline(True)
    page.goto(index.as_uri())
    page.get_by_role("heading", name="Your documents").wait_for()
    assert page.get_by_text("Letter about the Quillwort tremor").is_visible()
    assert page.get_by_role("link", name=paper["file"]).count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_erasure_takes_three_people(
    clinical_files, visitor, ann, medical_admin, admin
):
    DocumentFactory(patient=ann.patient, title="Letter about the Quillwort tremor")
    page = visitor(width=PHONE)
    sign_in(page, ann)
    page.goto("/portal/account/data/")
    page.get_by_role("link", name="Ask us to erase your data").click()
    page.get_by_role("button", name="Ask for erasure").click()
    page.get_by_text("Tick this so that we know you mean it").first.wait_for()
    assert accessibility_problems(page) == []
    page.get_by_label(re.compile("I know that my account is closed")).check()
    page.get_by_role("button", name="Ask for erasure").click()
    page.get_by_text("Waits to be checked").wait_for()
    _answer(visitor(), medical_admin)
    page.reload()
    page.get_by_text("Approved, waits for an administrator").wait_for()
    _release(visitor(), admin)
    run_jobs()
    # Signed out, for good.
    page.goto("/portal/account/data/")
    page.get_by_role("heading", name="Sign in").wait_for()
    _open_kept(visitor(), medical_admin)


def _answer(page, medical_admin):
    sign_in(page, medical_admin)
    page.goto("/clinic/erasures/")
    page.locator("tbody a").first.click()
    page.get_by_label("By which words of the law").select_option("NOT_NEEDED")
    page.get_by_label("In your own words").fill("Nothing of this is needed any more.")
    assert accessibility_problems(page) == []
    page.get_by_role("button", name="Answer").click()
    page.get_by_text("The person is told").wait_for()


def _release(page, admin):
    sign_in(page, admin)
    page.goto("/clinic/erasures/")
    page.locator("tbody a").first.click()
    erase = page.get_by_role("button", name="Erase now")
    erase.wait_for()
    assert "Ann" not in said(page.content())
    erase.click()
    page.get_by_text("It has begun").wait_for()


def _open_kept(page, medical_admin):
    sign_in(page, medical_admin)
    page.goto("/clinic/erasures/?show=all")
    page.locator("tbody a").first.click()
    page.get_by_role("heading", name="Report").wait_for()
    assert accessibility_problems(page) == []
    page.get_by_label("Why you need the closed record").fill(
        "A court asks for the letter of last year."
    )
    with page.expect_download() as found:
        page.get_by_role("button", name="Open the closed record").click()
    assert found.value.suggested_filename == "closed-record.zip"
