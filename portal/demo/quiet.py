"""Loading tells nobody and queues nothing: the CMS's indexes are built once at the
end, and no e-mail goes out about approvals that lie in the past."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

from django.core.management import call_command
from django.db.models.signals import post_save
from modelsearch.index import get_indexed_models
from modelsearch.signal_handlers import post_save_signal_handler
from wagtail.admin.signal_handlers import register_signal_handlers
from wagtail.models import TaskState, WorkflowState
from wagtail.signal_handlers import disable_reference_index_auto_update
from wagtail.signals import (
    page_published,
    task_submitted,
    workflow_approved,
    workflow_rejected,
    workflow_submitted,
)

from clinic_pages.receivers import queue_pictures

_MAILS = (
    (task_submitted, TaskState, "group_approval_task_submitted_email_notification"),
    (workflow_submitted, WorkflowState, "workflow_state_submitted_email_notification"),
    (workflow_rejected, WorkflowState, "workflow_state_rejected_email_notification"),
    (workflow_approved, WorkflowState, "workflow_state_approved_email_notification"),
)


@contextmanager
def quietly() -> Iterator[None]:
    """Without index jobs, e-mails and log lines of the CMS while the block runs."""
    indexed = [
        model
        for model in get_indexed_models()
        if post_save.disconnect(post_save_signal_handler, sender=model)
    ]
    for signal, sender, uid in _MAILS:
        signal.disconnect(sender=sender, dispatch_uid=uid)
    page_published.disconnect(dispatch_uid=queue_pictures.__name__)
    chatty = logging.getLogger("wagtail")
    level = chatty.level
    chatty.setLevel(logging.WARNING)
    try:
        with disable_reference_index_auto_update():
            yield
    finally:
        chatty.setLevel(level)
        register_signal_handlers()
        page_published.connect(queue_pictures, dispatch_uid=queue_pictures.__name__)
        for model in indexed:
            post_save.connect(post_save_signal_handler, sender=model)


def build_indexes() -> None:
    """The search index and the index of what refers to what, anew and at once."""
    call_command("update_index", verbosity=0, stdout=StringIO())
    call_command("rebuild_references_index", verbosity=0, stdout=StringIO())
