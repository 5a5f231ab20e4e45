"""Letting editors into the CMS, and ending their sessions there."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction

from accounts.cms_access.models import CmsSession, Ticket
from accounts.users.models import User
from audit.services import record
from foundation.permissions import require

LIFETIME = timedelta(seconds=60)


def digest(secret: str) -> str:
    """What is kept of a ticket or a state: SHA-256, in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def issue_ticket(*, actor: User, host: str, state: str, at: datetime) -> str:
    """A ticket of 256 random bits that lets `actor` into the CMS at `host`, once.

    `state` is the digest of what the CMS gave the browser that asks. Runs on the site.
    Raises PermissionDenied without an editorial role.
    """
    require(actor, "wagtailadmin.access_admin")
    Ticket.objects.filter(expires_at__lte=at).delete()
    ticket = secrets.token_urlsafe(32)
    Ticket.objects.create(
        digest=digest(ticket),
        state=state,
        host=host,
        user=actor,
        expires_at=at + LIFETIME,
    )
    record(actor=actor, verb="cms.entered", subject=actor)
    return ticket


@transaction.atomic
def redeem_ticket(*, ticket: str, state: str, host: str, at: datetime) -> User | None:
    """The person whom `ticket` lets in; None when it does not. Runs in the CMS.

    A ticket that was shown is gone, also when it was shown wrongly: by a browser that
    did not ask for it (`state`), at another host, too late, or for somebody who may not
    enter any more.
    """
    found = Ticket.objects.filter(digest=digest(ticket)).first()
    # Of two browsers that show it at once, one deletes the row.
    if found is None or not Ticket.objects.filter(pk=found.pk).delete()[0]:
        return None
    is_right = (
        secrets.compare_digest(found.state, digest(state))
        and found.host == host
        and found.expires_at > at
    )
    user = User.objects.filter(pk=found.user_id).first() if is_right else None
    return user if user and user.has_perm("wagtailadmin.access_admin") else None


def end_cms_sessions(*, user: User) -> None:
    """End whatever `user` has open in the CMS, and tickets on the way there, at once.

    To be called wherever the site ends a session for a reason: signing out, signing out
    elsewhere, a new password, another role, suspension.
    """
    Ticket.objects.filter(user=user).delete()
    CmsSession.objects.filter(user=user).delete()
