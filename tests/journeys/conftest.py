"""What the journeys share."""

import pytest
from django.core.cache import caches
from wagtail.models import Locale, Page, Site

from clinic_pages.models import DoctorIndexPage
from home.models import HomePage
from tests.factories.pages import doctor_page, index
from tests.factories.practice import Practice


@pytest.fixture
def practice(transactional_db):
    """Open around the clock, so that a journey can begin at any hour."""
    practice = Practice()
    practice.calloway = practice.doctor("Calloway", works=False)
    practice.hours(practice.calloway, days=range(7), start=0, end=23)
    return practice


@pytest.fixture
def public_site(practice):
    """A home page, the directory, and Dr Calloway's page.

    Tests that commit leave empty tables behind, so the migrations' pages may be gone.
    """
    Locale.objects.get_or_create(language_code="en")
    if not HomePage.objects.exists():
        root = Page.get_first_root_node() or Page.add_root(title="Root", slug="root")
        home = root.add_child(instance=HomePage(title="Home", slug="home"))
        fields = {"hostname": "localhost", "root_page": home}
        Site.objects.update_or_create(is_default_site=True, defaults=fields)
    Site.clear_site_root_paths_cache()
    index(DoctorIndexPage)
    page = doctor_page(doctor=practice.calloway)
    page.save_revision().publish()
    practice.calloway.refresh_from_db()
    caches["pages"].clear()
    return page
