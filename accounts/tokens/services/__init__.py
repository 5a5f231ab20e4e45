"""Letting applications and machines in, and ending it."""

from accounts.tokens.services.authorising import authorise, begin_machine
from accounts.tokens.services.ending import (
    end_authorisation,
    end_authorisations,
    end_every_authorisation,
    give_back,
    sweep_tokens,
)
from accounts.tokens.services.issuing import (
    Issued,
    NotGranted,
    issue_to_machine,
    redeem_code,
    refresh,
)
from accounts.tokens.services.using import note_refusal, note_use

__all__ = [
    "Issued",
    "NotGranted",
    "authorise",
    "begin_machine",
    "end_authorisation",
    "end_authorisations",
    "end_every_authorisation",
    "give_back",
    "issue_to_machine",
    "note_refusal",
    "note_use",
    "redeem_code",
    "refresh",
    "sweep_tokens",
]
