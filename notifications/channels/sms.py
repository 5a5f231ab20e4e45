"""Text messages, through Twilio's API.

Twilio takes no idempotency key for messages. So an attempt that follows one whose end
nobody saw first asks Twilio for the same words to the same number, and sends nothing
when they are there.
"""

from datetime import timedelta
from functools import lru_cache

from django.conf import settings
from django.utils import timezone
from requests.exceptions import RequestException
from twilio.base import values
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from notifications.channels.base import (
    NotConfigured,
    Outgoing,
    PermanentFailure,
    Receipt,
    TemporaryFailure,
    Unwanted,
)

TIMEOUT_SECONDS = 10
# Twilio: "Attempt to send to unsubscribed recipient".
STOPPED = 21610
NO_SUCH_NUMBER = {21211, 21214, 21217, 21614}
# Older than this an attempt is settled or given up, so nothing older can be its trace.
LOOK_BACK = timedelta(days=1)


def is_configured() -> bool:
    """Whether text messages are switched on and Twilio's keys are there."""
    return bool(
        settings.USE_SMS
        and settings.TWILIO_ACCOUNT_SID
        and settings.TWILIO_AUTH_TOKEN
        and settings.TWILIO_FROM
    )


def send(message: Outgoing) -> Receipt:
    """Hand `message` to Twilio, which reports to its `report_url` how it went on.

    Raises NotConfigured, TemporaryFailure, PermanentFailure or Unwanted.
    """
    if not is_configured():
        raise NotConfigured("Text messages are not set up.")
    client = _client(
        settings.TWILIO_ACCOUNT_SID,
        settings.TWILIO_AUTH_TOKEN,
        settings.TWILIO_API_BASE,
    )
    try:
        earlier = _find(client, message) if message.is_repeated else None
        sid = (
            earlier
            or client.messages.create(
                to=message.to_address,
                from_=settings.TWILIO_FROM,
                body=message.text,
                status_callback=_report_url(message),
            ).sid
        )
    except TwilioRestException as error:
        raise _failure(error) from error
    except (TwilioException, RequestException, OSError) as error:
        raise TemporaryFailure("The text message service does not answer.") from error
    return Receipt(sid or "")


def failure_words(code: str) -> str:
    """What Twilio's error code of a lost message means, for the front desk.

    Source: Twilio, "Error and Warning Dictionary".
    """
    return {
        "30003": "The phone is switched off or out of reach.",
        "30004": "The number has blocked our messages.",
        "30005": "The number is unknown or no longer in use.",
        "30006": "The number is a landline or takes no text messages.",
        "30007": "The phone company filtered the message out.",
        "30008": "The phone company lost it and does not say why.",
    }.get(code, f"The text message did not arrive (code {code or 'unknown'}).")


@lru_cache(maxsize=4)
def _client(account: str, token: str, base: str) -> Client:
    client = Client(
        account, token, http_client=TwilioHttpClient(timeout=TIMEOUT_SECONDS)
    )
    if base:
        client.api.base_url = base
    return client


def _report_url(message: Outgoing) -> str | object:
    """Twilio refuses the whole message when it could not call back, as on localhost."""
    is_reachable = message.report_url.startswith("https://")
    if is_reachable or settings.TWILIO_API_BASE:
        return message.report_url
    return values.unset


def _find(client: Client, message: Outgoing) -> str | None:
    since = timezone.now() - LOOK_BACK
    earlier = client.messages.list(
        to=message.to_address, date_sent_after=since, limit=50
    )
    return next((sent.sid for sent in earlier if sent.body == message.text), None)


def _failure(error: TwilioRestException) -> Exception:
    if error.code == STOPPED:
        return Unwanted("They replied STOP to an earlier text message.")
    if error.code in NO_SUCH_NUMBER:
        return PermanentFailure("This is no number that takes text messages.")
    if error.status >= 500 or error.status in {401, 403, 408, 429}:
        return TemporaryFailure(
            f"The text message service put it off ({error.status})."
        )
    return PermanentFailure(
        f"The text message service refused it (code {error.code or error.status})."
    )
