"""Publishing without a form, for loading content."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction

from clinic_pages.models import HealthArticle
from clinic_pages.models.reviews import clinical_review
from foundation.errors import Refused
from foundation.urlconfs import looked_up_in


class NoReviewer(Refused):
    """Somebody approved who is no clinical reviewer."""


@transaction.atomic
def publish_reviewed(
    *,
    article: HealthArticle,
    author: Any,
    reviewer: Any,
    reviewed_date: date,
    next_review_date: date,
) -> None:
    """Take a saved draft through the clinical review and publish it.

    `author` hands it in and `reviewer` (a user in the reviewers' group) approves; the
    article carries the given dates. Raises NoReviewer.
    """
    workflow = clinical_review()
    task = workflow and workflow.tasks.specific().get()
    if not (workflow and task and task.user_can_access_editor(article, reviewer)):
        raise NoReviewer("Only a clinical reviewer may approve a health article.")
    article.last_reviewed_date = reviewed_date
    article.next_review_date = next_review_date
    article.save_revision(user=author)
    # The CMS writes to whom it concerns, with links into itself.
    with looked_up_in(settings.CMS_URLCONF):
        state = workflow.start(article, author)
        state.current_task_state.specific.approve(user=reviewer)
