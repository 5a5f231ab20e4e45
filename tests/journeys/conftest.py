"""What the journeys share."""

import pytest

from clinic_pages.models import DoctorIndexPage
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
    """The directory and Dr Calloway's page, below the home page that is there."""
    index(DoctorIndexPage)
    page = doctor_page(doctor=practice.calloway)
    page.save_revision().publish()
    practice.calloway.refresh_from_db()
    return page
