"""Changing SECRET_KEY beside visitors: what the old one signed holds while it stands
among the fallbacks, and not a moment longer."""

from datetime import UTC, datetime
from queue import Queue
from threading import Event

import pytest
from django.test import Client
from django_q.models import OrmQ
from django_q.pusher import pusher
from django_q.tasks import async_task

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


def taken():
    """The arguments of the jobs that a worker takes at its next look."""
    jobs, stop = Queue(), Event()
    stop.set()
    pusher(jobs, stop)
    return [job["args"] for job in jobs.queue]


def test_jobs_that_wait_are_done(changed):
    async_task("tests.jobs.mark", "one")
    changed()
    assert taken() == [("one",)]


def test_a_job_that_no_key_of_ours_opens_is_kept_for_whoever_has_it(changed):
    async_task("tests.jobs.mark", "one")
    changed(keep=False)
    assert taken() == []
    job = OrmQ.objects.get()
    # Handed out anew after a while, as any that was not done.
    job.lock = NOW
    job.save()
    changed()
    assert taken() == [("one",)]
