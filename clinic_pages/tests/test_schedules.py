"""A page goes live by itself only as long as whoever scheduled it may publish it."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from wagtail.models import PageLogEntry, Revision, WorkflowState

from accounts.users.models import Role
from accounts.users.services import (
    assign_role,
    end_access_at,
    reinstate_user,
    remove_role,
    suspend_user,
)
from clinic_pages.tasks import publish_scheduled
from foundation.urlconfs import looked_up_in
from tests.factories.accounts import UserFactory
from tests.factories.pages import draft_article, standard_page
from tests.jobs import queued_jobs

AN_HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def in_the_cms():
    with looked_up_in(settings.CMS_URLCONF):
        yield


@pytest.fixture
def later(monkeypatch):
    """later(): from now on it is two hours later."""

    def wait():
        then = timezone.now() + 2 * AN_HOUR
        monkeypatch.setattr("django.utils.timezone.now", lambda: then)

    return wait


def put_up():
    page = standard_page()
    page.save_revision().publish()
    page.refresh_from_db()
    return page


def scheduled(page, user):
    """A version of `page` that `user` has scheduled for in an hour."""
    page.go_live_at = timezone.now() + AN_HOUR
    page.title = "Opening at Easter"
    page.save_revision(user=user).publish(user=user)
    return page


def approved(author, reviewer):
    """An article that its reviewer approved, to go live in an hour."""
    page = draft_article()
    page.go_live_at = timezone.now() + AN_HOUR
    page.save_revision(user=author)
    page.get_workflow().start(page, author)
    task = WorkflowState.objects.get().current_task_state
    task.task.specific.on_action(task, reviewer, "approve")
    return page


def suspended(user, admin):
    suspend_user(actor=admin, user=user, at=timezone.now())


def without_the_role(user, admin):
    for assignment in user.role_assignments.all():
        remove_role(actor=admin, user=user, role=assignment.role)


def an_author_only(user, admin):
    assign_role(actor=admin, user=user, role=Role.AUTHOR)
    remove_role(actor=admin, user=user, role=Role.PUBLISHER)


def past_the_last_day(user, admin):
    end_access_at(actor=admin, user=user, ends_at=timezone.now())


def gone(user, admin):
    """Their row is gone; the note of the CMS still has its number."""
    PageLogEntry.objects.update(user_id=user.pk + 1000)


def live_title(page):
    page.refresh_from_db()
    return page.title if page.live else None


def held_back():
    return [
        ids["revision_id"]
        for path, ids in queued_jobs()
        if path == "portal.cms.tasks.tell_held_back"
    ]


@pytest.mark.parametrize("is_live", [True, False])
def test_what_a_publisher_scheduled_goes_live(editor, later, is_live):
    page = scheduled(put_up() if is_live else standard_page(live=False), editor)
    publish_scheduled()
    assert live_title(page) == ("About us" if is_live else None)
    later()
    publish_scheduled()
    assert live_title(page) == "Opening at Easter"
    assert not held_back()


@pytest.mark.parametrize(
    "how", [suspended, without_the_role, an_author_only, past_the_last_day, gone]
)
@pytest.mark.parametrize("is_live", [True, False])
def test_not_when_they_may_publish_no_more(editor, admin, later, how, is_live):
    page = scheduled(put_up() if is_live else standard_page(live=False), editor)
    revision = Revision.objects.get(approved_go_live_at__isnull=False)
    how(editor, admin)
    later()
    publish_scheduled()
    assert live_title(page) == ("About us" if is_live else None)
    assert held_back() == [revision.pk]
    publish_scheduled()
    assert held_back() == [revision.pk]


def test_it_is_cancelled_before_it_is_due_and_stays_so(editor, admin, later):
    """Others have time to schedule it anew, and coming back brings nothing back."""
    page = scheduled(put_up(), editor)
    suspended(editor, admin)
    publish_scheduled()
    assert held_back()
    assert PageLogEntry.objects.filter(action="wagtail.schedule.cancel").exists()
    reinstate_user(actor=admin, user=editor)
    later()
    publish_scheduled()
    assert live_title(page) == "About us"


def test_somebody_else_schedules_it_anew(editor, admin, later):
    page = scheduled(put_up(), editor)
    other = UserFactory()
    assign_role(actor=None, user=other, role=Role.PUBLISHER)
    scheduled(page, other)
    suspended(editor, admin)
    later()
    publish_scheduled()
    assert live_title(page) == "Opening at Easter"
    assert not held_back()


@pytest.mark.parametrize("may", [True, False])
def test_a_reviewer_who_publishes_by_approving(author, reviewer, admin, later, may):
    page = approved(author, reviewer)
    if not may:
        without_the_role(reviewer, admin)
    later()
    publish_scheduled()
    assert live_title(page) == ("Headaches" if may else None)
    assert bool(held_back()) is not may


def test_the_author_of_the_words_may_have_left(author, reviewer, admin, later):
    page = approved(author, reviewer)
    suspended(author, admin)
    later()
    publish_scheduled()
    assert live_title(page) == "Headaches"


def test_what_code_scheduled_goes_live(db, later):
    page = scheduled(put_up(), None)
    later()
    publish_scheduled()
    assert live_title(page) == "Opening at Easter"


def test_what_nobody_is_known_to_have_scheduled_does_not(editor, later):
    page = scheduled(put_up(), editor)
    PageLogEntry.objects.all().delete()
    later()
    publish_scheduled()
    assert live_title(page) == "About us"
