"""Changing SECRET_KEY beside visitors: what the old one signed holds while it stands
among the fallbacks, and not a moment longer."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from booking.appointments.queries import manage_token, read_manage_token
from tests.factories.booking import AppointmentFactory

NOW = datetime(2026, 3, 10, tzinfo=UTC)
pytestmark = pytest.mark.django_db
NEW = "another-secret-that-takes-the-place-of-the-one-before-it"


@pytest.fixture
def changed(settings):
    """changed(): another key from now on; with keep=False without the old one."""
    old = settings.SECRET_KEY

    def change(*, keep=True):
        settings.SECRET_KEY = NEW
        settings.SECRET_KEY_FALLBACKS = [old] if keep else []

    return change


def test_links_open_as_long_as_the_old_key_is_kept(changed):
    visit = AppointmentFactory()
    signed = manage_token(visit)
    changed()
    assert read_manage_token(signed, at=NOW).public_id == visit.public_id
    assert read_manage_token(manage_token(visit), at=NOW).public_id == visit.public_id
    changed(keep=False)
    assert read_manage_token(signed, at=NOW) is None


def test_people_stay_signed_in(changed, ann):
    browser = Client()
    browser.force_login(ann)
    changed()
    assert browser.get("/portal/").status_code == 200
    # By now the session is bound to the new key.
    changed(keep=False)
    assert browser.get("/portal/").status_code == 200


def test_without_the_old_key_whoever_was_signed_in_signs_in_anew(changed, ann):
    browser = Client()
    browser.force_login(ann)
    changed(keep=False)
    assert browser.get("/portal/").status_code == 302
