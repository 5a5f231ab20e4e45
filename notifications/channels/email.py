"""E-mail, through whatever Django's e-mail settings name: SMTP or an Anymail provider.

At least once: the server's answer and our record of it cannot be one act, so a process
killed between the two makes the next attempt send a second copy. Both copies bear the
same Message-ID, by which mail systems may recognise the second.
"""

from email.mime.base import MIMEBase
from email.mime.text import MIMEText
from email.utils import parseaddr, quote
from smtplib import (
    SMTPAuthenticationError,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)
from urllib.parse import urlsplit

from anymail.exceptions import (
    AnymailAPIError,
    AnymailError,
    AnymailRecipientsRefused,
)
from anymail.message import AnymailMessage
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email

from notifications.channels.base import (
    Attachment,
    NotConfigured,
    Outgoing,
    PermanentFailure,
    Receipt,
    TemporaryFailure,
)

# What a provider answers when the message itself is wrong, not the moment.
REFUSED_FOR_GOOD = {400, 404, 406, 413, 422}


def is_configured() -> bool:
    """Whether a server or a provider is named in the settings."""
    return bool(settings.EMAIL_URL or settings.ANYMAIL_BACKEND)


def connect() -> BaseEmailBackend:
    """A connection that several messages may use one after the other."""
    return get_connection()


def send_on(connection: BaseEmailBackend, message: Outgoing) -> Receipt:
    """As `send`, over a connection that stays open for the next message."""
    if is_configured():
        try:
            connection.open()
        except OSError as error:
            raise TemporaryFailure("The mail server does not answer.") from error
    try:
        return send(message, connection)
    except (TemporaryFailure, PermanentFailure):
        # Whatever state the conversation was left in, the next one starts afresh.
        connection.close()
        raise


def send(message: Outgoing, connection: BaseEmailBackend | None = None) -> Receipt:
    """Hand `message` to the mail server and wait for its yes.

    Raises NotConfigured, TemporaryFailure or PermanentFailure.
    """
    if not is_configured():
        raise NotConfigured("No mail server is set up.")
    try:
        validate_email(message.to_address)
    except ValidationError as error:
        raise PermanentFailure("This is no e-mail address.") from error
    try:
        mail = _compose(message, connection)
        mail.send()
    except (ValueError, AnymailError, OSError) as error:
        raise _failure(error) from error
    return Receipt(_provider_id(mail) or message_id(message.key))


def failure_words(event_type: str) -> str:
    """Why a provider's report says that a mail was lost, for the front desk."""
    return {
        "bounced": "The mailbox does not exist or takes no mail.",
        "rejected": "The mail provider refuses to write to this address.",
        "failed": "The mail provider could not send it.",
        "complained": "They marked our mail as unwanted.",
    }[event_type]


def message_id(key: str) -> str:
    """The Message-ID of the message `key`: the same at every attempt."""
    return f"<{key}@{urlsplit(settings.SITE_URL).hostname or 'localhost'}>"


def _compose(message: Outgoing, connection: BaseEmailBackend | None) -> AnymailMessage:
    headers = {
        "Message-ID": message_id(message.key),
        # Keeps out-of-office replies away (RFC 3834).
        "Auto-Submitted": "auto-generated",
    }
    if message.opt_out_url:
        headers["List-Unsubscribe"] = f"<{message.opt_out_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail = AnymailMessage(
        subject=message.subject,
        body=message.text,
        from_email=_from(message.from_name),
        to=[_address(message.to_name, message.to_address)],
        headers=headers,
        connection=connection,
        # Comes back with the provider's reports, also if they overtake our record.
        metadata={"delivery": message.key},
    )
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    for attachment in message.attachments:
        mail.attach(_part(attachment))
    return mail


def _from(name: str) -> str:
    """Our address under the clinic's name, unless the setting brings a name along."""
    own_name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return _address(own_name or name, address)


def _address(name: str, address: str) -> str:
    """ "Ann Smith" <ann@example.org>, with nothing in the name that ends a line."""
    words = " ".join(name.split())
    return f'"{quote(words)}" <{address}>' if words else address


def _part(attachment: Attachment) -> MIMEBase:
    kind, *parameters = (part.strip() for part in attachment["content_type"].split(";"))
    part = MIMEText(attachment["content"], kind.partition("/")[2] or "plain", "utf-8")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.lower() != "charset":
            part.set_param(name, value)
    part.add_header("Content-Disposition", "attachment", filename=attachment["name"])
    return part


def _provider_id(mail: AnymailMessage) -> str:
    status = getattr(mail, "anymail_status", None)
    return str(getattr(status, "message_id", "") or "")


def _failure(error: Exception) -> Exception:
    """What went wrong, as the front desk should read it. Every SMTP error is an
    OSError; a ValueError is an address that cannot be written into a header."""
    match error:
        case AnymailRecipientsRefused():
            return PermanentFailure("The mail provider refuses this address.")
        case AnymailAPIError(status_code=code) if code in REFUSED_FOR_GOOD:
            return PermanentFailure(f"The mail provider refused it ({code}).")
        case AnymailError():
            return TemporaryFailure("The mail provider does not answer.")
        case OSError():
            return _smtp_failure(error)
    return PermanentFailure("The e-mail address cannot be used.")


def _smtp_failure(error: OSError) -> Exception:
    match error:
        case SMTPRecipientsRefused(recipients=answers):
            if all(code >= 500 for code, _ in answers.values()):
                return PermanentFailure("The mail server says: no such address.")
            return TemporaryFailure("The address takes no mail at the moment.")
        case SMTPAuthenticationError() | SMTPSenderRefused():
            return TemporaryFailure("The mail server does not let us in.")
        case SMTPResponseException(smtp_code=code) if code >= 500:
            return PermanentFailure(f"The mail server refused it ({code}).")
    return TemporaryFailure("The mail server does not answer.")
