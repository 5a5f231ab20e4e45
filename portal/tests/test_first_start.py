"""The first day of a real clinic, without the demo."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from wagtail.models import Page

from accounts.models import User
from accounts.users.models import Role
from audit.models import Entry
from clinic.identity.queries import current
from clinic.models import Location, Specialty
from clinic_pages.models import Menus, StandardPage
from tests.factories.pages import clinic_settings, menus, site
from tests.jobs import queued_jobs

GIVEN = {
    "name": "Harbour Surgery",
    "time_zone": "Europe/Dublin",
    "currency": "EUR",
    "admin_email": "asha@example.org",
    "location": "Quayside",
    "address": "1 Quay Street",
    "city": "Cork",
}


def start(**fields):
    out = StringIO()
    call_command("start_clinic", stdout=out, **{**GIVEN, **fields})
    return out.getvalue()


@pytest.fixture
def started(db):
    return start()


def test_the_clinic_is_called_what_was_said(started):
    clinic = current()
    assert (clinic.name, clinic.time_zone) == ("Harbour Surgery", "Europe/Dublin")
    assert clinic.currency == "EUR"
    assert Location.objects.get().time_zone == "Europe/Dublin"
    assert Specialty.objects.get().slug == "gp"


def test_every_page_of_the_menus_opens_and_says_what_is_missing(client, started):
    home = client.get("/").text
    paths = {
        "/",
        *(page.specific.path_on_site for page in Page.objects.live().filter(depth=3)),
    }
    assert len(paths) == 12
    for path in paths:
        assert client.get(path).status_code == 200, path
    linked = set(re.findall(r'href="(/[a-z/]*)"', home))
    assert paths <= linked
    assert "No doctor fits" in client.get("/doctors/").text
    for path in linked:
        assert client.get(path, follow=True).status_code == 200, path


def test_the_administrator_is_invited_and_has_no_password(started):
    user = User.objects.get(email="asha@example.org")
    assert not user.has_usable_password()
    assert [one.role for one in user.role_assignments.all()] == [Role.ADMIN]
    jobs = [path for path, _ in queued_jobs()]
    assert jobs.count("portal.reactions.invite_staff") == 1


def test_a_second_time_changes_nothing(started):
    pages, entries = Page.objects.count(), Entry.objects.count()
    said = start(name="Other", admin_email="other@example.org", currency="USD")
    assert "Nothing was changed" in said
    assert (Page.objects.count(), Entry.objects.count()) == (pages, entries)
    assert (current().name, current().currency) == ("Harbour Surgery", "EUR")
    assert not User.objects.filter(email="other@example.org").exists()


def test_what_editors_made_before_stays(db):
    clinic_settings(name="Known already")
    menus(main=[("link", {"label": "Only", "page": None, "address": "/book/"})])
    start()
    assert current().name == "Known already"
    assert [link.value.words for link in Menus.for_site(site()).main] == ["Only"]
    assert StandardPage.objects.filter(slug="privacy").exists()


@pytest.mark.parametrize(
    ("field", "wrong", "words"),
    [
        ("name", " ", "needs a name"),
        ("time_zone", "Cork", "no time zone"),
        ("currency", "euro", "no currency"),
        ("admin_email", "asha", "valid email"),
        ("city", " ", "needs a name, an address and a city"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(db, field, wrong, words):
    before = Page.objects.count()
    with pytest.raises(CommandError, match=words):
        start(**{field: wrong})
    assert Page.objects.count() == before
    assert not User.objects.exists()


def test_without_a_keyboard_what_is_missing_is_named(db, monkeypatch):
    monkeypatch.setattr("sys.stdin", StringIO())
    with pytest.raises(CommandError, match="--admin-email"):
        start(admin_email=None)
