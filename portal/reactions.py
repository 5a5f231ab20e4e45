"""The few jobs that need two rooms at once. Each may run twice."""

import logging

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import Device, EmergencyAccess, Patient, Reset, User
from accounts.recovery.permissions import is_still_due
from accounts.recovery.queries import path_of
from accounts.users.models import Role
from audit.models import Entry
from clinic.identity.queries import current
from clinic.models import CredentialWarning, Grant
from foundation.browsers import browser_words
from foundation.formats import long_date, short_date_time
from notifications.deliveries.models import Kind
from notifications.deliveries.services import notify
from notifications.preferences.models import Channel
from notifications.preferences.queries import recipient_for_patient, recipient_for_user

log = logging.getLogger(__name__)

# What the log calls a change of how somebody signs in → how their mail puts it.
CHANGES = {
    "factor.app_added": "An authenticator app was added",
    "factor.app_removed": "An authenticator app was removed",
    "factor.email_added": "Codes by e-mail were made a second step",
    "factor.email_removed": "Codes by e-mail are no longer a second step",
    "factor.text_added": "Codes by text message were made a second step",
    "factor.text_removed": "Codes by text message are no longer a second step",
    "factor.passkey_added": "A passkey was added",
    "factor.passkey_removed": "A passkey was removed",
    "factor.backup_codes_made": "New backup codes were made",
    "factor.backup_code_used": "A backup code was used",
    "session.guessed": "A wrong code or password was typed five times where you were "
    "signed in, so that device was signed out",
    "factor.guessed": "Somebody who knows your password, or reads your mail, typed "
    "five wrong codes at the second step of signing in",
    "factor.reset": "Your second step was reset",
    "sign_in.provider_unlinked": "An account elsewhere was unlinked",
    # Published for a phone number alone.
    "patient.changed": "Your mobile phone number was changed",
    "authorisation.given": "An app was let into your account",
    "authorisation.reused": (
        "An app's access to your account was ended: its key came from two places"
    ),
    "machine_key.taken": "A key for a machine that acts in your name was made",
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
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        log.warning("User %s is gone or shut out; nobody to invite.", user_id)
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


def tell_of_emergency_access(access_id: int) -> None:
    """Tell medical administration, and the patient where the clinic tells them by
    message. Neither is told why: that stands where one must sign in."""
    access = (
        EmergencyAccess.objects.select_related("user", "patient__user")
        .filter(pk=access_id)
        .first()
    )
    if access is None:
        log.warning("Emergency access %s is gone; nobody to tell.", access_id)
        return
    context = {
        "who": access.user.get_full_name() or access.user.email,
        "roles": access.roles,
        "when": short_date_time(access.starts_at, current().time_zone, staff=True),
    }
    supervisors = User.objects.filter(
        role_assignments__role=Role.MEDICAL_ADMIN, is_active=True
    ).exclude(pk=access.user_id)
    for supervisor in supervisors.distinct():
        notify(
            event="emergency_opened",
            kind=Kind.URGENT,
            recipient=recipient_for_user(supervisor),
            context=context,
            at=timezone.now(),
            dedupe_key=f"emergency:{access.pk}:{supervisor.pk}",
            link=reverse("accounts:emergency_access", args=[access.public_id]),
        )
    if settings.EMERGENCY_TELL_PATIENT:
        notify(
            event="emergency_told",
            kind=Kind.URGENT,
            recipient=recipient_for_patient(access.patient),
            context=context,
            at=timezone.now(),
            dedupe_key=f"emergency:{access.pk}",
            link=reverse("accounts:emergency_own"),
        )


def tell_administrators(grant_id: int) -> None:
    """Ask the other administrators whether somebody becomes one."""
    grant = Grant.objects.select_related("user", "asked_by").filter(pk=grant_id).first()
    if grant is None:
        log.warning("Grant %s is gone; nobody to ask.", grant_id)
        return
    others = User.objects.filter(role_assignments__role=Role.ADMIN, is_active=True)
    for other in others.exclude(pk__in=[grant.asked_by_id, grant.user_id]).distinct():
        notify(
            event="grant_asked",
            recipient=recipient_for_user(other),
            context={
                "who": str(grant.user),
                "role": Role(grant.role).label,
                "asked_by": str(grant.asked_by),
            },
            at=timezone.now(),
            dedupe_key=f"grant:{grant.pk}:{other.pk}",
            expires_at=grant.expires_at,
            link=reverse("clinic:person", args=[grant.user.public_id]),
        )


def tell_of_credential(warning_id: int) -> None:
    """Tell whose credential ends, and who manages staff."""
    warning = (
        CredentialWarning.objects.select_related("credential__user")
        .filter(pk=warning_id)
        .first()
    )
    if warning is None:
        log.warning("Warning %s is gone; nobody to tell.", warning_id)
        return
    owner = warning.credential.user
    supervisors = User.objects.filter(
        role_assignments__role__in=[Role.ADMIN, Role.MEDICAL_ADMIN], is_active=True
    ).exclude(pk=owner.pk)
    for user in [owner, *supervisors.distinct()]:
        notify(
            event="credential_ends",
            recipient=recipient_for_user(user),
            context={
                "who": str(owner),
                "kind": warning.credential.get_kind_display().lower(),
                "until": long_date(warning.valid_until),
                "is_last": warning.days == 0,
            },
            at=timezone.now(),
            dedupe_key=f"credential:{warning.pk}:{user.pk}",
            link=reverse("clinic:own_credentials")
            if user == owner
            else reverse("clinic:credentials", args=[owner.public_id]),
        )


def tell_about_sign_in(entry_id: int) -> None:
    """Tell somebody that the way they sign in has changed."""
    entry = Entry.objects.filter(pk=entry_id).first()
    user = User.objects.filter(pk=_whose(entry) if entry else 0).first()
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


def _whose(entry: Entry) -> int:
    """Whose account an entry is about: not always the actor's, who may be the desk, or
    nobody where something ended by itself. 0 where it can't be told."""
    patient = Patient.objects.filter(pk=entry.patient_id or 0).first()
    named = entry.detail.get("user_id") or (patient.user_id if patient else None)
    return int(named or entry.actor_id or 0)


def send_reset_link(reset_id: int) -> None:
    """Send the one-time link with which somebody begins anew, to their own address."""
    open_ones = Reset.objects.select_related("user").filter(
        used_at=None, cancelled_at=None
    )
    reset = open_ones.filter(pk=reset_id).first()
    if reset is None or not is_still_due(reset):
        log.warning("Reset %s is over; no link to send.", reset_id)
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
