"""The few jobs that need two rooms at once. Each may run twice."""

import logging

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import Reset, User
from accounts.recovery.queries import path_of
from accounts.users.models import Role
from audit.models import Entry
from notifications.deliveries.models import Kind
from notifications.deliveries.services import notify
from notifications.preferences.models import Channel
from notifications.preferences.queries import recipient_for_user

log = logging.getLogger(__name__)

# What the log calls a change of how somebody signs in → how their mail puts it.
CHANGES = {
    "factor.app_added": "An authenticator app was added",
    "factor.app_removed": "An authenticator app was removed",
    "factor.passkey_added": "A passkey was added",
    "factor.passkey_removed": "A passkey was removed",
    "factor.backup_codes_made": "New backup codes were made",
    "factor.backup_code_used": "A backup code was used",
    "factor.reset": "Your second step was reset",
    "sign_in.provider_unlinked": "An account elsewhere was unlinked",
}


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


def tell_about_sign_in(entry_id: int) -> None:
    """Tell somebody that the way they sign in has changed."""
    entry = Entry.objects.filter(pk=entry_id).first()
    user = User.objects.filter(pk=entry.actor_id or 0).first() if entry else None
    if entry is None or user is None:
        log.warning("Entry %s is about nobody; nobody to tell.", entry_id)
        return
    notify(
        event="account_sign_in_changed",
        kind=Kind.URGENT,
        recipient=recipient_for_user(user),
        context={
            "what": CHANGES[entry.verb],
            "at": entry.at,
            "security_url": f"{settings.SITE_URL}{reverse('factors:security')}",
        },
        at=timezone.now(),
        dedupe_key=f"sign-in-changed:{entry.pk}",
        channels=[Channel.EMAIL],
    )


def send_reset_link(reset_id: int) -> None:
    """Send the one-time link with which somebody begins anew, to their own address."""
    reset = Reset.objects.select_related("user").filter(pk=reset_id).first()
    if reset is None:
        log.warning("Reset %s is gone; no link to send.", reset_id)
        return
    notify(
        event="account_reset_link",
        kind=Kind.URGENT,
        recipient=recipient_for_user(reset.user),
        context={
            "waits": reset.ground == Reset.Ground.WAITED,
            "works_from": reset.works_from,
            "expires_at": reset.expires_at,
            "reset_url": f"{settings.SITE_URL}{path_of(reset)}",
        },
        at=timezone.now(),
        dedupe_key=f"reset-link:{reset.pk}",
        channels=[Channel.EMAIL],
        expires_at=reset.expires_at,
    )
