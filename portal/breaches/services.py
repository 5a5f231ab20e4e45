"""Writing down a breach, and who was told of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from audit.services import record
from foundation.errors import Refused
from portal.breaches.models import Breach
from portal.breaches.permissions import can_manage

CHANGEABLE = frozenset(
    {
        "title", "noticed_at", "since", "until", "actor", "session_ref", "address",
        "is_everything", "objects_text", "risk", "nature", "consequences", "measures",
        "contact", "delay_reason",
    }
)  # fmt: skip


class NotAllowed(Refused):
    sentence = "Administrators and medical administration follow up a breach."


class NotYetHappened(Refused):
    sentence = "Nobody can have been told in the future, or before it was noticed"


@transaction.atomic
def save_breach(
    *, actor: User, fields: Mapping[str, Any], breach: Breach | None = None
) -> Breach:
    """Write down a breach, or what is known of one by now: `fields` by their names.
    Raises NotAllowed, and TypeError for what is no field."""
    unknown = fields.keys() - CHANGEABLE
    if unknown:
        raise TypeError(f"Not changeable: {', '.join(sorted(unknown))}")
    if not can_manage(actor, breach):
        raise NotAllowed
    row = breach or Breach(opened_by=actor)
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    record(
        actor=actor,
        verb="breach.changed" if breach else "breach.opened",
        subject=row,
    )
    return row


@transaction.atomic
def note_told(
    *, actor: User, breach: Breach, whom: str, told_at: datetime, at: datetime
) -> Breach:
    """Write down that the "authority" or the "people" were told. The last word counts;
    the log keeps each. Raises NotAllowed and NotYetHappened."""
    if not can_manage(actor, breach):
        raise NotAllowed
    if told_at > at or told_at < breach.noticed_at:
        raise NotYetHappened
    name = {"authority": "authority_told_at", "people": "people_told_at"}[whom]
    setattr(breach, name, told_at)
    breach.save(update_fields=[name, "updated_at"])
    record(
        actor=actor,
        verb=f"breach.{whom}_told",
        subject=breach,
        detail={"late": whom == "authority" and breach.is_overdue(at)},
    )
    return breach
