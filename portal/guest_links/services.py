"""Asking for a link to one's data, and using it."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import Patient, User
from accounts.patients.services import claim_patient
from audit.entries.models import Category
from audit.services import record
from foundation.errors import Refused
from foundation.events import publish
from portal.guest_links.models import GuestLink

OPENS_FOR = timedelta(hours=24)


class LinkOver(Refused):
    sentence = "This link was used already, or its 24 hours are over. Ask for another."


class NotTheirs(Refused):
    sentence = "This link was sent to another address than yours."


@transaction.atomic
def ask_link(*, email: str, at: datetime) -> GuestLink:
    """Have a link sent to `email`. The same is done whatever is known of the address,
    so that who asks learns nothing. Publishes portal.guest_link_asked."""
    link = GuestLink.objects.create(email=email.strip(), expires_at=at + OPENS_FOR)
    record(
        actor=None,
        verb="guest_link.asked",
        subject=link,
        category=Category.ACCOUNTS,
    )
    publish("portal.guest_link_asked", link_id=link.pk)
    return link


@transaction.atomic
def use_link(
    *, actor: User, link: GuestLink, patient: Patient, at: datetime
) -> Patient:
    """Make the guest's record that of `actor`, who has proved the link's address; from
    then on their data are asked for as by any patient. Works once: of two tries at the
    same time one does it. Raises LinkOver, NotTheirs, and what `claim_patient` raises.
    """
    if actor.email.lower() != link.email.lower():
        raise NotTheirs
    if not GuestLink.objects.usable(at).filter(pk=link.pk).update(used_at=at):
        raise LinkOver
    claimed = claim_patient(user=actor, patient=patient)
    record(
        actor=actor,
        verb="guest_link.used",
        subject=link,
        patient=claimed,
        category=Category.ACCOUNTS,
    )
    return claimed


def forget_links(*, at: datetime) -> int:
    """Delete links that are over; how many."""
    deleted, _ = GuestLink.objects.filter(expires_at__lte=at).delete()
    return deleted
