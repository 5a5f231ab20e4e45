"""A document over a line that breaks, on a phone."""

import io
import os
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from records.models import Document, Upload
from tests.browser import PHONE, accessibility_problems, is_wider_than_the_window
from tests.factories.records import png
from tests.journeys.signing_in import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def noise():
    """A picture of more than two parts."""
    out = io.BytesIO()
    Image.frombytes("RGB", (700, 600), os.urandom(700 * 600 * 3)).save(out, "PNG")
    return out.getvalue()


def choose(page, content, title="My letter"):
    page.get_by_label("File").set_input_files(
        {"name": "Quillwort.png", "mimeType": "image/png", "buffer": content}
    )
    page.get_by_label("What is it?").fill(title)
    page.get_by_role("button", name="Add document").click()


def hold_back(page, number):
    """The part of that number leaves the page and gets nowhere; gives a list that
    then holds it."""
    held, seen = [], []

    def take(route):
        if route.request.method != "PATCH":
            return route.continue_()
        seen.append(route)
        return held.append(route) if len(seen) == number else route.continue_()

    page.route(re.compile("/uploads/[0-9a-f-]+/$"), take)
    return held


def test_a_file_waits_while_the_phone_is_offline_and_goes_on_by_itself(
    visitor, clinical_files, ann
):
    page = visitor(width=PHONE)
    sign_in(page, ann)
    page.goto("/portal/documents/")
    held = hold_back(page, 2)
    choose(page, noise())
    bar = page.get_by_role("progressbar")
    expect(bar).to_be_visible()
    expect(bar).not_to_have_js_property("value", 0)
    while not held:
        page.wait_for_timeout(50)
    page.context.set_offline(True)
    held[0].abort("internetdisconnected")
    expect(page.locator("[data-upload-pause]")).to_have_text(
        re.compile("You are offline. Your file waits where it stopped")
    )
    expect(page.get_by_role("button", name="Try again now")).to_be_visible()
    assert accessibility_problems(page) == []
    assert not is_wider_than_the_window(page)
    assert Document.objects.count() == 0
    page.context.set_offline(False)
    expect(page.get_by_text("It can be opened now.")).to_be_visible()
    document = Document.objects.get()
    assert (document.title, Upload.objects.count()) == ("My letter", 1)
    # Nothing of it stays in the browser.
    kept = "JSON.stringify([{...localStorage}, {...sessionStorage}])"
    assert "uillwort" not in page.evaluate(kept)


def test_the_person_may_try_again_or_stop(visitor, clinical_files, ann):
    page = visitor(width=PHONE, theme="dark")
    sign_in(page, ann)
    page.goto("/portal/documents/")
    down = re.compile("/uploads/[0-9a-f-]+/$")
    page.route(down, lambda route: route.abort())
    choose(page, png((64, 64)))
    again = page.get_by_role("button", name="Try again now")
    again.wait_for()
    assert accessibility_problems(page) == []
    page.get_by_role("button", name="Stop sending").click()
    expect(page.get_by_role("progressbar")).to_be_hidden()
    expect(page.get_by_label("What is it?")).to_have_value("My letter")
    page.get_by_role("button", name="Add document").click()
    again.wait_for()
    page.unroute(down)
    again.click()
    expect(page.get_by_text("It can be opened now.")).to_be_visible()


def test_what_the_server_says_no_to_stands_beside_the_file(
    visitor, clinical_files, ann
):
    page = visitor(width=PHONE)
    sign_in(page, ann)
    page.goto("/portal/documents/")
    choose(page, b"MZ nothing that we know")
    expect(page.get_by_role("alert").first).to_contain_text("PDF, JPEG and PNG")
    expect(page.get_by_label("What is it?")).to_have_value("My letter")
    page.evaluate("document.querySelector('form[data-uploads]').dataset.most = 10")
    choose(page, png())
    expect(page.locator("[data-upload-problem]")).to_contain_text("larger than 20 MB")
    # An answer that is missing: the file is there all the same.
    page.evaluate("document.querySelector('form[data-uploads]').dataset.most = 1e7")
    choose(page, png(), title="")
    expect(page.get_by_text("Your file has arrived", exact=True)).to_be_visible()
    page.get_by_label("What is it?").fill("My letter")
    page.get_by_role("button", name="Add document").click()
    expect(page.get_by_text("It can be opened now.")).to_be_visible()
