"""The jobs that talk to the channels. Each may run twice."""

import logging
from collections.abc import Callable
from functools import partial
from time import monotonic

from django.utils import timezone

from clinic.identity.queries import current
from foundation.jobs import enqueue
from notifications.channels import email, sms
from notifications.channels.base import (
    NotConfigured,
    Outgoing,
    PermanentFailure,
    Receipt,
    TemporaryFailure,
    Unwanted,
)
from notifications.deliveries.models import Delivery
from notifications.dispatch.queries import is_unwanted, outgoing
from notifications.dispatch.services import (
    claim_delivery,
    fail_delivery,
    give_up_lapsed,
    mark_not_configured,
    mark_sent,
    mark_unwanted,
    postpone_delivery,
)
from notifications.preferences.models import Channel
from notifications.preferences.services import set_preference

# Well below the queue's timeout, which would kill the job in the middle of a message.
SWEEP_SECONDS = 30

Send = Callable[[Outgoing], Receipt]
Senders = dict[str, Send]

log = logging.getLogger(__name__)


def deliver(delivery_id: int) -> None:
    """Send one message, unless it went out already or is being sent."""
    delivery = claim_delivery(delivery_id=delivery_id, at=timezone.now())
    if delivery is not None:
        _send(delivery, {Channel.EMAIL: email.send, Channel.SMS: sms.send})


def deliver_due() -> None:
    """Send whatever is due, one after the other; queues itself again when time is up.

    Runs each minute, and after every batch. Picks up retries, messages held back by
    quiet hours, and what a killed worker left behind.
    """
    ends = monotonic() + SWEEP_SECONDS
    give_up_lapsed(at=timezone.now())
    connection = email.connect()
    senders: Senders = {
        Channel.EMAIL: partial(email.send_on, connection),
        Channel.SMS: sms.send,
    }
    try:
        while monotonic() < ends:
            delivery = claim_delivery(at=timezone.now())
            if delivery is None:
                return
            _send(delivery, senders)
    finally:
        connection.close()
    enqueue("notifications.dispatch.tasks.deliver_due")


def _send(delivery: Delivery, senders: Senders) -> None:
    if is_unwanted(delivery):
        mark_unwanted(delivery=delivery, reason="They do not agree to news.")
        return
    try:
        receipt = senders[delivery.channel](outgoing(delivery, current()))
    except NotConfigured as error:
        mark_not_configured(delivery=delivery, reason=str(error))
    except TemporaryFailure as error:
        log.warning("Message %s put off: %s", delivery.public_id, error)
        postpone_delivery(delivery=delivery, reason=str(error), at=timezone.now())
    except Unwanted as error:
        mark_unwanted(delivery=delivery, reason=str(error))
        if delivery.patient is not None:
            set_preference(
                actor=None,
                patient=delivery.patient,
                channel=delivery.channel,
                is_enabled=False,
            )
    except PermanentFailure as error:
        log.warning("Message %s failed: %s", delivery.public_id, error)
        fail_delivery(delivery=delivery, reason=str(error), at=timezone.now())
    else:
        mark_sent(delivery=delivery, provider_id=receipt.provider_id, at=timezone.now())
