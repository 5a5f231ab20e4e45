"""Which messages may go out now, and how the channels take them."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.consents.models import Purpose
from accounts.consents.queries import holds
from clinic.identity.models import ClinicIdentity
from notifications.channels.base import Outgoing
from notifications.copies.queries import EVENT, is_still_told
from notifications.deliveries.models import Delivery, Kind
from notifications.deliveries.queries import stop_url
from notifications.preferences.queries import recipient_of

MAX_ATTEMPTS = 5


def claimable(at: datetime) -> QuerySet[Delivery]:
    """Messages that a worker may take at `at`: due ones, and dead workers'."""
    return _waiting(at).exclude(_past_help(at))


def lapsed(at: datetime) -> QuerySet[Delivery]:
    """Messages that wait, but are past their time or out of attempts."""
    return _waiting(at).filter(_past_help(at))


def outgoing(delivery: Delivery, clinic: ClinicIdentity) -> Outgoing:
    """The message as the channels take it."""
    stop = stop_url(recipient_of(delivery), delivery.channel, delivery.kind)
    reports = reverse("notifications:twilio_report", args=[delivery.public_id])
    return Outgoing(
        key=str(delivery.public_id),
        to_name=delivery.to_name,
        to_address=delivery.to_address,
        from_name=clinic.name,
        subject=delivery.subject,
        text=delivery.body_text,
        html=delivery.body_html,
        attachments=delivery.attachments,
        opt_out_url=stop,
        report_url=f"{settings.SITE_URL}{reports}",
        is_repeated=delivery.attempts > 1,
    )


def is_unwanted(delivery: Delivery) -> bool:
    """Whether it is news for somebody who does not agree to news, or no more; or a copy
    for somebody who acts for the patient no more."""
    if delivery.event == EVENT:
        address = delivery.to_address
        return not is_still_told(delivery.patient, address, at=timezone.now())
    if delivery.kind != Kind.MARKETING:
        return False
    return delivery.patient is None or not holds(delivery.patient, Purpose.MARKETING)


def find_reported(public_id: str, provider_id: str) -> Delivery | None:
    """The message that a provider reports on, by our id or else by theirs."""
    try:
        ours = UUID(public_id)
    except ValueError:
        if not provider_id:
            return None
        return Delivery.objects.filter(provider_id=provider_id).first()
    return Delivery.objects.filter(public_id=ours).first()


def _waiting(at: datetime) -> QuerySet[Delivery]:
    # A claim is dead after the queue's own retry time: no job runs as long as that.
    dead = at - timedelta(seconds=settings.Q_CLUSTER["retry"])
    return Delivery.objects.filter(
        Q(status=Delivery.Status.QUEUED, send_after__lte=at)
        | Q(status=Delivery.Status.SENDING, claimed_at__lte=dead)
    )


def _past_help(at: datetime) -> Q:
    return Q(expires_at__isnull=False, expires_at__lte=at) | Q(
        attempts__gte=MAX_ATTEMPTS
    )
