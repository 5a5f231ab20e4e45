"""Telling people, and following up what did not reach them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse

from accounts.consents.models import Purpose
from accounts.consents.queries import agreeing
from accounts.models import User
from audit.services import record
from clinic.identity.models import ClinicIdentity
from clinic.identity.queries import current
from foundation.errors import Refused
from foundation.jobs import enqueue
from notifications.channels.base import Attachment
from notifications.copies.queries import EVENT, Copy, copies_of, told_besides
from notifications.deliveries.models import Delivery, Kind
from notifications.deliveries.queries import (
    address_of,
    after_quiet_hours,
    base_context,
    followed_patients,
    short_code,
    words_of,
)
from notifications.preferences.models import Channel
from notifications.preferences.queries import Recipient, switched_off, wants

# From here on one job sweeps instead of one job a message.
SWEEP_FROM = 5
_NOWHERE = "No e-mail address and no phone number is known."

Off = set[tuple[str, int, str]]


class NotRetryable(Refused):
    sentence = "This message is on its way already, or somebody has dealt with it."


@dataclass(frozen=True)
class Message:
    """One thing to tell one person, over all channels that the event has words for.

    `link` is a path of this site, or an address. `dedupe_key` says what the message is
    about: a second message with the same key is never made. `context` holds the values
    of the event's templates, ready for people's eyes.
    """

    event: str
    recipient: Recipient
    context: dict[str, Any]
    dedupe_key: str
    kind: str = Kind.NEWS
    attachments: Sequence[Attachment] = ()
    channels: Sequence[str] | None = None
    expires_at: datetime | None = None
    link: str = ""


def notify(*, at: datetime, **message: Any) -> list[Delivery]:
    """Tell one person one thing: makes a delivery a channel and queues the sending,
    in the caller's transaction. Takes the fields of `Message`; returns what was new.
    """
    return notify_many([Message(**message)], at=at)


@transaction.atomic
def notify_many(messages: Iterable[Message], *, at: datetime) -> list[Delivery]:
    """Tell many people in a handful of queries and one job, whatever their number.

    The unique dedupe key and channel are the claim: of two callers with the same key
    one makes the deliveries, the other gets an empty list. Of MARKETING nothing is made
    for whoever does not agree to news.
    """
    clinic = current()
    batch = _with_copies(list(messages), clinic=clinic, at=at)
    off = switched_off(message.recipient for message in batch)
    followed = followed_patients((message.recipient for message in batch), at=at)
    agree = agreeing(
        Purpose.MARKETING,
        [
            message.recipient.patient
            for message in batch
            if message.kind == Kind.MARKETING and message.recipient.patient
        ],
    )
    drafts = [
        draft
        for message in batch
        if message.kind != Kind.MARKETING or _agrees(message.recipient, agree)
        for draft in _drafts(message, clinic=clinic, off=off, followed=followed, at=at)
    ]
    Delivery.objects.bulk_create(drafts, ignore_conflicts=True, batch_size=500)
    # Their random public ids tell ours from rows that were there before.
    ours = [draft.public_id for draft in drafts]
    made = list(Delivery.objects.filter(public_id__in=ours).order_by("pk"))
    due = [
        delivery
        for delivery in made
        if delivery.status == Delivery.Status.QUEUED and delivery.send_after <= at
    ]
    if len(due) < SWEEP_FROM:
        for delivery in due:
            enqueue("notifications.dispatch.tasks.deliver", delivery_id=delivery.pk)
    else:
        enqueue("notifications.dispatch.tasks.deliver_due")
    return made


@transaction.atomic
def retry_delivery(*, actor: User, delivery: Delivery, at: datetime) -> Delivery:
    """Send a failed message again, with all its attempts and no deadline.

    Raises NotRetryable unless it failed and nobody has dealt with it.
    """
    changed = Delivery.objects.filter(
        pk=delivery.pk, status=Delivery.Status.FAILED, settled_at=None
    ).update(
        status=Delivery.Status.QUEUED,
        send_after=at,
        attempts=0,
        expires_at=None,
        error="",
        claimed_at=None,
    )
    if not changed:
        raise NotRetryable
    enqueue("notifications.dispatch.tasks.deliver", delivery_id=delivery.pk)
    record(
        actor=actor, verb="delivery.retried", subject=delivery, patient=delivery.patient
    )
    delivery.refresh_from_db()
    return delivery


@transaction.atomic
def settle_failure(*, actor: User, delivery: Delivery, at: datetime) -> None:
    """The desk dealt with it, say by phone. Doing so twice changes nothing."""
    changed = Delivery.objects.filter(
        pk=delivery.pk, status=Delivery.Status.FAILED, settled_at=None
    ).update(settled_at=at)
    if changed:
        record(
            actor=actor,
            verb="delivery.settled",
            subject=delivery,
            patient=delivery.patient,
        )


def withdraw_messages(*, dedupe_keys: Iterable[str], reason: str) -> int:
    """Keep back what has not gone out yet, because it is no longer true; how many."""
    waiting = Delivery.objects.filter(
        dedupe_key__in=list(dedupe_keys), status=Delivery.Status.QUEUED
    )
    return waiting.update(status=Delivery.Status.SUPPRESSED, error=reason[:300])


def _with_copies(
    batch: list[Message], *, clinic: ClinicIdentity, at: datetime
) -> list[Message]:
    """The messages, and what those who act for a patient are told of them."""
    about = [(m.event, m.recipient.patient) for m in batch if m.recipient.patient]
    told = told_besides(about, at=at)
    if not told:
        return batch
    copies = []
    for message in batch:
        patient = message.recipient.patient
        proxies = told.get(patient.pk, []) if patient else []
        for copy in copies_of(message.event, message.recipient.email, proxies):
            copies.append(_copy(message, copy, clinic))
    return batch + copies


def _copy(message: Message, copy: Copy, clinic: ClinicIdentity) -> Message:
    base = base_context(clinic, message.recipient, Channel.IN_APP, message.kind, "")
    given = {**base, **message.context, **copy.without}
    said = words_of(message.event, Channel.IN_APP, given)
    return Message(
        event=EVENT,
        recipient=copy.recipient,
        context={
            "patient": str(copy.patient),
            "patient_first": copy.patient.first_name,
            "said": said.text if said else "",
        },
        dedupe_key=f"copy:{copy.proxy_id}:{message.dedupe_key}",
        channels=[Channel.EMAIL],
        expires_at=message.expires_at,
        link=reverse("accounts:family"),
    )


def _drafts(
    message: Message,
    *,
    clinic: ClinicIdentity,
    off: Off,
    followed: set[int],
    at: datetime,
) -> list[Delivery]:
    """Unsaved deliveries of one message; a failed one when it can reach nobody."""
    drafts = []
    for channel in message.channels or Channel.values:
        address = address_of(message.recipient, channel, followed)
        draft = _draft(message, channel, address, clinic=clinic, at=at)
        if draft is None:
            continue
        if not _is_wanted(message, channel, off):
            draft.status = Delivery.Status.SUPPRESSED
        drafts.append(draft)
    reachable = [draft for draft in drafts if draft.to_address]
    if reachable or not drafts:
        return reachable
    nowhere = drafts[0]
    nowhere.status = Delivery.Status.FAILED
    nowhere.error = _NOWHERE
    return [nowhere]


def _agrees(recipient: Recipient, agree: set[int]) -> bool:
    """Whether a patient agrees to news; nobody else can."""
    return recipient.patient is not None and recipient.patient.pk in agree


def _is_wanted(message: Message, channel: str, off: Off) -> bool:
    if message.kind in {Kind.URGENT, Kind.CODE}:
        return True
    if wants(message.recipient, channel, off):
        return True
    if message.kind in {Kind.REMINDER, Kind.MARKETING}:
        return False
    # News must reach people somehow: by e-mail, or where there is none by text.
    return channel != Channel.SMS or not message.recipient.email


def _draft(
    message: Message,
    channel: str,
    address: str,
    *,
    clinic: ClinicIdentity,
    at: datetime,
) -> Delivery | None:
    """One unsaved delivery; None where the event has no words for the channel."""
    recipient = message.recipient
    delivery = Delivery(
        dedupe_key=message.dedupe_key,
        event=message.event,
        kind=message.kind,
        channel=channel,
        patient=recipient.patient,
        user=recipient.user,
        to_name=recipient.name,
        to_address=address,
        link=message.link,
        send_after=at,
        expires_at=message.expires_at,
    )
    shown = message.link
    if channel == Channel.SMS:
        delivery.short_code = short_code()
        shown = reverse("notifications:short_link", args=[delivery.short_code])
    given = base_context(clinic, recipient, channel, message.kind, shown)
    words = words_of(message.event, channel, {**given, **message.context})
    if words is None:
        return None
    delivery.subject = words.subject[:200]
    delivery.body_text = words.text
    delivery.body_html = words.html
    if channel == Channel.EMAIL:
        delivery.attachments = list(message.attachments)
    elif channel == Channel.IN_APP:
        delivery.status = Delivery.Status.DELIVERED
        delivery.sent_at = delivery.delivered_at = at
    else:
        _keep_quiet(delivery, given["zone"], at)
    return delivery


def _keep_quiet(delivery: Delivery, zone: str, at: datetime) -> None:
    """A text message waits for the morning, or stays away if that is too late."""
    if delivery.kind in {Kind.URGENT, Kind.CODE}:
        return
    delivery.send_after = after_quiet_hours(at, zone)
    if delivery.expires_at and delivery.expires_at <= delivery.send_after:
        delivery.status = Delivery.Status.SUPPRESSED
        delivery.error = "Quiet hours last until it would have been too late."
