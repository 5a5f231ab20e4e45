"""Publishers hear of a page that does not go live as it was planned."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.users.services import end_access_at, suspend_user
from notifications.models import Delivery
from portal.cms.tasks import tell_held_back
from tests.factories.pages import standard_page

AN_HOUR = timedelta(hours=1)


@pytest.fixture
def revision(db):
    return standard_page().save_revision()


def told():
    rows = Delivery.objects.filter(event="schedule_held_back", channel="EMAIL")
    return sorted(row.to_address for row in rows)


def test_every_publisher_is_told_once_and_where_to_look(revision, editor, author, ann):
    tell_held_back(revision.pk)
    tell_held_back(revision.pk)
    assert told() == [editor.email]
    mail = Delivery.objects.get(event="schedule_held_back", channel="EMAIL")
    where = f"{settings.CMS_URL}/cms/pages/{revision.object_id}/edit/"
    assert where in mail.body_text
    assert "About us" in mail.subject


@pytest.mark.parametrize("how", ["suspended", "left", "none"])
def test_without_a_publisher_administrators_are(revision, request, admin, how):
    if how != "none":
        editor = request.getfixturevalue("editor")
        at = timezone.now()
        if how == "suspended":
            suspend_user(actor=admin, user=editor, at=at)
        else:
            end_access_at(actor=admin, user=editor, ends_at=at)
    tell_held_back(revision.pk)
    assert told() == [admin.email]


def test_nothing_is_said_of_what_is_gone_or_scheduled_anew(revision, editor):
    tell_held_back(revision.pk + 1000)
    revision.approved_go_live_at = timezone.now() + AN_HOUR
    revision.save()
    tell_held_back(revision.pk)
    assert told() == []
