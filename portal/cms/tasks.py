"""Telling editors what happened to their pages without them."""

import logging

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Revision

from accounts.models import User
from accounts.users.models import Role
from foundation.urlconfs import looked_up_in
from notifications.deliveries.services import notify
from notifications.preferences.queries import recipient_for_user

log = logging.getLogger(__name__)


def tell_held_back(revision_id: int) -> None:
    """Tell every publisher, or where there is none every administrator, that a page
    does not go live as it was scheduled. By whom stays out of it: what became of them
    is not the publishers' business."""
    revision = Revision.objects.filter(pk=revision_id).first()
    if revision is None or revision.approved_go_live_at is not None:
        log.warning("Version %s is gone or scheduled anew; nothing to say", revision_id)
        return
    at = timezone.now()
    here = User.objects.filter(
        Q(access_ends_at=None) | Q(access_ends_at__gt=at), is_active=True
    )
    publishers = here.filter(role_assignments__role=Role.PUBLISHER)
    people = publishers or here.filter(role_assignments__role=Role.ADMIN)
    with looked_up_in(settings.CMS_URLCONF):
        path = reverse("wagtailadmin_pages:edit", args=[revision.object_id])
    for user in people.distinct():
        notify(
            event="schedule_held_back",
            recipient=recipient_for_user(user),
            context={"title": revision.object_str},
            at=at,
            dedupe_key=f"held-back:{revision.pk}:{user.pk}",
            link=f"{settings.CMS_URL}{path}",
        )
