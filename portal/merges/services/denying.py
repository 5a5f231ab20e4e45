"""Saying that two records are not one person's."""

from django.db import transaction

from accounts.models import Patient, User
from audit.services import record
from portal.merges.models import DifferentPeople
from portal.merges.permissions import can_merge
from portal.merges.services.refusals import NotAllowed


@transaction.atomic
def say_different(*, actor: User, one: Patient, other: Patient) -> None:
    """Take two records off the list of possible duplicates. Saying it twice changes
    nothing, and merging them stays possible. Raises NotAllowed."""
    if not (can_merge(actor, one) and can_merge(actor, other)):
        raise NotAllowed
    first, second = sorted([one, other], key=lambda patient: patient.pk)
    said, created = DifferentPeople.objects.get_or_create(
        one=first, other=second, defaults={"said_by": actor}
    )
    if created:
        for patient in (first, second):
            record(
                actor=actor, verb="patient.told_apart", subject=said, patient=patient
            )
