"""What the CMS's own rights do not say.

Who may edit and publish which page is a matter of groups (see the migration of the
editorial roles). Two things are not: health advice goes out only after a clinical
reviewer has approved just that version, whoever presses the button; and a page about a
doctor, specialty or location cannot be copied, because there is one of each.
"""

from typing import Any

from wagtail.models import PagePermissionTester, Revision, TaskState

REVIEW_TASK = "clinicalreviewtask"


def is_approved(revision: Revision | None) -> bool:
    """Say whether a clinical reviewer has approved exactly this version."""
    return (
        revision is not None
        and TaskState.objects.filter(
            revision=revision,
            status=TaskState.STATUS_APPROVED,
            task__content_type__app_label="clinic_pages",
            task__content_type__model=REVIEW_TASK,
        ).exists()
    )


def may_still_publish(user: Any, revision: Revision) -> bool:
    """Say whether a version that `user` scheduled may go up: they may publish its page,
    or approve what they approved it by, to this day."""
    if not user.has_perm("wagtailadmin.access_admin"):
        return False
    page = revision.content_object
    if PagePermissionTester(user, page).can_publish():
        return True
    approvals = TaskState.objects.filter(
        revision=revision, status=TaskState.STATUS_APPROVED, finished_by=user
    )
    return any(
        state.task.specific.user_can_access_editor(page, user) for state in approvals
    )


class ArticleRights(PagePermissionTester):
    """Rights over a health article. Superusers are bound too."""

    def can_publish(self) -> bool:
        """Only the approved version; an unapproved one is submitted for review."""
        return super().can_publish() and is_approved(self.page.get_latest_revision())

    def can_set_view_restrictions(self) -> bool:
        """Restricting who reads it needs no approval."""
        return super().can_publish()

    def can_unschedule(self) -> bool:
        """Nor does holding it back."""
        return super().can_publish()

    def can_copy(self) -> bool:
        """A copy would carry a review that it never had."""
        return False


class ArticleIndexRights(PagePermissionTester):
    def can_publish_subpage(self) -> bool:
        """Nothing below the list of articles can be published without a review."""
        return False


class FactPageRights(PagePermissionTester):
    def can_copy(self) -> bool:
        """There is one page for each doctor, specialty and location."""
        return False
