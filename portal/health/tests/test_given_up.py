"""Work that the queue gave up: administrators are told, once for each kind and hour."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from django_q.models import Task

from accounts.users.models import Role
from accounts.users.services import assign_role
from notifications.models import Delivery
from portal.health.services import tell_of_given_up
from portal.metrics.queries import exposition
from portal.schedules import SCHEDULES
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

AT = datetime(2030, 3, 4, 10, 41, tzinfo=UTC)
REMIND = "booking.reminders.tasks.send_due_reminders"
SETTLE = "billing.settlements.tasks.settle_event"
numbers = count()


def failed(path=REMIND, *, at=AT, tries=5):
    """As the worker leaves it; a job's ids and the error's own words among it."""
    Task.objects.create(
        id=f"{next(numbers):032}",
        name=path,
        func=path,
        kwargs={"payment_id": 7340917},
        result="DataError: diabetes of Ann Patient",
        started=at,
        stopped=at,
        success=False,
        attempt_count=tries,
    )


def told(channel="EMAIL"):
    return list(Delivery.objects.filter(channel=channel).order_by("pk"))


def test_each_administrator_is_told_by_mail_and_in_the_portal(admin, desk, ann):
    other = UserFactory(email="other@example.org")
    assign_role(actor=None, user=other, role=Role.ADMIN)
    failed()
    tell_of_given_up(at=AT + timedelta(minutes=1))
    for channel in ("EMAIL", "IN_APP"):
        assert {one.user for one in told(channel)} == {admin, other}
    (mail, _) = told()
    name = next(name for name, (path, _) in SCHEDULES.items() if path == REMIND)
    assert name in mail.body_text
    assert "failed 5 times" in mail.body_text
    assert "last at 10:41" in mail.body_text
    assert "begins anew at its next time" in mail.body_text


def test_once_for_each_kind_and_hour(admin):
    failed()
    failed(at=AT + timedelta(minutes=5))
    for minute in range(8):
        tell_of_given_up(at=AT + timedelta(minutes=minute))
    assert len(told()) == 1
    failed(SETTLE, at=AT + timedelta(minutes=8))
    tell_of_given_up(at=AT + timedelta(minutes=9))
    assert len(told()) == 2
    assert "Nobody begins it anew" in told()[1].body_text
    failed(at=AT + timedelta(minutes=20))
    tell_of_given_up(at=AT + timedelta(minutes=21))
    assert len(told()) == 3


def test_what_is_still_tried_or_long_past_is_told_to_nobody(admin):
    failed(tries=4)
    failed(SETTLE, at=AT - timedelta(days=2))
    assert tell_of_given_up(at=AT + timedelta(minutes=1)) == 0
    assert not Delivery.objects.exists()


def test_neither_whom_it_was_about_nor_the_error_is_told(admin):
    failed(SETTLE)
    tell_of_given_up(at=AT)
    for one in Delivery.objects.all():
        for text in (one.subject, one.body_text, one.body_html):
            assert "diabetes" not in text
            assert "Patient" not in text
            assert "7340917" not in text


def test_monitoring_is_told_too(admin):
    failed()
    failed(SETTLE, tries=2)
    assert b"medconsult_jobs_given_up 1.0" in exposition(at=AT + timedelta(minutes=1))
