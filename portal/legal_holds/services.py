"""Placing and lifting legal holds."""

from datetime import date, datetime

from django.db import transaction

from accounts.models import Patient, User
from audit.services import record
from foundation.errors import Refused
from portal.legal_holds.models import LegalHold
from portal.legal_holds.permissions import can_manage
from portal.legal_holds.queries import is_held

SHORTEST_REASON = 20


class NotAllowed(Refused):
    sentence = "Medical administration decides what must not be destroyed."


class NoReason(Refused):
    sentence = "Say why, in a sentence of your own"


class HeldAlready(Refused):
    sentence = "Nothing of this patient is destroyed already."


@transaction.atomic
def place_hold(
    *, actor: User, patient: Patient, reason: str, until: date | None, at: datetime
) -> LegalHold:
    """See to it that nothing of `patient` is destroyed, until that day or until it is
    lifted. Raises NotAllowed, NoReason, HeldAlready."""
    if not can_manage(actor, patient):
        raise NotAllowed
    if len(reason.strip()) < SHORTEST_REASON:
        raise NoReason
    Patient.objects.select_for_update().get(pk=patient.pk)
    if is_held(patient, at.date()):
        raise HeldAlready
    hold = LegalHold.objects.create(
        patient=patient, reason=reason.strip(), until=until, placed_by=actor
    )
    record(actor=actor, verb="hold.placed", subject=hold, patient=patient)
    return hold


@transaction.atomic
def lift_hold(*, actor: User, hold: LegalHold, at: datetime) -> None:
    """Let the rules count again. Lifting twice does no harm. Raises NotAllowed."""
    if not can_manage(actor, hold):
        raise NotAllowed
    lifted = LegalHold.objects.filter(pk=hold.pk, lifted_at=None).update(
        lifted_at=at, lifted_by=actor
    )
    if lifted:
        record(actor=actor, verb="hold.lifted", subject=hold, patient=hold.patient)
