"""Publishing without a form, for loading content; and holding back what nobody who may
has scheduled."""

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from wagtail.models import PageLogEntry, Revision

from clinic_pages.models import HealthArticle
from clinic_pages.models.reviews import clinical_review
from clinic_pages.permissions import may_still_publish
from foundation.errors import Refused
from foundation.events import publish
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


def hold_back_schedules() -> int:
    """Cancel every coming publication by somebody who may not publish the page any
    more; how many those were. Publishes clinic_pages.schedule_held_back for each.

    What code scheduled stays, as that is nobody's. Whoever may schedules it anew.
    """
    held = 0
    for revision in Revision.page_revisions.filter(approved_go_live_at__isnull=False):
        notes = PageLogEntry.objects.filter(
            action="wagtail.publish.schedule", revision=revision
        )
        note = notes.order_by("-timestamp", "-pk").first()
        if note is not None and _may_go_up(note, revision):
            continue
        with transaction.atomic():
            revision.approved_go_live_at = None
            revision.save(update_fields=["approved_go_live_at"])
            publish("clinic_pages.schedule_held_back", revision_id=revision.pk)
        held += 1
    return held


def _may_go_up(note: PageLogEntry, revision: Revision) -> bool:
    if note.user_id is None:
        return True
    user = get_user_model()._default_manager.filter(pk=note.user_id).first()
    return user is not None and may_still_publish(user, revision)
