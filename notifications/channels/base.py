"""What every channel takes, gives back and complains with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict


class Attachment(TypedDict):
    """A text file that goes with an e-mail, such as a calendar entry.

    `content_type` may carry parameters: "text/calendar; method=REQUEST".
    """

    name: str
    content_type: str
    content: str


@dataclass(frozen=True)
class Outgoing:
    """One message, ready to go. `key` is the same at every attempt."""

    key: str
    to_name: str
    to_address: str
    subject: str
    text: str
    html: str = ""
    from_name: str = ""
    attachments: Sequence[Attachment] = ()
    # Address that turns such messages off, for the mail program's own button.
    opt_out_url: str = ""
    # Where the provider reports how the message went on.
    report_url: str = ""
    # Whether an earlier attempt may have got through unnoticed.
    is_repeated: bool = False


@dataclass(frozen=True)
class Receipt:
    """The provider took the message; `provider_id` is what it calls it."""

    provider_id: str = ""


class NotConfigured(Exception):
    """Nothing is set up that could send it."""


class TemporaryFailure(Exception):
    """It may work later. `str(error)` says why, for the front desk."""


class PermanentFailure(Exception):
    """It will never work. `str(error)` says why, for the front desk."""


class Unwanted(PermanentFailure):
    """The person has told the provider to stop."""
