"""The clinical review of health articles."""

from datetime import date
from typing import Any

from django.contrib.auth.models import Group
from django.db import models, transaction
from django.utils import timezone
from wagtail.models import AbstractGroupApprovalTask, TaskState, Workflow

from clinic.models import Doctor

REVIEW_EVERY_YEARS = 1


def a_review_later(day: date) -> date:
    """The day the next review falls due; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year + REVIEW_EVERY_YEARS)
    except ValueError:
        return day.replace(year=day.year + REVIEW_EVERY_YEARS, day=28)


class ClinicalReviewTask(AbstractGroupApprovalTask):
    """A clinical reviewer reads the article and approves it or asks for changes.

    Nobody approves what they handed in themselves, and no right but membership of the
    reviewers' group counts.
    """

    groups = models.ManyToManyField(Group, related_name="+", verbose_name="reviewers")

    class Meta:
        verbose_name = "clinical review"
        verbose_name_plural = "clinical reviews"

    def user_can_access_editor(self, obj: Any, user: Any) -> bool:
        return bool(self._user_in_groups(user))

    def locked_for_user(self, obj: Any, user: Any) -> bool:
        return not self._user_in_groups(user)

    def get_actions(self, obj: Any, user: Any) -> list[tuple[str, str, bool]]:
        """What `user` may do: (name, words, whether a comment is asked for)."""
        if not self._user_in_groups(user):
            return []
        asked = [("reject", "Ask for changes", True)]
        state = obj.current_workflow_state
        if state is not None and state.requested_by_id == user.pk:
            return asked
        return [
            *asked,
            ("approve", "Approve and publish", False),
            ("approve", "Approve with a comment", True),
        ]

    def get_task_states_user_can_moderate(self, user: Any, **kwargs: Any) -> Any:
        if self._user_in_groups(user):
            return self.task_states.filter(status=TaskState.STATUS_IN_PROGRESS)
        return TaskState.objects.none()

    @transaction.atomic
    def on_action(
        self, task_state: TaskState, user: Any, action_name: str, **kwargs: Any
    ) -> None:
        """Approve or reject. Approval stamps the article with who and when, so that
        the version that goes out is the version that was read."""
        if action_name == "approve":
            task_state.revision = stamp(
                task_state.revision.content_object, user, timezone.localdate()
            )
            task_state.save(update_fields=["revision"])
        super().on_action(task_state, user, action_name, **kwargs)

    @classmethod
    def get_description(cls) -> str:
        return "A clinical reviewer approves the article, which then goes live"


def stamp(article: Any, user: Any, today: date) -> Any:
    """Save the latest version with the review's date, and the reviewer where they are
    one of the doctors. Returns the new revision."""
    latest = article.get_latest_revision_as_object()
    reviewer = Doctor.objects.filter(user=user).first()
    if reviewer is not None:
        latest.reviewer = reviewer
    latest.last_reviewed_date = today
    if latest.next_review_date is None or latest.next_review_date <= today:
        latest.next_review_date = a_review_later(today)
    return latest.save_revision(user=user, log_action=True)


def clinical_review() -> Workflow | None:
    """The workflow that articles go through."""
    return (
        Workflow.objects.active()
        .filter(workflow_tasks__task__content_type__model="clinicalreviewtask")
        .order_by("pk")
        .first()
    )
