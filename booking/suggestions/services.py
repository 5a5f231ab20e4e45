"""Keeping what times suit a patient."""

from collections.abc import Iterable

from django.db import transaction

from accounts.patients.models import Patient
from accounts.proxies.models import Scope
from accounts.proxies.services import NotActing, hold_acting
from accounts.users.models import User
from audit.services import record
from booking.suggestions.models import TimeWishes
from clinic.locations.models import Location
from foundation.errors import Refused


class NotYours(Refused):
    sentence = "What times suit somebody is said by them, or by who books for them."


@transaction.atomic
def save_wishes(
    *,
    actor: User,
    patient: Patient,
    parts: Iterable[str],
    weekdays: Iterable[int],
    location: Location | None,
    language: str,
    wants_suggestions: bool,
) -> TimeWishes:
    """Keep what suits the patient, in place of what they said before. Raises
    NotYours."""
    try:
        hold_acting(actor=actor, patient=patient, scope=Scope.BOOK)
    except NotActing as refusal:
        raise NotYours from refusal
    wishes, _ = TimeWishes.objects.update_or_create(
        patient=patient,
        defaults={
            "parts": list(parts),
            "weekdays": sorted(weekdays),
            "location": location,
            "language": language,
            "wants_suggestions": wants_suggestions,
        },
    )
    record(actor=actor, verb="wishes.saved", subject=wishes, patient=patient)
    return wishes
