"""The few jobs that need two rooms at once. Each may run twice."""

import logging

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import Device, User
from accounts.users.models import Role
from foundation.browsers import browser_words
from notifications.deliveries.models import Kind
from notifications.deliveries.services import notify
from notifications.preferences.models import Channel
from notifications.preferences.queries import recipient_for_user

log = logging.getLogger(__name__)


def welcome_user(user_id: int) -> None:
    """Greet somebody who has just joined, once."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        log.warning("User %s is gone; nobody to welcome.", user_id)
        return
    notify(
        event="account_welcome",
        recipient=recipient_for_user(user),
        context={},
        at=timezone.now(),
        dedupe_key=f"welcome:{user.pk}",
        link=reverse("accounts:profile"),
    )


def invite_staff(user_id: int) -> None:
    """Tell somebody who was given a role how to sign in.

    Again after each further role, but not twice for the same set of roles.
    """
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        log.warning("User %s is gone; nobody to invite.", user_id)
        return
    roles = sorted(
        Role(role).label
        for role in set(user.role_assignments.values_list("role", flat=True))
        if role != Role.PATIENT
    )
    newest = user.role_assignments.order_by("-pk").values_list("pk", flat=True).first()
    notify(
        event="account_invited",
        kind=Kind.URGENT,
        recipient=recipient_for_user(user),
        context={"roles_line": ", ".join(roles), "email": user.email},
        at=timezone.now(),
        dedupe_key=f"invited:{user.pk}:{newest}",
        channels=[Channel.EMAIL],
        link=f"{settings.SITE_URL}{reverse('account_login')}",
    )


def tell_of_new_device(device_id: int) -> None:
    """Tell somebody that their account was opened in a browser that they never used."""
    device = Device.objects.select_related("user").filter(pk=device_id).first()
    if device is None:
        log.warning("Device %s is gone; nobody to tell.", device_id)
        return
    notify(
        event="account_new_device",
        kind=Kind.URGENT,
        recipient=recipient_for_user(device.user),
        context={
            "browser": browser_words(device.user_agent),
            "address": device.address or "",
            "signed_in_at": device.first_seen_at,
        },
        at=timezone.now(),
        dedupe_key=f"device:{device.pk}",
        channels=[Channel.EMAIL],
        link=f"{settings.SITE_URL}{reverse('account_sessions')}",
    )


def alert_administrators(link_id: int) -> None:
    """Tell every administrator that the access log does not hold, once a day and
    link. `link_id` is the position of the first broken link."""
    at = timezone.now()
    for user in User.objects.filter(
        role_assignments__role=Role.ADMIN, is_active=True
    ).distinct():
        notify(
            event="audit_log_broken",
            kind=Kind.URGENT,
            recipient=recipient_for_user(user),
            context={"position": link_id},
            at=at,
            dedupe_key=f"log-broken:{link_id}:{at:%Y-%m-%d}:{user.pk}",
            link=f"{settings.SITE_URL}{reverse('workspace:audit')}",
        )
