"""Codes that we send: six digits, for ten minutes, once, in the session that asked."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.crypto import constant_time_compare

from accounts.factors.models import CodeFactor, SentCode
from accounts.factors.queries import CODES, address_of, code_digest
from accounts.users.models import User
from audit.services import record

LASTS = timedelta(minutes=10)


@transaction.atomic
def make_code(*, user: User, kind: str, to: str, at: datetime) -> tuple[SentCode, str]:
    """A code for `to`, an e-mail address or a number in E.164. The caller sends it; it
    is returned this once, and cannot be read again."""
    user.sent_codes.filter(expires_at__lte=at).delete()
    code = f"{secrets.randbelow(10**6):06d}"
    sent = SentCode(user=user, kind=kind, to=to, expires_at=at + LASTS)
    sent.digest = code_digest(sent.public_id, code)
    sent.save()
    record(actor=user, verb="factor.code_sent", subject=user, detail={"kind": kind})
    return sent, code


def use_sent_code(
    *, user: User, sent_id: int | None, typed: str, at: datetime
) -> SentCode | None:
    """Use up the code that this session was sent. The caller holds the user's tries."""
    if sent_id is None:
        return None
    sent = user.sent_codes.filter(pk=sent_id, used_at=None, expires_at__gt=at).first()
    if sent is None or not constant_time_compare(
        sent.digest, code_digest(sent.public_id, typed)
    ):
        return None
    sent.used_at = at
    sent.save(update_fields=["used_at", "updated_at"])
    return sent


def method_of_sent_code(
    *, user: User, sent_id: int | None, typed: str, at: datetime
) -> str:
    """ "email" or "text" where it is the code, and went where such codes go now."""
    sent = use_sent_code(user=user, sent_id=sent_id, typed=typed, at=at)
    if sent is None:
        return ""
    factor = user.code_factors.filter(kind=sent.kind).first()
    fits = factor is not None and address_of(factor) == sent.to
    return CODES[CodeFactor.Kind(sent.kind)] if fits else ""


@transaction.atomic
def rest_email_codes(*, user: User, until: datetime) -> None:
    """After a password was set through the mailbox, a code to the same mailbox proves
    nothing more. Meanwhile the owner can notice, as with a reset of lost factors."""
    user.code_factors.filter(kind=CodeFactor.Kind.EMAIL).update(rests_until=until)


def forget_codes(*, at: datetime) -> None:
    """Delete the codes whose minutes are over."""
    SentCode.objects.filter(expires_at__lte=at).delete()
