"""The job that ends what has an end."""

import logging

from django.utils import timezone

from clinic.staff.queries import gone
from clinic.staff.services import LastAdministrator, let_go

log = logging.getLogger(__name__)


def end_employments() -> None:
    """Take the roles of those whose last day is over. Their rights ended at midnight
    already; this tidies up and ends their sessions."""
    for user in gone(at=timezone.now()):
        try:
            let_go(user=user, at=timezone.now())
        except LastAdministrator:
            log.warning("User %s left and is the last administrator.", user.pk)
