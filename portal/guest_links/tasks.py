"""Jobs around links for people without an account."""

import logging

from django.urls import reverse
from django.utils import timezone

from notifications.deliveries.models import Kind
from notifications.deliveries.services import notify
from notifications.preferences.models import Channel
from notifications.preferences.queries import Recipient
from portal.guest_links import services
from portal.guest_links.models import GuestLink
from portal.guest_links.queries import has_account, link_url, records_at

log = logging.getLogger(__name__)


def send(link_id: int) -> None:
    """Answer to the address alone: with the link, that there is an account to sign in
    to, or that nothing is held."""
    link = GuestLink.objects.filter(pk=link_id).first()
    if link is None:
        log.warning("Link %s is gone; nothing to send.", link_id)
        return
    is_guest, is_known = bool(records_at(link.email)), has_account(link.email)
    notify(
        event="guest_link",
        kind=Kind.URGENT,
        recipient=Recipient(name="", email=link.email),
        context={"is_guest": is_guest, "is_known": is_known},
        at=timezone.now(),
        dedupe_key=f"guest-link:{link.pk}",
        channels=[Channel.EMAIL],
        expires_at=link.expires_at,
        link=link_url(link) if is_guest else reverse("account_login"),
    )


def forget_links() -> None:
    """Delete links that are over."""
    services.forget_links(at=timezone.now())
