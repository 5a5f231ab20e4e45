"""Writing down what people hold, and warning before it ends."""

from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from audit.services import record
from clinic.credentials.models import Credential, CredentialWarning
from clinic.credentials.permissions import can_manage
from foundation.errors import Refused
from foundation.events import publish


class NotYourOwn(Refused):
    sentence = "Somebody else who manages staff has to check your own papers."


@transaction.atomic
def save_credential(
    *, actor: User, user: User, credential: Credential | None = None, **fields: object
) -> Credential:
    """Add what `user` holds, or change it. Raises NotYourOwn."""
    row = credential or Credential(user=user)
    if not can_manage(actor, row):
        raise NotYourOwn
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    record(
        actor=actor,
        verb="credential.changed" if credential else "credential.added",
        subject=row,
        detail={"user_id": user.pk, "kind": row.kind},
    )
    return row


@transaction.atomic
def end_credential(*, actor: User, credential: Credential, at: datetime) -> None:
    """Take it off the list; the row stays. Raises NotYourOwn."""
    if not can_manage(actor, credential):
        raise NotYourOwn
    credential.ended_at = at
    credential.save(update_fields=["ended_at", "updated_at"])
    record(
        actor=actor,
        verb="credential.ended",
        subject=credential,
        detail={"user_id": credential.user_id, "kind": credential.kind},
    )


@transaction.atomic
def warn_of_end(*, credential: Credential, days: int, valid_until: date) -> bool:
    """Claim that everybody is told once; whether it was us. Publishes
    clinic.credential_ends."""
    warning, created = CredentialWarning.objects.get_or_create(
        credential=credential, days=days, valid_until=valid_until
    )
    if created:
        publish("clinic.credential_ends", warning_id=warning.pk)
    return created
