"""What a link to one's data opens, and for whom."""

from datetime import datetime

from django.conf import settings
from django.core import signing
from django.urls import reverse

from accounts.models import Patient, User
from accounts.patients.queries import unclaimed_records
from portal.guest_links.models import GuestLink

_SALT = "portal.guest_links"


def link_url(link: GuestLink) -> str:
    """The address that is mailed. It opens nothing by itself: whoever follows it types
    a code that goes to the same address."""
    token = signing.Signer(salt=_SALT).sign(link.public_id.hex)
    return f"{settings.SITE_URL}{reverse('guest_links:link', args=[token])}"


def read_link(token: str, *, at: datetime) -> GuestLink | None:
    """The link behind an address; None when it is forged, used or over."""
    try:
        public_id = signing.Signer(salt=_SALT).unsign(token)
    except signing.BadSignature:
        return None
    return GuestLink.objects.usable(at).filter(public_id=public_id).first()


def records_at(email: str) -> list[Patient]:
    """The records made for guests with this address. A family may share it."""
    return list(unclaimed_records(email))


def has_account(email: str) -> bool:
    """Whether somebody signs in with this address."""
    return User.objects.filter(email__iexact=email, is_active=True).exists()
