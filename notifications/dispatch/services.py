"""Keeping the books on how far each message got."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Value, When

from accounts.models import Patient
from notifications.deliveries.models import Delivery, Kind
from notifications.dispatch.queries import claimable, lapsed
from notifications.preferences.models import Channel
from notifications.preferences.services import set_preference

# Minutes until the next attempt, by the number of attempts made.
BACK_OFF = {1: 1, 2: 5, 3: 30, 4: 120}

_TOO_LATE = "It could no longer arrive in time."


@transaction.atomic
def claim_delivery(*, at: datetime, delivery_id: int | None = None) -> Delivery | None:
    """Take one message for sending: the given one, or whichever has waited longest.

    None when there is nothing to take. Of two workers one gets it.
    """
    waiting = claimable(at).select_for_update(skip_locked=True, of=("self",))
    if delivery_id is not None:
        waiting = waiting.filter(pk=delivery_id)
    delivery = waiting.order_by("send_after", "pk").first()
    if delivery is not None:
        delivery.claimed_at = at
        delivery.attempts += 1
        delivery.status = Delivery.Status.SENDING
        delivery.save(update_fields=["claimed_at", "attempts", "status", "updated_at"])
    return delivery


def give_up_lapsed(*, at: datetime) -> int:
    """Fail what is past its time or has killed its worker too often; how many."""
    reason = Case(When(error="", then=Value(_TOO_LATE)), default=F("error"))
    return lapsed(at).update(status=Delivery.Status.FAILED, error=reason)


def mark_sent(*, delivery: Delivery, provider_id: str, at: datetime) -> None:
    """The provider took it. Changes nothing when a report was quicker than we."""
    _settle(
        delivery,
        status=Delivery.Status.SENT,
        provider_id=provider_id[:120],
        sent_at=at,
        error="",
    )


def mark_not_configured(*, delivery: Delivery, reason: str) -> None:
    """Nothing is set up that could send it; it stays where developers can read it."""
    _settle(delivery, status=Delivery.Status.NOT_CONFIGURED, error=reason)


def mark_unwanted(*, delivery: Delivery, reason: str) -> None:
    """The person has told the provider to stop."""
    _settle(delivery, status=Delivery.Status.SUPPRESSED, error=reason)


def fail_delivery(*, delivery: Delivery, reason: str, at: datetime) -> None:
    """It will not get through; the desk's list shows it from now on."""
    _settle(delivery, status=Delivery.Status.FAILED, error=reason[:300])


def postpone_delivery(*, delivery: Delivery, reason: str, at: datetime) -> None:
    """Try again later, further apart each time, and fail after the last attempt."""
    minutes = BACK_OFF.get(delivery.attempts)
    again = at + timedelta(minutes=minutes or 0)
    if minutes is None or (delivery.expires_at and again >= delivery.expires_at):
        fail_delivery(delivery=delivery, reason=reason, at=at)
        return
    _settle(
        delivery,
        status=Delivery.Status.QUEUED,
        send_after=again,
        error=reason[:300],
    )


def record_report(
    *, delivery: Delivery, provider_id: str, reason: str, at: datetime
) -> None:
    """The provider says how it ended: it arrived, or it did not for `reason`.

    Reports come in any order and more than once; an arrival is never taken back.
    """
    rows = Delivery.objects.filter(pk=delivery.pk).exclude(
        status=Delivery.Status.DELIVERED
    )
    if reason:
        rows.update(
            status=Delivery.Status.FAILED,
            provider_id=provider_id[:120],
            error=reason[:300],
        )
        return
    rows.update(
        status=Delivery.Status.DELIVERED,
        provider_id=provider_id[:120],
        sent_at=delivery.sent_at or at,
        delivered_at=at,
        error="",
    )


@transaction.atomic
def stop_texting(*, phone: str) -> None:
    """They answered STOP: no more text reminders to whoever has this number."""
    for patient in Patient.objects.filter(phone=phone).exclude(phone=""):
        set_preference(
            actor=None, patient=patient, channel=Channel.SMS, is_enabled=False
        )


def _settle(delivery: Delivery, **fields: Any) -> None:
    """End an attempt, unless another worker has taken the message over meanwhile or
    the provider's report came first. A code's words are erased with its last attempt.
    """
    is_over = fields["status"] in {Delivery.Status.SENT, Delivery.Status.FAILED}
    if is_over and delivery.kind == Kind.CODE and not settings.DEV_OUTBOX:
        fields |= {"body_text": "", "body_html": ""}
    Delivery.objects.filter(
        pk=delivery.pk,
        status=Delivery.Status.SENDING,
        claimed_at=delivery.claimed_at,
    ).update(**fields)
